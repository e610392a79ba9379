import { describe, expect, it } from "vitest";
import {
  leaning,
  makeScaling,
  reversalOn,
  SCALES,
  type Shares,
  shareOn,
  threshold,
} from "../../../src/core/scales";

const row = (scores: readonly number[]): Shares => {
  const total = scores.reduce((sum, score) => sum + Math.abs(score), 0);
  const shares = Float64Array.from(scores, (score) => score / total);
  const counts = shares.map(() => 1);
  const weights = shares.map(Math.abs);
  return { shares, largest: Math.max(...weights), weights, counts, total, expected: null };
};
const parts = (name: (typeof SCALES)[number], facets: Shares[], options = {}) => {
  const scaling = makeScaling(name, facets, options);
  return facets.map((facet, i) => [...facet.shares].map((share, p) => scaling.part(i, share, p)));
};

const A = row([1, 2, 4, 1]);
const B = row([0, 10, 20, 10]);

describe("each scale", () => {
  it("share: of the row, full at one share for all", () => {
    const scaling = makeScaling("share", [A, B]);
    expect(scaling.cap).toBe(0.5);
    expect(parts("share", [A, B])).toEqual([
      [0.25, 0.5, 1, 0.25],
      [0, 0.5, 1, 0.5],
    ]);
    expect(scaling).toMatchObject({ low: "0", high: "50 %", clipped: false });
  });

  it("row: of its largest", () => {
    expect(parts("row", [A, row([3, -3])])).toEqual([
      [0.25, 0.5, 1, 0.25],
      [1, -1],
    ]);
  });

  it("published: the square of that, unless the measure is a square", () => {
    expect(parts("published", [A])[0]).toEqual([1 / 16, 1 / 4, 1, 1 / 16]);
    expect(parts("published", [A], { squared: true })[0]).toEqual([0.25, 0.5, 1, 0.25]);
  });

  it("one: in the measure's own unit, full at the largest of all models", () => {
    expect(parts("one", [A, B])).toEqual([
      [0.05, 0.1, 0.2, 0.05],
      [0, 0.5, 1, 0.5],
    ]);
    expect(makeScaling("one", [A, B]).high).toBe("20");
  });

  it("log: three powers of ten below full", () => {
    const C = row([1000, 100, 10, 1, 0.1, 0]);
    const found = parts("log", [C])[0]!;
    const cap = makeScaling("log", [C]).cap!;
    expect(found[1]).toBeCloseTo(1 + Math.log10(100 / 1111.1 / cap) / 3, 6);
    expect((found[1] ?? 0) - (found[2] ?? 0)).toBeCloseTo(1 / 3, 6);
    expect(found.slice(4)).toEqual([0, 0]);
  });

  it("is 0 of a row of zeros and 1 at most, whatever comes", () => {
    const shares = new Float64Array(3);
    const counts = shares.map(() => 1);
    const rest = { weights: shares, counts, largest: 0, total: 0, expected: shares };
    const zeros: Shares = { shares, ...rest };
    const known = { ...A, expected: A.shares.map(() => A.largest / 4) };
    for (const name of SCALES) {
      const scaling = makeScaling(name, [zeros, known]);
      expect(scaling.part(0, 0, 0), name).toBe(0);
      expect(Math.abs(scaling.part(1, A.largest, 2)), name).toBeCloseTo(1, 1);
      expect(makeScaling(name, [null]).part(0, 0, 0), name).toBe(0);
    }
  });

  it("expected: over the mean at the same lag, full at four times that", () => {
    const expected = Float64Array.from([0.125, 0.125, 0.125, 0]);
    const signed = { ...A, shares: Float64Array.from([0.125, -0.25, 0.5, 0.125]), expected };
    const scaling = makeScaling("expected", [signed]);
    const found = [...signed.shares].map((share, p) => scaling.part(0, share, p));
    // What is never there is no surprise that a number could say.
    expect(found).toEqual([0.25, -0.5, 1, 0]);
    expect(scaling).toMatchObject({ low: "0", high: "4 times the expected", clipped: false });
    const more = { ...signed, expected: expected.map((one) => one / 2) };
    expect(makeScaling("expected", [more])).toMatchObject({ clipped: true });
  });
});

describe("sparsemax", () => {
  /** The definition: the Euclidean projection of z onto the simplex, by bisection on tau. */
  const projected = (z: number[]) => {
    let [low, high] = [Math.min(...z) - 1, Math.max(...z)];
    for (let i = 0; i < 200; i++) {
      const middle = (low + high) / 2;
      const sum = z.reduce((s, v) => s + Math.max(0, v - middle), 0);
      if (sum > 1) low = middle;
      else high = middle;
    }
    return z.map((v) => Math.max(0, v - low));
  };

  it.each([1, 2, 4, 8, 30])("of %d times the row has its zeros and its proportions", (b) => {
    const scores = [3, 1, 4, 1, 5, 9, 2, 6];
    const truth = projected(scores.map((s) => (b * s) / 9));
    const most = Math.max(...truth);
    const found = parts("sparsemax", [row(scores)], { sharpness: b })[0]!;
    found.forEach((part, i) => {
      expect(part).toBeCloseTo((truth[i] ?? 0) / most, 6);
      if ((truth[i] ?? 0) < 1e-12) expect(part).toBe(0);
    });
  });

  it("says in the legend what it cuts", () => {
    expect(threshold(row([1, 1, 1, 8]), 4)).toBeCloseTo(0.75, 9);
    const { cut } = makeScaling("sparsemax", [row([1, 1, 1, 8])], { sharpness: 4 });
    expect(cut).toBe("nothing below 75 % of the row’s largest");
  });
});

describe("a reversal", () => {
  // The one spreads over the span, the other has one strong cell elsewhere that its maximum divides by.
  const spread = row([5, 5, 5, 5, 0, 60]);
  const peaked = row([5, 5, 5, 5, 4, 9]);
  const span = { start: 0, end: 4 };

  it("is found where a scale shows another model as leaning more on a span", () => {
    const most = row([8, 8, 8, 8, 40, 1, 1, 1]);
    const even = row([3, 3, 3, 3, 6, 6, 6, 6]);
    expect(shareOn(most, span)).toBeGreaterThan(shareOn(even, span));
    const published = makeScaling("published", [most, even]);
    expect(leaning(published, 0, most, span)).toBeLessThan(leaning(published, 1, even, span));
    const found = reversalOn([most, even], published, span)!;
    expect([found.byShare, found.byOther]).toEqual([0, 1]);
    expect(found.shares[0]).toBeCloseTo(32 / 75, 9);
    expect(found.parts).toEqual([
      expect.closeTo((8 / 40) ** 2, 9) as number,
      expect.closeTo(0.25, 9) as number,
    ]);
  });

  it("is none where both agree, or the difference is too small to be seen", () => {
    for (const name of SCALES) {
      const other = makeScaling(name, [peaked, spread]);
      expect(reversalOn([peaked, spread], other, span), name).toBeNull();
      expect(reversalOn([peaked, peaked], other, span), name).toBeNull();
      expect(reversalOn([peaked, null], other, span), name).toBeNull();
    }
  });
});
