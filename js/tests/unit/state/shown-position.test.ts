/** Which position the picture shows, and when it stops waiting. */

import { beforeEach, describe, expect, it } from "vitest";
import { MOVE_ON_AFTER, ShownPosition, SILENCE } from "../../../src/state/shown-position";
import { decodeAnswer, decodePreview, decodeRows } from "../../../src/wire";
import type { ManualClock } from "../../manual-clock";
import { allRows, answerMessage, previewMessage, rowsMessage, scoresOf } from "../../messages";
import { answer, atFirst, LENGTH, pack, scene } from "./two-models-shown";

let clock: ManualClock;
let shownPosition: ShownPosition;

beforeEach(() => {
  ({ clock, shownPosition } = atFirst());
});

it("shows the first position even before its rows", () => {
  const fresh = new ShownPosition(scene, 4, clock.after, () => {});
  fresh.settle();
  expect(fresh.frame()).toMatchObject({ shown: 4, complete: false, pending: null });
  fresh.answer(answer(4));
  expect(fresh.frame()).toMatchObject({ shown: 4, complete: true });
});

describe("between hover and answer", () => {
  it("keeps the last picture whole and names what is awaited", () => {
    shownPosition.select(7, false);
    clock.pass(MOVE_ON_AFTER - 1);
    expect(shownPosition.frame()).toMatchObject({ shown: 4, complete: true, pending: 7 });
    shownPosition.answer(answer(7));
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: true, pending: null });
  });

  it("moves on without rows when it takes long", () => {
    shownPosition.select(7, false);
    clock.pass(MOVE_ON_AFTER);
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: false, pending: null });
    expect(shownPosition.frame().facets).toEqual([undefined, undefined]);
    // From then on there is no picture to protect.
    shownPosition.select(8, false);
    expect(shownPosition.frame()).toMatchObject({ shown: 8, complete: false });
    shownPosition.answer(answer(8));
    expect(shownPosition.frame()).toMatchObject({ shown: 8, complete: true });
  });

  it("keeps an answer that is no longer asked for, and does not paint it", () => {
    shownPosition.select(7, false);
    shownPosition.select(9, false);
    shownPosition.answer(answer(7));
    expect(shownPosition.frame()).toMatchObject({ shown: 4, complete: true, pending: 9 });
    shownPosition.select(7, false);
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: true, pending: null });
  });

  it("has the same patience for the next position", () => {
    shownPosition.select(7, false);
    clock.pass(MOVE_ON_AFTER / 2);
    shownPosition.answer(answer(7));
    shownPosition.select(9, false);
    clock.pass(MOVE_ON_AFTER - 1);
    expect(shownPosition.frame()).toMatchObject({ shown: 7, complete: true, pending: 9 });
    clock.pass(1);
    expect(shownPosition.frame()).toMatchObject({ shown: 9, complete: false });
  });

  it("does not move on after coming back", () => {
    shownPosition.select(7, false);
    shownPosition.select(4, false);
    clock.pass(10 * MOVE_ON_AFTER);
    expect(shownPosition.frame()).toMatchObject({ shown: 4, complete: true, pending: null });
  });
});

it("paints rows that are here at once, whatever way they came", async () => {
  shownPosition.pack(await pack(true));
  for (let p = 0; p < LENGTH; p++) {
    shownPosition.select(p, false);
    expect(shownPosition.frame()).toMatchObject({
      shown: p,
      complete: true,
      pending: null,
      filled: true,
    });
    expect(shownPosition.lacks(p)).toBe(false);
  }
});

it("is complete only when every facet has its row", async () => {
  const known = allRows(0, LENGTH);
  known.delete(6);
  shownPosition.pack(await pack(false, known));
  expect(shownPosition.lacks(6)).toBe(true);
  shownPosition.select(6, false);
  clock.pass(MOVE_ON_AFTER);
  expect(shownPosition.frame()).toMatchObject({ shown: 6, complete: false, filled: false });
  expect(shownPosition.frame().facets[0]).toBeUndefined();
  expect(shownPosition.frame().facets[1]).toBeDefined();
});

it("drops what belongs to another epoch", async () => {
  expect(shownPosition.answer(answer(7, { epoch: 2 }))).toBe(false);
  shownPosition.pack(
    await decodeRows(await rowsMessage(LENGTH, [allRows(0, LENGTH)], { epoch: 2 }), scene),
  );
  expect(shownPosition.lacks(7)).toBe(true);
});

describe("errors", () => {
  it("are an outcome of one facet; the other goes on", () => {
    shownPosition.select(7, false);
    shownPosition.answer(decodeAnswer(answerMessage(7, ["no", scoresOf(1, 7)]), scene)!);
    const { facets, complete } = shownPosition.frame();
    expect(complete).toBe(true);
    expect(facets[0]).toEqual({ error: "no" });
    expect(facets[1]).toHaveProperty("values");
  });

  it("give way to a row that comes later", async () => {
    shownPosition.answer(decodeAnswer(answerMessage(7, ["no", "no"]), scene)!);
    shownPosition.pack(await pack(true));
    shownPosition.select(7, false);
    expect(shownPosition.frame().facets[0]).toHaveProperty("values");
  });
});

describe("silence", () => {
  it("is told when nothing has come for a while, and ends with an answer", () => {
    shownPosition.select(7, false);
    clock.pass(SILENCE - 1);
    expect(shownPosition.frame().silent).toBe(false);
    clock.pass(1);
    expect(shownPosition.frame().silent).toBe(true);
    shownPosition.select(4, false);
    expect(shownPosition.frame()).toMatchObject({ shown: 4, complete: true, silent: true });
    shownPosition.answer(answer(9));
    expect(shownPosition.frame().silent).toBe(false);
  });

  it("is counted from the last word of the kernel", () => {
    shownPosition.select(7, false);
    clock.pass(SILENCE - 1);
    shownPosition.answer(answer(9));
    clock.pass(SILENCE - 1);
    expect(shownPosition.frame().silent).toBe(false);
    clock.pass(1);
    expect(shownPosition.frame().silent).toBe(true);
  });

  it("is told after other words of the kernel too", () => {
    shownPosition.select(7, false);
    clock.pass(SILENCE - 1);
    shownPosition.kernelReplied();
    clock.pass(SILENCE - 1);
    expect(shownPosition.frame().silent).toBe(false);
    clock.pass(1);
    expect(shownPosition.frame().silent).toBe(true);
  });

  it("is not told when nothing is awaited", () => {
    clock.pass(10 * SILENCE);
    expect(shownPosition.frame().silent).toBe(false);
  });

  it("needs a wait that lasts, not hovers that come back in time", () => {
    shownPosition.select(7, false);
    clock.pass(SILENCE / 2);
    shownPosition.select(4, false);
    clock.pass(SILENCE);
    expect(shownPosition.frame().silent).toBe(false);
  });
});

it.each([
  [-3, 0],
  [99, LENGTH - 1],
  [Number.NaN, 0],
])("takes position %d as %i", (position, shown) => {
  expect(new ShownPosition(scene, position, clock.after, () => {}).frame().shown).toBe(shown);
});

it("tells that the picture is pinned", () => {
  shownPosition.select(4, true);
  expect(shownPosition.frame()).toMatchObject({ shown: 4, pinned: true });
});

it("shows what is looked at in place of its own, at that position only, and keeps nothing of it", () => {
  const rows = [scoresOf(1, 4), scoresOf(0, 4)];
  const preview = (options: { serial: number; epoch?: number }) =>
    shownPosition.showPreview(decodePreview(previewMessage(4, rows, options), scene));
  const own = shownPosition.frame();
  expect(own.withoutPreview).toBeNull();
  preview({ serial: 1, epoch: 2 });
  expect(shownPosition.frame()).toEqual(own);
  preview({ serial: 1 });
  const { withoutPreview: before, ...previewed } = shownPosition.frame();
  expect(before).toEqual(own);
  expect(previewed).toMatchObject({ shown: 4, complete: true });
  expect(previewed.facets).toEqual([own.facets[1], own.facets[0]]);
  expect(previewed.scene).not.toBe(scene);
  shownPosition.select(7, false);
  expect(shownPosition.frame().withoutPreview).not.toBeNull();
  shownPosition.answer(answer(7));
  expect(shownPosition.frame()).toMatchObject({ shown: 7, withoutPreview: null, scene });
  shownPosition.select(4, false);
  shownPosition.showPreview(null);
  expect(shownPosition.frame()).toEqual(own);
  expect(shownPosition.row(0, 4)).toEqual(own.facets[0]);
});
