import { expect, it } from "vitest";
import { wordsOf } from "../../../src/core/words";

const spans = (text: string) => {
  const { starts, ends } = wordsOf(Array.from(text));
  return [...starts].map((start, p) => [start, ends[p]]);
};

it("begins a word with the white space before it", () => {
  expect(spans(" ab c")).toEqual([
    [0, 3],
    [0, 3],
    [0, 3],
    [3, 5],
    [3, 5],
  ]);
  expect(spans("ab\nc")).toEqual([
    [0, 2],
    [0, 2],
    [2, 4],
    [2, 4],
  ]);
});

it("leaves white space that no word follows by itself", () => {
  expect(spans("a  b ")).toEqual([
    [0, 1],
    [1, 2],
    [2, 4],
    [2, 4],
    [4, 5],
  ]);
  expect(spans("")).toEqual([]);
});
