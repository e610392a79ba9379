import { expect, it } from "vitest";
import { bandPath, riverOf } from "../../../src/state/river";

const layer = (...shares: number[]) => ({ shares: Float64Array.from(shares) });

it("stands shares on one another, and hangs negative ones below", () => {
  const river = riverOf([layer(0.5, 1.5), layer(0.5, -0.5)]);
  expect(river.bands).toEqual([
    [
      [0, 0.5],
      [0, 1.5],
    ],
    [
      [0.5, 1],
      [0, -0.5],
    ],
  ]);
  expect([river.low, river.high]).toEqual([-0.5, 1.5]);
});

it("outlines a band, a step of one width for each step of the route", () => {
  const river = riverOf([layer(1, 0.5), layer(0, 0.5)]);
  const [first] = river.bands;
  expect(bandPath(first ?? [], river, 20, 10)).toBe(
    "M0.00,0.00 10.00,0.00 L10.00,5.00 20.00,5.00 L20.00,10.00 10.00,10.00 L10.00,10.00 0.00,10.00 Z",
  );
  expect(bandPath([], riverOf([]), 20, 10)).toBe("");
});
