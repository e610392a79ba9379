import { expect, it } from "vitest";
import { pictureSentence, progressSentence } from "../../../src/state/caption";
import { makeHeat } from "../../../src/state/heat";
import type { Outcome } from "../../../src/state/row-store";
import { decodeAnswer, decodeScene } from "../../../src/wire";
import { answerMessage, partOf, type RowOrError, sceneMessage } from "../../messages";

const scene = decodeScene(sceneMessage({ text: "a".repeat(1204) }))!;
const row = Array.from({ length: 1204 }, (_, t) => 1 + (t % 5));

function outcomesOf(rows: readonly RowOrError[]): readonly Outcome[] {
  return decodeAnswer(answerMessage(1203, rows), scene)!.facets.map(({ outcome }) => outcome);
}
const heatOf = (outcomes: readonly Outcome[]) =>
  makeHeat(scene.facets, outcomes, scene.characters.length);
const words = (...rows: readonly RowOrError[]) =>
  progressSentence(scene.facets, heatOf(outcomesOf(rows)));

it("tells how far the rows are, and that their colours do not compare", () => {
  const part = partOf(row, 1204 - 96);
  expect(words(part, part)).toBe(
    "reading: nearest 96 of 1,204 inputs so far, colours not yet comparable",
  );
});

it("names the models where some are whole, and no count that is not of all", () => {
  expect(words(row, partOf(row, 1204 - 96))).toBe(
    "reading LSTM: nearest 96 of 1,204 inputs so far, colours not yet comparable",
  );
  expect(words(partOf(row, 900), partOf(row, 1000))).toBe(
    "reading: nearest inputs so far, colours not yet comparable",
  );
});

it("reads no number out of a row that is not whole", () => {
  const facets = outcomesOf([partOf(row, 1108), row]);
  const said = pictureSentence(scene, { shown: 1203, facets }, heatOf(facets));
  expect(said).toContain(
    "GRU predicts learning, 57.5 %; explained: learning, 57.5 %, 1st; its row",
  );
  expect(said).toContain("1st; its row is being computed.");
  expect(said.match(/largest share/g)?.length).toBe(1);
});
