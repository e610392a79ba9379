import { describe, expect, it } from "vitest";
import { describeSources, strongSources } from "../../../src/core/strong-sources";
import { findLines, lastAtMost } from "../../../src/core/text-lines";

describe("lines", () => {
  it("are found whatever their lengths", () => {
    let seed = 7;
    for (let round = 0; round < 50; round++) {
      const tops: number[] = [];
      const starts: number[] = [];
      for (let line = 0; line < 40; line++) {
        seed = (seed * 16807) % 2147483647;
        starts.push(tops.length);
        for (let i = 0; i <= seed % 130; i++) tops.push(100 + 28 * line + (i % 3));
      }
      const found = findLines(tops.length, (p) => tops[p] ?? 0, 28);
      expect(found.starts).toEqual(starts);
      expect(found.tops).toEqual([...starts.keys(), 40].map((line) => 28 * line));
    }
  });

  it("are none of an empty text", () => {
    expect(findLines(0, () => 0, 28).starts).toEqual([]);
  });

  it("the last of rising numbers at most a value", () => {
    const rising = [0, 28, 56];
    expect([-5, 0, 27, 28, 99].map((y) => lastAtMost(rising, y))).toEqual([0, 0, 0, 1, 2]);
    expect(lastAtMost([], 4)).toBe(0);
  });
});

describe("strong sources", () => {
  const of = (...shares: number[]) =>
    strongSources({
      shares: Float64Array.from(shares),
      largest: Math.max(...shares.map(Math.abs).filter((share) => !Number.isNaN(share)), 0),
    });

  it("are runs of at least half of the largest, by magnitude", () => {
    expect(of(0.1, 0.3, -0.6, 0.1, 0.29, 0.4)).toEqual([
      { start: 1, end: 3, peak: 2 },
      { start: 5, end: 6, peak: 5 },
    ]);
    expect(of(0.5)).toEqual([{ start: 0, end: 1, peak: 0 }]);
    expect(of(0, 0)).toEqual([]);
    expect(of(Number.NaN, 0.5)).toEqual([{ start: 1, end: 2, peak: 1 }]);
  });

  it("are told by how many and how far", () => {
    const at = (...peaks: number[]) => peaks.map((peak) => ({ start: peak, end: peak + 1, peak }));
    expect(describeSources(at(88), 500)).toBe("1 strong source 412 characters back");
    expect(describeSources(at(88, 488, 499), 500)).toBe("3 strong sources 1–412 characters back");
    expect(describeSources(at(499), 500)).toBe("1 strong source 1 character back");
    expect(describeSources(at(500), 500)).toBe("1 strong source at the character shown");
    expect(describeSources(at(2500, 700), 500, "output")).toBe(
      "2 strong outputs 200–2,000 characters ahead",
    );
    expect(describeSources(at(400, 700), 500)).toBe("2 strong sources up to 200 characters away");
  });
});
