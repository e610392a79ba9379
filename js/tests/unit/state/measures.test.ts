import { describe, expect, it } from "vitest";
import { wordsOf } from "../../../src/core/words";
import { makeHeat } from "../../../src/state/heat";
import { haveOneMeasure, isSigned, isSquared, labelOf } from "../../../src/state/measures";
import { reversal } from "../../../src/state/reversal";
import { decodeAnswer, decodeRows, decodeScene, type Measure } from "../../../src/wire";
import { answerMessage, rowsMessage, sceneMessage } from "../../messages";

const METHOD: Measure = { name: "occlusion", signed: true, label: "how far the logit falls" };
const sceneOf = (...measures: (Measure | undefined)[]) =>
  decodeScene(
    sceneMessage({
      facets: measures.map((measure, i) => ({
        name: `model ${i}`,
        ...(measure === undefined ? {} : { measure }),
      })),
    }),
  )!;

describe("what numbers are", () => {
  it("is the scene's where a facet has no measure of its own", () => {
    const { measure, facets } = sceneOf(undefined, undefined);
    expect(facets.map((facet) => facet.measure)).toEqual([measure, measure]);
    expect([haveOneMeasure(facets), isSigned(facets), isSquared(facets)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(labelOf(facets)).toBe("L2 norm of the gradient");
  });

  it("is told of each model where they differ, with what has no sign", () => {
    const { facets } = sceneOf(undefined, METHOD, undefined);
    expect([haveOneMeasure(facets), isSigned(facets)]).toEqual([false, true]);
    expect(labelOf(facets)).toBe(
      "model 0 and model 2: L2 norm of the gradient (no sign); model 1: how far the logit falls",
    );
  });

  it("is unpacked by each facet's own sign, whichever way rows come", async () => {
    const scene = sceneOf(undefined, METHOD);
    const scores = [
      [3, 1, 2, 4, 1],
      [3, -1, 2, -4, 1],
    ];
    const steps = scores.map((row) => row.map((value) => (500 * value) / 4));
    const answer = decodeAnswer(answerMessage(4, scores, { signed: [false, true] }), scene)!;
    expect(answer.facets.map(({ outcome }) => "values" in outcome && [...outcome.values])).toEqual(
      steps,
    );
    const [plain, signed] = await Promise.all(
      [false, true].map((signed, i) => rowsMessage(11, [new Map([[4, scores[i]!]])], { signed })),
    );
    const both = { ...plain, facets: [...Object(plain).facets, ...Object(signed).facets] };
    const rows = await decodeRows(both, scene);
    rows.facets.forEach((facet, i) => {
      expect(facet.row(4)).toMatchObject({ values: Int16Array.from(steps[i]!) });
      expect(facet.share(4, 3)).toBeCloseTo((i === 0 ? 4 : -4) / 11);
    });
  });
});

it("compares models of one measure only where it looks for what a scale turns round", () => {
  const rows = [
    [...Array(8).fill(7.5), 40, 0, 0],
    [...Array(8).fill(6.9), 15, 15, 15],
  ];
  const remark = (...measures: (Measure | undefined)[]) => {
    const scene = sceneOf(...measures);
    const signed = scene.facets.map(({ measure }) => measure.signed);
    const answer = decodeAnswer(answerMessage(10, rows, { signed }), scene)!;
    const outcomes = answer.facets.map(({ outcome }) => outcome);
    const heat = makeHeat(scene.facets, outcomes, 11);
    return reversal(scene, heat, wordsOf(scene.characters), 10, false);
  };
  expect(remark(undefined, undefined)).toContain("would turn this round");
  expect(remark(METHOD, METHOD)).toContain("would turn this round");
  expect(remark(undefined, METHOD)).toBe("");
});
