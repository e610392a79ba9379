/** Rank correlations in words, as Python writes them. */
import { expect, it } from "vitest";
import cases from "../../../../tests/picture/rank-words.json";
import { isSamePicture, randomClassWords, randomWeightsWords } from "../../../src/state/rank-words";

const of = (correlation: unknown, overExpected: unknown) => ({
  correlation: (correlation ?? Number.NaN) as number,
  overExpected: (overExpected ?? Number.NaN) as number,
});

it.each(cases.weights)("of random weights: %s, %s, %s", (name, r, over, byOver, words) => {
  expect(randomWeightsWords(name as string, of(r, over), byOver as boolean)).toBe(words);
});

it.each(cases.class)("of a random class: %s, %s, %s, %s", (name, other, r, over, byOver, words) => {
  const rival = other === null ? null : { name: other as string, p: 0.1, rank: 2 };
  const target = { name: name as string, rival };
  expect(randomClassWords(target, of(r, over), byOver as boolean)).toBe(words);
});

it("says whether pictures are nearly the same by what is drawn", () => {
  expect(isSamePicture(of(0.9, 0.1), false)).toBe(true);
  expect(isSamePicture(of(0.9, 0.1), true)).toBe(false);
  expect(isSamePicture(of(0.9, null), true)).toBeNull();
});
