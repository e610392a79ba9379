import { beforeEach, describe, expect, it } from "vitest";
import { PATIENCE, SILENCE, Stage } from "../../../src/state/shown-position";
import { decodeAnswer, decodeLook, decodeRows, decodeScene, type Scene } from "../../../src/wire";
import { ManualClock } from "../../manual-clock";
import {
  allRows,
  answerMessage,
  lookedMessage,
  partOf,
  rowsMessage,
  sceneMessage,
  scoresOf,
} from "../../messages";

const LENGTH = 11;
const scene: Scene = decodeScene(sceneMessage())!;
let clock: ManualClock;
let stage: Stage;

const answer = (position: number, options = {}) =>
  decodeAnswer(
    answerMessage(position, [scoresOf(0, position), scoresOf(1, position)], options),
    scene,
  )!;
const part = (position: number, from: number, options = {}) =>
  decodeAnswer(
    answerMessage(
      position,
      [partOf(scoresOf(0, position), from), partOf(scoresOf(1, position), from)],
      options,
    ),
    scene,
  )!;
const pack = async (complete: boolean, known = allRows(0, LENGTH)) =>
  decodeRows(await rowsMessage(LENGTH, [known, allRows(1, LENGTH)], { complete }), scene);

beforeEach(() => {
  clock = new ManualClock();
  stage = new Stage(scene, 4, clock.after, () => {});
  stage.answer(answer(4));
});

it("shows the first position even before its rows", () => {
  const fresh = new Stage(scene, 4, clock.after, () => {});
  fresh.settle();
  expect(fresh.frame()).toMatchObject({ shown: 4, complete: false, pending: null });
  fresh.answer(answer(4));
  expect(fresh.frame()).toMatchObject({ shown: 4, complete: true });
});

describe("between hover and answer", () => {
  it("keeps the last picture whole and names what is awaited", () => {
    stage.want(7, false);
    clock.pass(PATIENCE - 1);
    expect(stage.frame()).toMatchObject({ shown: 4, complete: true, pending: 7 });
    stage.answer(answer(7));
    expect(stage.frame()).toMatchObject({ shown: 7, complete: true, pending: null });
  });

  it("moves on without rows when it takes long", () => {
    stage.want(7, false);
    clock.pass(PATIENCE);
    expect(stage.frame()).toMatchObject({ shown: 7, complete: false, pending: null });
    expect(stage.frame().facets).toEqual([undefined, undefined]);
    // From then on there is no picture to protect.
    stage.want(8, false);
    expect(stage.frame()).toMatchObject({ shown: 8, complete: false });
    stage.answer(answer(8));
    expect(stage.frame()).toMatchObject({ shown: 8, complete: true });
  });

  it("keeps an answer that is no longer asked for, and does not paint it", () => {
    stage.want(7, false);
    stage.want(9, false);
    stage.answer(answer(7));
    expect(stage.frame()).toMatchObject({ shown: 4, complete: true, pending: 9 });
    stage.want(7, false);
    expect(stage.frame()).toMatchObject({ shown: 7, complete: true, pending: null });
  });

  it("has the same patience for the next position", () => {
    stage.want(7, false);
    clock.pass(PATIENCE / 2);
    stage.answer(answer(7));
    stage.want(9, false);
    clock.pass(PATIENCE - 1);
    expect(stage.frame()).toMatchObject({ shown: 7, complete: true, pending: 9 });
    clock.pass(1);
    expect(stage.frame()).toMatchObject({ shown: 9, complete: false });
  });

  it("does not move on after coming back", () => {
    stage.want(7, false);
    stage.want(4, false);
    clock.pass(10 * PATIENCE);
    expect(stage.frame()).toMatchObject({ shown: 4, complete: true, pending: null });
  });
});

it("paints rows that are here at once, whatever way they came", async () => {
  stage.pack(await pack(true));
  for (let p = 0; p < LENGTH; p++) {
    stage.want(p, false);
    expect(stage.frame()).toMatchObject({ shown: p, complete: true, pending: null, filled: true });
    expect(stage.lacks(p)).toBe(false);
  }
});

it("is complete only when every facet has its row", async () => {
  const known = allRows(0, LENGTH);
  known.delete(6);
  stage.pack(await pack(false, known));
  expect(stage.lacks(6)).toBe(true);
  stage.want(6, false);
  clock.pass(PATIENCE);
  expect(stage.frame()).toMatchObject({ shown: 6, complete: false, filled: false });
  expect(stage.frame().facets[0]).toBeUndefined();
  expect(stage.frame().facets[1]).toBeDefined();
});

it("drops what belongs to another epoch", async () => {
  expect(stage.answer(answer(7, { epoch: 2 }))).toBe(false);
  stage.pack(
    await decodeRows(await rowsMessage(LENGTH, [allRows(0, LENGTH)], { epoch: 2 }), scene),
  );
  expect(stage.lacks(7)).toBe(true);
});

describe("a part of a row", () => {
  const starts = () =>
    stage.frame().facets.map((outcome) => outcome && "from" in outcome && outcome.from);

  it("is shown at once, and is not all there is", () => {
    stage.want(7, false);
    stage.answer(part(7, 5));
    expect(stage.frame()).toMatchObject({ shown: 7, pending: null, complete: false });
    expect(starts()).toEqual([5, 5]);
    expect(stage.lacks(7)).toBe(true);
    stage.answer(answer(7));
    expect(stage.frame()).toMatchObject({ shown: 7, complete: true });
    expect(starts()).toEqual([0, 0]);
    expect(stage.lacks(7)).toBe(false);
  });

  it("gives way to longer ones only, and never comes after the whole", async () => {
    stage.want(7, false);
    for (const [from, shown] of [
      [5, 5],
      [6, 5],
      [2, 2],
      [4, 2],
    ] as const) {
      stage.answer(part(7, from));
      expect(starts()).toEqual([shown, shown]);
    }
    stage.answer(answer(7));
    stage.answer(part(7, 1));
    expect(starts()).toEqual([0, 0]);

    stage.pack(await pack(true));
    stage.answer(part(9, 1));
    stage.want(9, false);
    expect(stage.frame()).toMatchObject({ shown: 9, complete: true });
    expect(starts()).toEqual([0, 0]);
  });

  it("gives way to rows that come another way", async () => {
    stage.want(7, false);
    stage.answer(part(7, 5));
    stage.pack(await pack(false));
    expect(stage.frame()).toMatchObject({ shown: 7, complete: true });
    expect(starts()).toEqual([0, 0]);
  });

  it("gives way to an error", () => {
    stage.want(7, false);
    stage.answer(part(7, 5));
    stage.answer(decodeAnswer(answerMessage(7, ["no", scoresOf(1, 7)]), scene)!);
    expect(stage.frame().facets[0]).toEqual({ error: "no" });
    expect(stage.frame().complete).toBe(true);
  });

  it("beside a whole row leaves the picture open", () => {
    stage.want(7, false);
    const rows = [partOf(scoresOf(0, 7), 3), scoresOf(1, 7)];
    stage.answer(decodeAnswer(answerMessage(7, rows), scene)!);
    expect(stage.frame()).toMatchObject({ shown: 7, complete: false });
    expect(starts()).toEqual([3, 0]);
  });

  it("of another epoch is dropped", () => {
    expect(stage.answer(part(7, 5, { epoch: 2 }))).toBe(false);
    stage.want(7, false);
    expect(stage.frame()).toMatchObject({ shown: 4, pending: 7 });
  });

  it("stays while the next position is awaited, and is there on coming back", () => {
    stage.want(7, false);
    stage.answer(part(7, 5));
    stage.want(9, false);
    clock.pass(PATIENCE - 1);
    expect(stage.frame()).toMatchObject({ shown: 7, pending: 9 });
    clock.pass(1);
    expect(stage.frame()).toMatchObject({ shown: 9, pending: null });
    stage.want(7, false);
    expect(stage.frame()).toMatchObject({ shown: 7, complete: false, pending: null });
    expect(starts()).toEqual([5, 5]);
    expect(stage.lacks(7)).toBe(true);
  });

  it("is a sign of life, and silence after it is told", () => {
    stage.want(7, false);
    clock.pass(SILENCE - 1);
    stage.answer(part(7, 5));
    clock.pass(SILENCE - 1);
    expect(stage.frame().silent).toBe(false);
    clock.pass(1);
    expect(stage.frame()).toMatchObject({ shown: 7, silent: true, complete: false });
    expect(starts()).toEqual([5, 5]);
    stage.answer(part(7, 2));
    expect(stage.frame().silent).toBe(false);
    clock.pass(SILENCE);
    expect(stage.frame().silent).toBe(true);
    stage.answer(answer(7));
    clock.pass(10 * SILENCE);
    expect(stage.frame().silent).toBe(false);
  });
});

describe("errors", () => {
  it("are an outcome of one facet; the other goes on", () => {
    stage.want(7, false);
    stage.answer(decodeAnswer(answerMessage(7, ["no", scoresOf(1, 7)]), scene)!);
    const { facets, complete } = stage.frame();
    expect(complete).toBe(true);
    expect(facets[0]).toEqual({ error: "no" });
    expect(facets[1]).toHaveProperty("values");
  });

  it("give way to a row that comes later", async () => {
    stage.answer(decodeAnswer(answerMessage(7, ["no", "no"]), scene)!);
    stage.pack(await pack(true));
    stage.want(7, false);
    expect(stage.frame().facets[0]).toHaveProperty("values");
  });
});

describe("silence", () => {
  it("is told when nothing has come for a while, and ends with an answer", () => {
    stage.want(7, false);
    clock.pass(SILENCE - 1);
    expect(stage.frame().silent).toBe(false);
    clock.pass(1);
    expect(stage.frame().silent).toBe(true);
    stage.want(4, false);
    expect(stage.frame()).toMatchObject({ shown: 4, complete: true, silent: true });
    stage.answer(answer(9));
    expect(stage.frame().silent).toBe(false);
  });

  it("is counted from the last word of the kernel", () => {
    stage.want(7, false);
    clock.pass(SILENCE - 1);
    stage.answer(answer(9));
    clock.pass(SILENCE - 1);
    expect(stage.frame().silent).toBe(false);
    clock.pass(1);
    expect(stage.frame().silent).toBe(true);
  });

  it("is told after other words of the kernel too", () => {
    stage.want(7, false);
    clock.pass(SILENCE - 1);
    stage.heard();
    clock.pass(SILENCE - 1);
    expect(stage.frame().silent).toBe(false);
    clock.pass(1);
    expect(stage.frame().silent).toBe(true);
  });

  it("is not told when nothing is awaited", () => {
    clock.pass(10 * SILENCE);
    expect(stage.frame().silent).toBe(false);
  });

  it("needs a wait that lasts, not hovers that come back in time", () => {
    stage.want(7, false);
    clock.pass(SILENCE / 2);
    stage.want(4, false);
    clock.pass(SILENCE);
    expect(stage.frame().silent).toBe(false);
  });
});

it.each([
  [-3, 0],
  [99, LENGTH - 1],
  [Number.NaN, 0],
])("takes position %d as %i", (position, shown) => {
  expect(new Stage(scene, position, clock.after, () => {}).frame().shown).toBe(shown);
});

it("tells that the picture is pinned", () => {
  stage.want(4, true);
  expect(stage.frame()).toMatchObject({ shown: 4, pinned: true });
});

it("shows what is looked at in place of its own, at that position only, and keeps nothing of it", () => {
  const rows = [scoresOf(1, 4), scoresOf(0, 4)];
  const look = (options: { serial: number; epoch?: number }) =>
    stage.look(decodeLook(lookedMessage(4, rows, options), scene));
  const own = stage.frame();
  expect(own.own).toBeNull();
  look({ serial: 1, epoch: 2 });
  expect(stage.frame()).toEqual(own);
  look({ serial: 1 });
  const { own: before, ...looked } = stage.frame();
  expect(before).toEqual(own);
  expect(looked).toMatchObject({ shown: 4, complete: true });
  expect(looked.facets).toEqual([own.facets[1], own.facets[0]]);
  expect(looked.scene).not.toBe(scene);
  stage.want(7, false);
  expect(stage.frame().own).not.toBeNull();
  stage.answer(answer(7));
  expect(stage.frame()).toMatchObject({ shown: 7, own: null, scene });
  stage.want(4, false);
  stage.look(null);
  expect(stage.frame()).toEqual(own);
  expect(stage.row(0, 4)).toEqual(own.facets[0]);
});
