import { describe, expect, it } from "vitest";
import { STEPS } from "../../../src/core/color";
import { COMPUTING, heatSteps, makeHeat } from "../../../src/state/heat";
import { decodeAnswer, decodeScene, type Scene } from "../../../src/wire";
import {
  answerMessage,
  partOf,
  type RowOrError,
  type SceneOptions,
  sceneMessage,
} from "../../messages";

function heatOf(options: SceneOptions, position: number, rows: readonly RowOrError[]) {
  const scene = decodeScene(sceneMessage(options)) as Scene;
  const { signed } = scene.measure;
  const answer = decodeAnswer(answerMessage(position, rows, { signed }), scene);
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
  expect([...heatSteps(heat.facets[0]!, 0, heat.scaling)]).toEqual([STEPS, STEPS, STEPS, STEPS]);
  expect([...heatSteps(heat.facets[1]!, 1, heat.scaling)]).toEqual([0, 0, 0, STEPS]);
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
  expect([...heatSteps(heat.facets[0]!, 0, heat.scaling)]).toEqual([-STEPS, STEPS / 2, -STEPS / 2]);
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
  expect([...heatSteps(heat.facets[0]!, 0, heat.scaling)]).toEqual([0, 0, 0]);
});

it("leaves out facets that failed", () => {
  const heat = heatOf({ text: "abc" }, 2, ["no", [1, 1, 2]]);
  expect(heat.facets[0]).toBeNull();
  expect(heat.cap).toBe(0.5);
});

describe("a part of a row", () => {
  const row = [9, 9, 1, 4, 2];

  it("is full at its own strongest, and says where nothing is known yet", () => {
    const heat = heatOf({ text: "abcde", facets: [{}] }, 4, [partOf(row, 2)]);
    expect(heat).toMatchObject({ cap: null, clipped: false, zero: false });
    expect(heat.facets[0]?.part).toEqual({ known: 3, of: 5 });
    const steps = [...heatSteps(heat.facets[0]!, 0, heat.scaling)];
    expect(steps).toEqual([COMPUTING, COMPUTING, STEPS / 4, STEPS, STEPS / 2]);
  });

  it("leaves no scale that whole rows beside it could be read by", () => {
    const heat = heatOf({ text: "abcde" }, 4, [partOf(row, 3), [1, 0, 0, 2, 1]]);
    expect(heat.cap).toBeNull();
    expect(heat.facets[1]?.part).toBeNull();
    const steps = [...heatSteps(heat.facets[1]!, 1, heat.scaling)];
    expect(steps).toEqual([STEPS / 2, 0, 0, STEPS, STEPS / 2]);
  });

  it("of zeros does not say that there is no influence", () => {
    const heat = heatOf({ text: "abc", facets: [{}] }, 2, [partOf([5, 0, 0], 1)]);
    expect(heat.zero).toBe(false);
    expect([...heatSteps(heat.facets[0]!, 0, heat.scaling)]).toEqual([COMPUTING, 0, 0]);
  });

  it("keeps signs", () => {
    const options = { text: "abc", signed: true, facets: [{}] };
    const heat = heatOf(options, 2, [partOf([5, -2, 1], 1)]);
    expect([...heatSteps(heat.facets[0]!, 0, heat.scaling)]).toEqual([
      COMPUTING,
      -STEPS,
      STEPS / 2,
    ]);
  });

  it("knows a character only when all of its tokens are there", () => {
    const spans = [
      [0, 0],
      [0, 1],
      [0, 1],
      [2, 3],
    ] as const;
    const of = (from: number) =>
      heatOf({ text: "abc", facets: [{ spans }] }, 3, [partOf([4, 1, 1, 2], from)]).facets[0];
    expect(of(2)?.shares).toEqual(Float64Array.of(Number.NaN, 0, 2 / 3));
    expect(of(1)?.shares).toEqual(Float64Array.of(0.5, 0, 0.5));
    expect(of(1)?.elsewhere).toBe(0);
  });
});
