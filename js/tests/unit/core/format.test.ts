import { describe, expect, it } from "vitest";
import * as format from "../../../src/core/format";

it.each([
  [0.5749, "57.5 %"],
  [0.0029, "0.3 %"],
  [0, "0.0 %"],
  [1, "100.0 %"],
  [0.0004, "< 0.1 %"],
  [0.9999, "> 99.9 %"],
  [Number.NaN, "–"],
])("writes %f as %s", (share, words) => {
  expect(format.percent(share)).toBe(words);
});

it.each([
  [0.06, "6 %"],
  [0.003, "0.3 %"],
  [1, "100 %"],
  [0.15, "15 %"],
])("rounds %f to %s", (share, words) => {
  expect(format.roundPercent(share)).toBe(words);
});

it.each([
  [1, "1st"],
  [2, "2nd"],
  [3, "3rd"],
  [4, "4th"],
  [11, "11th"],
  [12, "12th"],
  [13, "13th"],
  [21, "21st"],
  [112, "112th"],
  [1234, "1,234th"],
])("counts %i as %s", (n, words) => {
  expect(format.ordinal(n)).toBe(words);
});

it.each([
  ["", "(empty)"],
  ["\n", "↵"],
  ["\t", "⇥"],
  [" ", "␣"],
  [" the", "␣the"],
  ["new york", "new york"],
  ["<b>&amp;", "<b>&amp;"],
  ["\u0000\u001b", "␀␛"],
  ["\u200d", "□"],
  ["\u202e", "□"],
  ["😀", "😀"],
  ["e\u0301", "e◌\u0301"],
])("makes the class %j visible as %s", (name, shown) => {
  expect(format.visible(name)).toBe(shown);
});

describe("a character in the text", () => {
  it.each([
    ["a", "a"],
    ["\n", "↵"],
    ["\t", "→\t"],
    ["\r", "␍"],
    ["\u007f", "␡"],
    ["\ufeff", "□"],
    ["\ud800", "□"],
  ])("%j is drawn as %j", (character, drawn) => {
    expect(format.glyph(character)).toBe(drawn);
  });

  it("is described where its shape does not say it", () => {
    expect(format.describe("a")).toBeNull();
    expect(format.describe(" ")).toBeNull();
    expect(format.describe("\u00a0")).toBe("U+00A0");
    expect(format.describe("\u200b")).toBe("U+200B");
    expect(format.describe("\n")).toBe("line break");
  });
});

it.each([
  ["advanced le", 11, "advanced le"],
  ["a young age through advanced learning", 31, "…age through advanced le"],
  ["abcdefghijklmnopqrstuvwxyzabcdefgh", 34, "…klmnopqrstuvwxyzabcdefgh"],
  ["the end ", 8, "the end␣"],
  ["a\nb", 3, "a↵b"],
])("quotes the end of %j", (text, end, quoted) => {
  expect(format.lastCharacters(Array.from(text), end)).toBe(quoted);
});
