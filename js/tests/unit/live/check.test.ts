/** The check of models in the page: its numbers are those of plain runs on the same texts, and nothing is left of them. */
import { describe, expect, it } from "vitest";
import { exchangedTexts } from "../../../src/live/check";
import { LiveModels } from "../../../src/live/models";
import { Network } from "../../../src/live/network";
import { plainLoader } from "../../../src/live/products";
import { makeModelServer } from "../../../src/live/protocol";
import type { OutputCheck } from "../../../src/wire";
import { decodeOutputChecks } from "../../../src/wire/generated";
import { NAMES, specOf } from "../../live-files";

const LONG = 24;

/** All steps of a check. */
function checked(kernel: LiveModels, position: number, models = 1) {
  for (;;) {
    const checks = kernel.check(2, position, 5);
    if (checks.facets.length >= models) return checks;
  }
}

/** A text that the model knows, long enough for all counts. */
function textOf(name: string): string {
  const { inputs } = specOf(name);
  const known = inputs.filter((symbol) => Array.from(symbol).length === 1);
  return Array.from({ length: LONG }, (_, n) => known[(n * n + 3 * n) % known.length]).join("");
}

const SIGNED = { norm: false, grad_x_input: true };

describe.each(Object.entries(SIGNED))("with the measure %s", (measure, signed) => {
  it.each(NAMES)("%s gives what plain runs give", (name) => {
    const spec = specOf(name, { measure: { name: measure, signed, label: "", of: "logit" } });
    const kernel = new LiveModels([spec], plainLoader);
    const text = textOf(name);
    const scene = kernel.scene(2, text);
    const s = LONG - 3;
    const before = JSON.stringify([kernel.answer(2, LONG - 1), kernel.strips(2, LONG - 1)]);
    const answer = kernel.answer(2, s).facets[0]!.outcome;
    if ("error" in answer) throw new Error(answer.error);
    const checks = checked(kernel, s);
    expect(decodeOutputChecks(checks as never)).toEqual(checks);
    const check = checks.facets[0] as OutputCheck;
    const facet = scene.facets[0]!;
    const target = spec.outputs.indexOf(check.name);
    expect(check.name).toBe(facet.classes[facet.target[s] ?? 0]);
    expect(check.before).toBe(facet.targetP[s]);
    const ids = Array.from(text.slice(0, s + 1), (c) => spec.inputs.indexOf(c));
    const symbols = spec.inputs.length;
    const texts = exchangedTexts({ ids, symbols, values: answer.values }, signed);
    const network = new Network(spec, plainLoader());
    const chances = texts.map((one) => {
      network.read(one, 0);
      const parts = Array.from(network.logits([s]), (logit) => Math.exp(logit));
      return (parts[target] ?? 0) / parts.reduce((sum, part) => sum + part, 0);
    });
    const draws = check.draws;
    expect(draws * 16).toBe(texts.length);
    const means = Array.from({ length: 16 }, (_, column) => {
      const own = Array.from({ length: draws }, (_, d) => chances[16 * d + column] ?? 0);
      return own.reduce((sum, p) => sum + p, 0) / draws;
    });
    const found = [check.strongest, check.nearest, check.random].flatMap(({ mean }) => mean);
    [...found, check.nothing].forEach((mean, column) => {
      expect(mean).toBeCloseTo(means[column] ?? Number.NaN, 5);
    });
    expect(new Set(found).size).toBeGreaterThan(5);
    expect(JSON.stringify([kernel.answer(2, LONG - 1), kernel.strips(2, LONG - 1)])).toBe(before);
  });
});

describe("texts with inputs exchanged", () => {
  const ids = Array.from({ length: 40 }, (_, n) => (n % 4 === 0 ? 7 : 9));
  const values = ids.map((_, t) => (t === 3 ? -9 : t));
  const differing = (text: readonly number[], other: readonly number[]) =>
    text.flatMap((id, t) => (id === other[t] ? [] : [t]));

  it("are those of the strongest, the nearest and random inputs, alike within a draw", () => {
    const texts = exchangedTexts({ ids, symbols: 12, values }, false);
    expect(texts).toHaveLength(80);
    const all = texts[15]!;
    expect(new Set(texts.flat())).toEqual(new Set([7, 9]));
    const changed = differing(all, ids);
    const nearest = texts.slice(5, 10).map((text) => differing(text, ids));
    [1, 2, 4, 8, 16].forEach((count, n) => {
      expect(nearest[n]).toEqual(changed.filter((t) => t >= 40 - count));
    });
    const second = texts[1]!;
    expect(differing(second, ids)).toEqual(changed.filter((t) => t === 39 || t === 38));
    // With a sign what speaks against it most comes last, without one its size counts.
    const sixteenth = differing(exchangedTexts({ ids, symbols: 12, values }, true)[4]!, ids);
    expect(sixteenth).not.toContain(3);
    expect(exchangedTexts({ ids, symbols: 12, values }, false)).toEqual(texts);
  });

  it("of a single symbol become any symbol of the model", () => {
    const texts = exchangedTexts({ ids: [2, 2, 2], symbols: 5, values: [1, 2, 3] }, false);
    expect(new Set(texts.flat())).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});

it("says what can't be checked, and goes on with another text", () => {
  const [name = ""] = NAMES;
  const spec = specOf(name);
  const serve = makeModelServer();
  serve({ kind: "load", models: [spec, spec] });
  const text = textOf(name);
  serve({ kind: "read", epoch: 2, text });
  const ask = { kind: "check", epoch: 2, position: 0, serial: 4 } as const;
  expect(serve(ask)).toEqual({
    kind: "check",
    checks: {
      ...{ epoch: 2, position: 0, serial: 4 },
      facets: Array(2).fill({
        error: "it reads 1 input here that can be exchanged: there is none to compare it with",
      }),
    },
  });
  serve({ ...ask, position: LONG - 1 });
  const other = Array.from(text).reverse().join("");
  const scene = serve({ kind: "read", epoch: 3, text: other });
  const fresh = new LiveModels([spec, spec], plainLoader).scene(3, other);
  expect(scene).toMatchObject({ kind: "scene", scene: { text: other, epoch: 3 } });
  if (scene.kind !== "scene") throw new Error(scene.kind);
  expect(scene.scene.facets[0]?.targetP.map((p) => Math.fround(p))).toHaveLength(LONG);
  scene.scene.facets[0]?.targetP.forEach((p, t) => {
    expect(p).toBeCloseTo(fresh.facets[0]?.targetP[t] ?? Number.NaN, 5);
  });
});
