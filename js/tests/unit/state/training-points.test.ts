import { describe, expect, it } from "vitest";
import {
  nearestPoint,
  newestMeasured,
  placesOf,
  pointWords,
  scaleOf,
  shownPoint,
  stepsOf,
  valueWords,
} from "../../../src/state/training-points";
import { curvesOf, pointOf } from "../../training";

describe("places", () => {
  it("are those of the losses, and of figures that are known", () => {
    const curves = curvesOf({
      lossSteps: [1, 2],
      losses: [3, 2.5],
      points: [pointOf(0, { reach: 1 }), pointOf(5), pointOf(9, { reach: 4, loss: 2 })],
    });
    expect(placesOf(curves, "loss")).toEqual([
      [1, 3],
      [2, 2.5],
    ]);
    expect(placesOf(curves, "reach")).toEqual([
      [0, 1],
      [9, 4],
    ]);
    expect(stepsOf(curves)).toEqual([0, 9]);
  });

  it("are the checkpoints' losses where no others are known", () => {
    const curves = curvesOf({ points: [pointOf(3, { loss: 2 }), pointOf(5)] });
    expect(placesOf(curves, "loss")).toEqual([[3, 2]]);
    expect(stepsOf(curvesOf({}))).toEqual([0, 0]);
  });
});

describe("scales", () => {
  it("of lengths begin at 0, and that of the check has 0 in it", () => {
    expect(scaleOf("reach", [[0, 4]])).toMatchObject({ low: 0, high: 4 });
    expect(scaleOf("check", [[0, -2]])).toMatchObject({ low: -2, high: 0 });
    expect(scaleOf("reach", [[0, 4]]).at(1)).toBe(0.25);
  });

  it("of losses are logarithmic where they are wide", () => {
    const near: [number, number][] = [
      [0, 4],
      [1, 2],
    ];
    expect(scaleOf("loss", near)).toMatchObject({ low: 2, high: 4, logarithmic: false });
    const far = scaleOf("loss", [...near, [2, 0.01], [3, 1]]);
    expect(far.logarithmic).toBe(true);
    expect(far.at(0.2)).toBeCloseTo(0.5, 6);
    expect(scaleOf("loss", [[0, 0], ...near]).logarithmic).toBe(false);
  });

  it("of one value have it in the middle", () => {
    expect(scaleOf("loss", [[0, 2]]).at(2)).toBe(0.5);
  });
});

it("finds the nearest point, and of those with one step the newest", () => {
  const points = [pointOf(0), pointOf(10), pointOf(10), pointOf(30)];
  expect(nearestPoint(points, -5)).toBe(0);
  expect(nearestPoint(points, 12)).toBe(2);
  expect(nearestPoint(points, 1000)).toBe(3);
  expect(nearestPoint([], 3)).toBe(-1);
});

it("shows the loss of the curve at a checkpoint", () => {
  const points = [pointOf(0), pointOf(100, { loss: 9 })];
  const curves = curvesOf({ points, lossSteps: [1, 50, 99], losses: [4, 3, 2] });
  expect(shownPoint(curves, 0)?.loss).toBe(4);
  expect(shownPoint(curves, 1)?.loss).toBe(2);
  expect(shownPoint(curvesOf({ points }), 1)?.loss).toBe(9);
  expect(shownPoint(curves, 2)).toBeUndefined();
});

it("finds the newest point that was measured", () => {
  expect(newestMeasured([pointOf(0, { reach: 1 }), pointOf(4)])).toBe(0);
  expect(newestMeasured([pointOf(0), pointOf(4)])).toBe(1);
});

it("says a checkpoint in words", () => {
  const point = pointOf(1779, {
    loss: 0.35538,
    reach: 9.1502,
    effective: 23.31,
    before: 0.686,
    check: -4.886,
  });
  expect(pointWords(point)).toBe(
    "Step 1,779: loss 0.355, reach 9.15 characters, 23.3 effective characters, " +
      "68.6 % before the word, check −4.89",
  );
  expect(pointWords(pointOf(3))).toBe("Step 3: not measured");
  expect(valueWords("check", 0.5)).toBe("+0.5");
  expect(valueWords("reach", null)).toBe("–");
});
