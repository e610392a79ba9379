import { beforeEach, describe, expect, it, vi } from "vitest";
import { type HostModel, PositionSync, WATCHDOG } from "../../../src/hosts/position-sync";
import { FakeModel } from "../../fake-model";
import { ManualClock } from "../../manual-clock";

let clock: ManualClock;
let model: FakeModel;
let known: Set<number>;
let changed: ReturnType<typeof vi.fn<() => void>>;
let sync: PositionSync;

function connect(to: HostModel): PositionSync {
  return new PositionSync({ model: to, clock, lacks: (position) => !known.has(position), changed });
}

beforeEach(() => {
  clock = new ManualClock();
  model = new FakeModel({ position: 3 });
  known = new Set([3]);
  changed = vi.fn<() => void>();
  sync = connect(model);
});

const sent = () => model.saved.map((changes) => changes["position"]);

describe("what is hovered", () => {
  it("is set and sent once a frame, the newest only", () => {
    for (const p of [4, 5, 6]) sync.select(p);
    expect(sync.shown).toBe(6);
    expect(model.get("position")).toBe(3);
    clock.nextFrame();
    expect(model.get("position")).toBe(6);
    expect(sent()).toEqual([6]);
  });

  it("is not sent again when it has not changed", () => {
    sync.select(3);
    clock.nextFrame();
    expect(sent()).toEqual([]);
  });

  it("waits for the answer to the one before, and the newest goes next", () => {
    for (const p of [4, 5, 6, 7]) {
      sync.select(p);
      clock.nextFrame();
      expect(model.get("position")).toBe(p);
    }
    expect(sent()).toEqual([4]);
    sync.answered(4);
    expect(sent()).toEqual([4, 7]);
    sync.answered(7);
    expect(sent()).toEqual([4, 7]);
  });

  it("waits on when what comes answers an earlier one", () => {
    for (const p of [4, 5]) {
      sync.select(p);
      clock.nextFrame();
    }
    sync.answered(4);
    expect(sent()).toEqual([4, 5]);
    sync.select(6);
    clock.nextFrame();
    // The rest of a row of which a part was the answer.
    sync.answered(4);
    expect(sent()).toEqual([4, 5]);
    sync.answered(5);
    expect(sent()).toEqual([4, 5, 6]);
  });

  it("is not waited for where the pointer was back within a frame", () => {
    sync.select(4);
    clock.nextFrame();
    sync.answered(4);
    sync.select(5);
    sync.select(4);
    clock.nextFrame();
    sync.select(6);
    clock.nextFrame();
    expect(sent().at(-1)).toBe(6);
  });

  it("is asked for again on coming back to what is not whole", () => {
    for (const p of [4, 5, 4]) {
      sync.select(p);
      clock.nextFrame();
      sync.answered(p);
    }
    expect(sent()).toEqual([4, 5, 4]);
  });

  it("does not wait where the page has the rows", () => {
    known = new Set([4, 5, 6]);
    for (const p of [4, 5, 6]) {
      sync.select(p);
      clock.nextFrame();
    }
    expect(sent()).toEqual([4, 5, 6]);
  });

  it("does not wait on where its rows have come another way", () => {
    sync.select(4);
    clock.nextFrame();
    sync.select(5);
    clock.nextFrame();
    sync.recheck();
    expect(sent()).toEqual([4]);
    known.add(4);
    sync.recheck();
    expect(sent()).toEqual([4, 5]);
  });

  it("is not held up for ever by an answer that never comes", () => {
    sync.select(4);
    clock.nextFrame();
    sync.select(5);
    clock.nextFrame();
    clock.pass(WATCHDOG - 1);
    expect(sent()).toEqual([4]);
    clock.pass(1);
    expect(sent()).toEqual([4, 5]);
  });
});

describe("a pin", () => {
  it("is shown instead of the position, and sent with it", () => {
    sync.pin(5);
    expect(sync.shown).toBe(5);
    clock.nextFrame();
    expect(model.saved).toEqual([{ position: 5, pinned: 5 }]);
    sync.pin(null);
    clock.nextFrame();
    expect(model.get("pinned")).toBeNull();
    expect(sync.shown).toBe(5);
  });

  it("is read from the model", () => {
    expect(connect(new FakeModel({ position: 1, pinned: 9 })).shown).toBe(9);
  });
});

describe("what the kernel sets", () => {
  it("is shown", () => {
    model.receive({ position: 8 });
    expect(sync.shown).toBe(8);
    expect(changed).toHaveBeenCalledTimes(1);
    model.receive({ pinned: 2 });
    expect(sync.shown).toBe(2);
    expect(changed).toHaveBeenCalledTimes(2);
    expect(model.saved).toEqual([]);
  });

  it("does not set back a pointer that has moved on", () => {
    sync.select(4);
    clock.nextFrame();
    sync.select(5);
    model.receive({ position: 4 });
    expect(sync.shown).toBe(5);
    clock.nextFrame();
    model.receive({ position: 4 });
    expect(sync.shown).toBe(5);
    sync.answered(4);
    expect(sent()).toEqual([4, 5]);
    expect(model.get("position")).toBe(5);
  });

  it("may come one by one, and twice", () => {
    model.receiveOneByOne({ position: 6, pinned: 7 });
    model.receiveOneByOne({ position: 6, pinned: 7 });
    expect(sync.shown).toBe(7);
    expect(changed).toHaveBeenCalledTimes(2);
  });
});

describe("a host without a kernel", () => {
  it.each([
    ["has no save_changes", undefined],
    [
      "throws",
      () => {
        throw new Error("no comm");
      },
    ],
  ])("%s: the selection goes on", (_, save) => {
    const bare = {
      get: (name: string) => model.get(name),
      set: (name: string, value: unknown) => model.set(name, value),
      on: () => {},
      ...(save && { save_changes: save }),
    };
    const alone = connect(bare);
    for (const p of [4, 5, 6]) {
      alone.select(p);
      clock.nextFrame();
      expect(alone.shown).toBe(p);
      expect(model.get("position")).toBe(p);
    }
  });
});

it("sends nothing after it was closed", () => {
  sync.select(4);
  clock.nextFrame();
  sync.select(5);
  sync.close();
  clock.nextFrame();
  clock.pass(10 * WATCHDOG);
  expect(sent()).toEqual([4]);
});
