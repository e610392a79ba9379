/** A part of a row at the position that is shown. */

import { beforeEach, describe, expect, it } from "vitest";
import { MOVE_ON_AFTER, type ShownPosition, SILENCE } from "../../../src/state/shown-position";
import { decodeAnswer } from "../../../src/wire";
import type { ManualClock } from "../../manual-clock";
import { answerMessage, partOf, scoresOf } from "../../messages";
import { answer, atFirst, pack, part, scene } from "./two-models-shown";

let clock: ManualClock;
let shownPosition: ShownPosition;

beforeEach(() => {
  ({ clock, shownPosition } = atFirst());
});

describe("a part of a row", () => {
  const starts = () =>
    shownPosition.frame().facets.map((outcome) => outcome && "from" in outcome && outcome.from);

  it("is shown at once, and is not all there is", () => {
    shownPosition.select(7, false);
    shownPosition.answer(part(7, 5));
    expect(shownPosition.frame()).toMatchObject({ shown: 7, pending: null, complete: false });
    expect(starts()).toEqual([5, 5]);
    expect(shownPosition.lacks(7)).toBe(true);
    shownPosition.answer(answer(7));
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: true });
    expect(starts()).toEqual([0, 0]);
    expect(shownPosition.lacks(7)).toBe(false);
  });

  it("gives way to longer ones only, and never comes after the whole", async () => {
    shownPosition.select(7, false);
    for (const [from, shown] of [
      [5, 5],
      [6, 5],
      [2, 2],
      [4, 2],
    ] as const) {
      shownPosition.answer(part(7, from));
      expect(starts()).toEqual([shown, shown]);
    }
    shownPosition.answer(answer(7));
    shownPosition.answer(part(7, 1));
    expect(starts()).toEqual([0, 0]);

    shownPosition.pack(await pack(true));
    shownPosition.answer(part(9, 1));
    shownPosition.select(9, false);
    expect(shownPosition.frame()).toMatchObject({ shown: 9, complete: true });
    expect(starts()).toEqual([0, 0]);
  });

  it("gives way to rows that come another way", async () => {
    shownPosition.select(7, false);
    shownPosition.answer(part(7, 5));
    shownPosition.pack(await pack(false));
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: true });
    expect(starts()).toEqual([0, 0]);
  });

  it("gives way to an error", () => {
    shownPosition.select(7, false);
    shownPosition.answer(part(7, 5));
    shownPosition.answer(decodeAnswer(answerMessage(7, ["no", scoresOf(1, 7)]), scene)!);
    expect(shownPosition.frame().facets[0]).toEqual({ error: "no" });
    expect(shownPosition.frame().complete).toBe(true);
  });

  it("beside a whole row leaves the picture open", () => {
    shownPosition.select(7, false);
    const rows = [partOf(scoresOf(0, 7), 3), scoresOf(1, 7)];
    shownPosition.answer(decodeAnswer(answerMessage(7, rows), scene)!);
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: false });
    expect(starts()).toEqual([3, 0]);
  });

  it("of another epoch is dropped", () => {
    expect(shownPosition.answer(part(7, 5, { epoch: 2 }))).toBe(false);
    shownPosition.select(7, false);
    expect(shownPosition.frame()).toMatchObject({ shown: 4, pending: 7 });
  });

  it("stays while the next position is awaited, and is there on coming back", () => {
    shownPosition.select(7, false);
    shownPosition.answer(part(7, 5));
    shownPosition.select(9, false);
    clock.pass(MOVE_ON_AFTER - 1);
    expect(shownPosition.frame()).toMatchObject({ shown: 7, pending: 9 });
    clock.pass(1);
    expect(shownPosition.frame()).toMatchObject({ shown: 9, pending: null });
    shownPosition.select(7, false);
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: false, pending: null });
    expect(starts()).toEqual([5, 5]);
    expect(shownPosition.lacks(7)).toBe(true);
  });

  it("is a sign of life, and silence after it is told", () => {
    shownPosition.select(7, false);
    clock.pass(SILENCE - 1);
    shownPosition.answer(part(7, 5));
    clock.pass(SILENCE - 1);
    expect(shownPosition.frame().silent).toBe(false);
    clock.pass(1);
    expect(shownPosition.frame()).toMatchObject({ shown: 7, silent: true, complete: false });
    expect(starts()).toEqual([5, 5]);
    shownPosition.answer(part(7, 2));
    expect(shownPosition.frame().silent).toBe(false);
    clock.pass(SILENCE);
    expect(shownPosition.frame().silent).toBe(true);
    shownPosition.answer(answer(7));
    clock.pass(10 * SILENCE);
    expect(shownPosition.frame().silent).toBe(false);
  });
});
