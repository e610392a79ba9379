import { ShownPosition } from "../../../src/state/shown-position";
import { decodeAnswer, decodeRows, decodeScene, type Scene } from "../../../src/wire";
import { ManualClock } from "../../manual-clock";
import {
  allRows,
  answerMessage,
  partOf,
  rowsMessage,
  sceneMessage,
  scoresOf,
} from "../../messages";

export const LENGTH = 11;
export const scene: Scene = decodeScene(sceneMessage())!;

export const answer = (position: number, options = {}) =>
  decodeAnswer(
    answerMessage(position, [scoresOf(0, position), scoresOf(1, position)], options),
    scene,
  )!;
export const part = (position: number, from: number, options = {}) =>
  decodeAnswer(
    answerMessage(
      position,
      [partOf(scoresOf(0, position), from), partOf(scoresOf(1, position), from)],
      options,
    ),
    scene,
  )!;
export const pack = async (complete: boolean, known = allRows(0, LENGTH)) =>
  decodeRows(await rowsMessage(LENGTH, [known, allRows(1, LENGTH)], { complete }), scene);

/** Position 4, answered. */
export function atFirst() {
  const clock = new ManualClock();
  const shownPosition = new ShownPosition(scene, 4, clock.after, () => {});
  shownPosition.answer(answer(4));
  return { clock, shownPosition };
}
