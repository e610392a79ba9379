import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { isWhiteSpace } from "../../../src/core/white-space";
import { wordsOf } from "../../../src/core/words";

/** What Python takes for white space and words; tests/words_golden.py writes it. */
const golden: {
  white_space: number[];
  symbols: [string, boolean][];
  words: [string, [number, number][]][];
} = JSON.parse(readFileSync(new URL("../../../../tests/words.json", import.meta.url), "utf8"));

it("takes for white space what Python does", () => {
  const spaces: number[] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    if (isWhiteSpace(String.fromCodePoint(code))) spaces.push(code);
  }
  expect(spaces).toEqual(golden.white_space);
  for (const [symbol, white] of golden.symbols) expect(isWhiteSpace(symbol)).toBe(white);
});

it("finds the words that Python does", () => {
  for (const [text, spans] of golden.words) {
    const { starts, ends } = wordsOf(Array.from(text));
    const each = spans.flatMap(([start, end]) => Array(end - start).fill([start, end]));
    expect(Array.from(starts, (start, p) => [start, ends[p]])).toEqual(each);
  }
});
