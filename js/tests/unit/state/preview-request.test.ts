import { beforeEach, expect, it } from "vitest";
import { type PreviewRequest, PreviewRequester, REST } from "../../../src/state/preview-request";
import { decodePreview, decodeScene, type Preview } from "../../../src/wire";
import { ManualClock } from "../../manual-clock";
import { previewMessage, sceneMessage, scoresOf } from "../../messages";

const scene = decodeScene(sceneMessage())!;
let clock: ManualClock;
let requests: (PreviewRequest | null)[];
let requester: PreviewRequester;
const last = () => requests.at(-1) as PreviewRequest;
const reply = (serial: number, position = 4): Preview =>
  decodePreview(
    previewMessage(position, [scoresOf(0, position), scoresOf(1, position)], { serial }),
    scene,
  )!;

beforeEach(() => {
  clock = new ManualClock();
  requests = [];
  requester = new PreviewRequester(
    clock.after,
    () => 4,
    (request) => requests.push(request),
  );
});

it("asks once the reader has rested, each time by another number", () => {
  requester.request(() => ["a"]);
  clock.pass(REST - 1);
  expect(requests).toEqual([]);
  clock.pass(1);
  expect(last()).toMatchObject({ position: 4, target: ["a"] });
  const { serial } = last();
  requester.request(() => ["b"]);
  clock.pass(REST);
  expect(last()).toMatchObject({ position: 4, target: ["b"] });
  expect(last().serial).toBeGreaterThan(serial);
  expect(requests.length).toBe(2);
});

it("asks nothing of who only passes", () => {
  requester.request(() => ["a"]);
  clock.pass(REST - 1);
  requester.request(null);
  clock.pass(REST);
  expect(requests).toEqual([]);
});

it("looks at what is there after the rest, and at nothing where that is shown already", () => {
  let there = "a";
  requester.request(() => (there === "c" ? null : [there]));
  there = "b";
  clock.pass(REST);
  expect(last().target).toEqual(["b"]);
  there = "c";
  requester.request(() => null);
  clock.pass(REST);
  expect(requests.at(-1)).toBeNull();
});

it("keeps what is looked at until something else is, or nothing", () => {
  requester.request(() => ["a"]);
  clock.pass(REST);
  const { serial } = last();
  expect(requester.awaits(reply(serial))).toBe(true);
  requester.request(() => ["b"]);
  expect(requester.awaits(reply(serial))).toBe(true);
  clock.pass(REST);
  expect(requester.awaits(reply(serial))).toBe(false);
  expect(requester.awaits(reply(last().serial))).toBe(true);
  expect(requester.awaits(reply(last().serial, 5))).toBe(false);
  const newest = last().serial;
  requester.request(null);
  expect(requests.at(-1)).toBeNull();
  expect(requester.awaits(reply(newest))).toBe(false);
});

it("ends where another position is selected", () => {
  requester.request(() => ["a"]);
  clock.pass(REST);
  requester.moved(4);
  expect(requests.length).toBe(1);
  requester.moved(5);
  expect(requests.at(-1)).toBeNull();
});
