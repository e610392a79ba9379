/** Symbols in the place of an input: their order, their axis, and the gradient held against them. */
import { expect, it } from "vitest";
import {
  axisOf,
  changeWords,
  directions,
  inOrder,
  isTypeable,
  isWrongWay,
  numberWords,
} from "../../../src/state/swaps";
import { decodeSwaps, type InputSwaps } from "../../../src/wire";
import { swapsMessage } from "../../swaps";

function found(numbers: readonly number[], predicted = numbers, kind = "probability"): InputSwaps {
  const message = swapsMessage({ numbers, predicted, kind });
  return decodeSwaps(message).facets[0]!.swaps!;
}

it("stand in order, without the one that is there", () => {
  const swaps = found([0.5, 0.1, 0.9, 0.3]);
  expect(inOrder(swaps).map(({ symbol }) => symbol)).toEqual(["c", "d", "b"]);
  expect(inOrder(swaps).map(({ index }) => index)).toEqual([2, 3, 1]);
  expect([0, 1, 2, 3, 40].map((n) => isTypeable(swaps, n))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

it("tell for how many the gradient has the direction", () => {
  const swaps = found([0.5, 0.1, 0.9, 0.3, 0.5], [0.5, 0.7, 0.8, 0.2, 0.9]);
  expect(directions(swaps)).toEqual({ right: 2, of: 3 });
  expect(inOrder(swaps).map((one) => isWrongWay(swaps, one))).toEqual([false, false, false, true]);
  expect(directions(found([0.5, 0.1], [0.5, Number.NaN]))).toBeNull();
  expect(directions(found([0.5, 0.5]))).toBeNull();
});

it("stand on an axis of log-odds, where a straight line is the gradient's", () => {
  const { at, ticks } = axisOf(found([0.5, 0.01, 0.99, 0.9]));
  expect(at(0.5)).toBeCloseTo(0.5, 5);
  expect(at(0.9) - at(0.5)).toBeCloseTo((at(0.99) - at(0.5)) * (Math.log(9) / Math.log(99)), 5);
  expect(at(0.1)).toBeCloseTo(1 - at(0.9), 5);
  expect(ticks.map(({ words }) => words)).toEqual(["1 %", "10 %", "50 %", "90 %", "99 %"]);
  const ends = axisOf(found([0.5, 0, 1]));
  expect([ends.at(0), ends.at(1e-9)]).toEqual([ends.at(1e-4), ends.at(1e-4)]);
  expect(ends.ticks.map(({ words }) => words).filter((one) => /[≤≥]/.test(one))).toEqual([
    "≤ 0.01 %",
    "≥ 99.99 %",
  ]);
  expect(ends.ticks.every((tick) => tick.at >= 0 && tick.at <= 1)).toBe(true);
});

it("of other numbers stand on a plain axis", () => {
  const { at, ticks } = axisOf(found([-3, 5, 1], [-3, 5, 1], "difference"));
  expect(at(1)).toBeCloseTo((at(-3) + at(5)) / 2, 5);
  expect(ticks.map(({ words }) => words)).toEqual(["−2", "0", "2", "4"]);
  const one = axisOf(found([7, 7], [7, 7], "number"));
  expect(one.at(7)).toBeGreaterThan(0);
  expect(one.at(7)).toBeLessThan(1);
});

it("are said with their unit and their sign", () => {
  expect(numberWords("probability", 0.4567, null)).toBe("45.7 %");
  expect(numberWords("difference", 1.23456, null)).toBe("+1.23");
  expect(numberWords("difference", -1.23456, null)).toBe("−1.23");
  expect(numberWords("number", 12.5, "EUR")).toBe("12.5 EUR");
  expect(changeWords("probability", -0.0951, null)).toBe("−9.5 points");
  expect(changeWords("difference", 0.5, null)).toBe("+0.5");
  expect(changeWords("number", 2, "EUR")).toBe("+2 EUR");
});
