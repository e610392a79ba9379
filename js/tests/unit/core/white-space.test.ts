import { expect, it } from "vitest";
import { isWhiteSpace } from "../../../src/core/white-space";

it("takes for white space what Python does", () => {
  const spaces = Array.from({ length: 0x3001 }, (_, code) => code).filter((code) =>
    isWhiteSpace(String.fromCodePoint(code)),
  );
  expect(spaces).toEqual([
    ...[9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xa0, 0x1680],
    ...Array.from({ length: 11 }, (_, n) => 0x2000 + n),
    ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
  ]);
  expect([
    isWhiteSpace(""),
    isWhiteSpace("\ufeff"),
    isWhiteSpace("  "),
    isWhiteSpace(" a"),
  ]).toEqual([false, false, true, false]);
});
