import { describe, expect, it } from "vitest";
import { alphabetical, stripOf } from "../../../src/live/strips";

/** Names of no order, more than there are cells. */
const NAMES = Array.from({ length: 1000 }, (_, n) => ((n * 7919) % 1000).toString(36));

function strip(names: readonly string[], logits: readonly number[]) {
  return stripOf(Float32Array.from(logits), alphabetical(names), names);
}

describe("a strip made in the page", () => {
  it("cuts the classes, in the order of their names, as the kernel does", () => {
    const logits = NAMES.map((_, n) => Math.sin(n) * 5);
    const found = strip(NAMES, logits);
    const sum = logits.reduce((all, logit) => all + Math.exp(logit), 0);
    const sorted = NAMES.map((name, n) => ({ name, p: Math.exp(logits[n] ?? 0) / sum })).sort(
      (a, b) => (a.name < b.name ? -1 : 1),
    );
    expect(found.classes).toBe(1000);
    expect(found.p.length).toBe(160);
    for (let cell = 0; cell < 160; cell++) {
      const own = sorted.slice(Math.floor(cell * 6.25), Math.floor((cell + 1) * 6.25));
      const best = own.reduce((a, b) => (b.p > a.p ? b : a));
      expect(found.best[cell]).toBe(best.name);
      expect(found.bestP[cell]).toBeCloseTo(best.p, 6);
      expect(found.p[cell]).toBeCloseTo(
        own.reduce((all, { p }) => all + p, 0),
        6,
      );
    }
  });

  it("has a cell for each class where there are few, and large logits do no harm", () => {
    const found = strip(["c", "a", "b"], [1000, 999, -1000]);
    expect(found.best).toEqual(["a", "b", "c"]);
    expect([...found.p].map((p) => p.toFixed(3))).toEqual(["0.269", "0.000", "0.731"]);
  });
});
