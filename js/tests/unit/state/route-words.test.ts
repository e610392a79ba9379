import { expect, it } from "vitest";
import { carriedWords, checkWords, isWeak } from "../../../src/state/route-words";
import type { MemoryRoute } from "../../../src/wire/generated";

const TEXT = [..."memory"];
const none = new Float64Array();

const route = (before: number, after: number, share = 0.5): MemoryRoute => ({
  ...{ output: 4, input: 1, steps: new Int32Array(), kept: none, layers: [], carried: 0 },
  ...{ connectivity: before, apart: 0 },
  strongest: [{ layer: "cell of layer 0 of cell", unit: 7, share }],
  check: {
    ...{ before, after },
    ...{ probabilityBefore: 0.5, probabilityAfter: 0.25 },
  },
});

const changed = (before: number, after: number) =>
  /\(([^()]*)\), and the target/.exec(
    checkWords(TEXT, route(before, after), () => "cell state"),
  )?.[1];

it("says what is left of a link, in the page's counting, with its numbers", () => {
  expect(checkWords(TEXT, route(0.5, 0.125), () => "cell state, layer 0")).toBe(
    "With unit 7 (cell state, layer 0) at its mean meanwhile, the link from “e”, character 2 to “r”, character 5 goes from 0.5 to 0.125 (75.0 % is gone), and the target from 0.5 to 0.25.",
  );
});

it("gives no share where there is none to give", () => {
  expect(changed(0.001, 0.00615)).toBe("it grew");
  expect(changed(-0.001, -0.002)).toBe("it grew");
  expect(changed(0.001, -0.005)).toBe("it turned its sign: too weak for a share");
  expect(changed(0, 0.5)).toBe("it grew");
  expect(changed(0.5, 0.5)).toBe("it stays what it was");
  expect(changed(0.5, 0)).toBe("100.0 % is gone");
  expect(checkWords(TEXT, { ...route(0, 0), check: null }, String)).toBe(
    "Nothing of “e”, character 2 reaches the output at “r”, character 5.",
  );
});

it("gives amounts in place of shares where a unit carries more than is left in the end", () => {
  expect([isWeak(route(0.5, 0)), isWeak(route(0.5, 0, -6.15))]).toEqual([false, true]);
  expect(carriedWords(route(0.5, 0), 0.25)).toBe("25.0 %");
  expect(carriedWords(route(0.5, 0, -6), -6)).toBe("−3");
});
