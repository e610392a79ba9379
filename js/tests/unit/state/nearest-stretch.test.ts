import { expect, it } from "vitest";
import { nearestStretch } from "../../../src/state/nearest-stretch";

const STRETCHES = [
  { start: 0, end: 10 },
  { start: 20, end: 30 },
  { start: 40, end: 50 },
];

it("is the stretch that has the place in it, or the nearest one", () => {
  const found = [-100, 0, 10, 14, 15, 16, 25, 36, 50, 1000].map((at) =>
    nearestStretch(STRETCHES, at),
  );
  expect(found).toEqual([0, 0, 0, 0, 0, 1, 1, 2, 2, 2]);
});
