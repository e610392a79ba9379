import { describe, expect, it } from "vitest";
import { STEPS } from "../../src/color";
import { heatSteps, makeHeat } from "../../src/heat";
import { decodeAnswer, decodeScene, type Scene } from "../../src/wire";
import { answerMessage, type RowOrError, type SceneOptions, sceneMessage } from "../messages";

function heatOf(options: SceneOptions, position: number, rows: readonly RowOrError[]) {
  const scene = decodeScene(sceneMessage(options)) as Scene;
  const { signed } = scene.measure;
  const answer = decodeAnswer(answerMessage(position, rows, { signed }), signed);
  const outcomes = answer?.facets.map((facet) => facet.outcome) ?? [];
  return makeHeat(scene.facets, outcomes, scene.characters.length);
}

it("is the share of the row, on one scale that every facet reaches", () => {
  const heat = heatOf({ text: "abcd" }, 3, [
    [1, 1, 1, 1],
    [0, 0, 0, 5],
  ]);
  expect(heat.facets[0]?.shares).toEqual(Float64Array.of(0.25, 0.25, 0.25, 0.25));
  expect(heat.facets[1]?.largest).toBe(1);
  expect(heat).toMatchObject({ cap: 0.2, clipped: true, zero: false });
  expect([...heatSteps(heat.facets[0]!, heat.cap)]).toEqual([STEPS, STEPS, STEPS, STEPS]);
  expect([...heatSteps(heat.facets[1]!, heat.cap)]).toEqual([0, 0, 0, STEPS]);
});

it("does not follow the scale of the rows", () => {
  const one = heatOf({ text: "abc", facets: [{}] }, 2, [[1, 2, 3]]);
  const other = heatOf({ text: "abc", facets: [{}] }, 2, [[1e-9, 2e-9, 3e-9]]);
  expect(other.cap).toBe(one.cap);
  expect(other.facets[0]?.largest).toBeCloseTo(0.5);
});

it("keeps signs, and takes shares of the sum of magnitudes", () => {
  const heat = heatOf({ text: "abc", signed: true, facets: [{}] }, 2, [[-2, 1, -1]]);
  expect(heat.facets[0]?.shares).toEqual(Float64Array.of(-0.5, 0.25, -0.25));
  expect([...heatSteps(heat.facets[0]!, heat.cap)]).toEqual([-STEPS, STEPS / 2, -STEPS / 2]);
});

describe("tokens", () => {
  it("of several characters colour all of them", () => {
    const spans = [
      [0, 2],
      [2, 3],
    ] as const;
    const heat = heatOf({ text: "abc", facets: [{ spans }] }, 1, [[4, 1]]);
    expect(heat.facets[0]?.shares).toEqual(Float64Array.of(0.8, 0.8, 0.2));
  });

  it("in one character add up; those without one are told apart", () => {
    const spans = [
      [0, 0],
      [0, 1],
      [0, 1],
      [2, 3],
    ] as const;
    const heat = heatOf({ text: "abc", facets: [{ spans }] }, 3, [[4, 1, 1, 2]]);
    expect(heat.facets[0]?.shares).toEqual(Float64Array.of(0.25, 0, 0.25));
    expect(heat.facets[0]?.elsewhere).toBe(0.5);
  });
});

it("says when all is zero", () => {
  const heat = heatOf({ text: "abc", facets: [{}] }, 2, [[0, 0, 0]]);
  expect(heat).toMatchObject({ zero: true, cap: 1, clipped: false });
  expect([...heatSteps(heat.facets[0]!, heat.cap)]).toEqual([0, 0, 0]);
});

it("leaves out facets that failed", () => {
  const heat = heatOf({ text: "abc" }, 2, ["no", [1, 1, 2]]);
  expect(heat.facets[0]).toBeNull();
  expect(heat.cap).toBe(0.5);
});
