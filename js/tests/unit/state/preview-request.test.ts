import { beforeEach, expect, it } from "vitest";
import { Looking, type LookRequest, REST } from "../../../src/state/preview-request";
import { decodeLook, decodeScene, type Look } from "../../../src/wire";
import { ManualClock } from "../../manual-clock";
import { lookedMessage, sceneMessage, scoresOf } from "../../messages";

const scene = decodeScene(sceneMessage())!;
let clock: ManualClock;
let asked: (LookRequest | null)[];
let looking: Looking;
const last = () => asked.at(-1) as LookRequest;
const reply = (serial: number, position = 4): Look =>
  decodeLook(
    lookedMessage(position, [scoresOf(0, position), scoresOf(1, position)], { serial }),
    scene,
  )!;

beforeEach(() => {
  clock = new ManualClock();
  asked = [];
  looking = new Looking(
    clock.after,
    () => 4,
    (request) => asked.push(request),
  );
});

it("asks once the reader has rested, each time by another number", () => {
  looking.at(() => ["a"]);
  clock.pass(REST - 1);
  expect(asked).toEqual([]);
  clock.pass(1);
  expect(last()).toMatchObject({ position: 4, target: ["a"] });
  const { serial } = last();
  looking.at(() => ["b"]);
  clock.pass(REST);
  expect(last()).toMatchObject({ position: 4, target: ["b"] });
  expect(last().serial).toBeGreaterThan(serial);
  expect(asked.length).toBe(2);
});

it("asks nothing of who only passes", () => {
  looking.at(() => ["a"]);
  clock.pass(REST - 1);
  looking.at(null);
  clock.pass(REST);
  expect(asked).toEqual([]);
});

it("looks at what is there after the rest, and at nothing where that is shown already", () => {
  let there = "a";
  looking.at(() => (there === "c" ? null : [there]));
  there = "b";
  clock.pass(REST);
  expect(last().target).toEqual(["b"]);
  there = "c";
  looking.at(() => null);
  clock.pass(REST);
  expect(asked.at(-1)).toBeNull();
});

it("keeps what is looked at until something else is, or nothing", () => {
  looking.at(() => ["a"]);
  clock.pass(REST);
  const { serial } = last();
  expect(looking.awaits(reply(serial))).toBe(true);
  looking.at(() => ["b"]);
  expect(looking.awaits(reply(serial))).toBe(true);
  clock.pass(REST);
  expect(looking.awaits(reply(serial))).toBe(false);
  expect(looking.awaits(reply(last().serial))).toBe(true);
  expect(looking.awaits(reply(last().serial, 5))).toBe(false);
  const newest = last().serial;
  looking.at(null);
  expect(asked.at(-1)).toBeNull();
  expect(looking.awaits(reply(newest))).toBe(false);
});

it("ends where another position is selected", () => {
  looking.at(() => ["a"]);
  clock.pass(REST);
  looking.moved(4);
  expect(asked.length).toBe(1);
  looking.moved(5);
  expect(asked.at(-1)).toBeNull();
});
