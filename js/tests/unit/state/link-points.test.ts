/** One link over checkpoints: its share, words, and since when it is there. */
import { describe, expect, it } from "vitest";
import {
  appearsAt,
  knownPlaces,
  type LinkPoint,
  linkPoints,
  linkPointWords,
} from "../../../src/state/link-points";

const NOT_KNOWN = Number.NaN;
const CURVES = {
  output: 1,
  probability: Float64Array.of(0.5, NOT_KNOWN, 0.25),
  rank: Int32Array.of(1, 0, 12),
  target: ["<b>", "", "the"],
  inputs: 2,
  scores: Float64Array.of(1, -3, NOT_KNOWN, NOT_KNOWN, 0, 0),
};

const shares = (...values: number[]): LinkPoint[] =>
  values.map((share) => ({ share, probability: 0, rank: 0, target: "" }));

describe("the link at each checkpoint", () => {
  it("is its share of the row, with its sign; of a row of zeros 0", () => {
    const found = linkPoints(CURVES, 1).map(({ share }) => share);
    expect(found).toEqual([-0.75, NOT_KNOWN, 0]);
    expect(linkPoints(CURVES, 0)[0]?.share).toBe(0.25);
  });

  it("is none from an input that the output does not read", () => {
    expect(linkPoints(CURVES, 5).map(({ share }) => share)).toEqual([0, NOT_KNOWN, 0]);
  });

  it("is drawn where it is known", () => {
    const points = linkPoints(CURVES, 1);
    expect(knownPlaces(points, "share")).toEqual([
      [0, -0.75],
      [2, 0],
    ]);
    expect(knownPlaces(points, "probability")).toEqual([
      [0, 0.5],
      [2, 0.25],
    ]);
  });

  it("is told in words", () => {
    const [first, second, third] = linkPoints(CURVES, 1);
    expect(linkPointWords(first, "100", null)).toBe("100: −75.0 % of the row; “<b>” 50.0 %, 1st");
    expect(linkPointWords(second, "200", null)).toBe("200: not read");
    expect(linkPointWords(third, "300", "stars")).toBe("300: 0.0 % of the row; 0.25 stars, 12th");
    expect(linkPointWords(undefined, "", null)).toBe(": not read");
  });
});

describe("since when a link is there", () => {
  it("is the first checkpoint from which on it keeps half of its largest share", () => {
    expect(appearsAt(shares(0, 0.1, 0.4, 0.1, 0.3, 0.6, 0.5))).toBe(4);
    expect(appearsAt(shares(0, -0.1, -0.4))).toBe(2);
    expect(appearsAt(shares(0, NOT_KNOWN, 0.4, NOT_KNOWN, 0.3))).toBe(2);
  });

  it("is not told of one that was there at first, goes away, or never is", () => {
    expect(appearsAt(shares(0.3, 0.4, 0.5))).toBeNull();
    expect(appearsAt(shares(0.1, 0.4, 0.1))).toBeNull();
    expect(appearsAt(shares(0, 0))).toBeNull();
    expect(appearsAt([])).toBeNull();
  });
});
