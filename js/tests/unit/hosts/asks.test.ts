import { expect, it, vi } from "vitest";
import { AskDoor } from "../../../src/hosts/asks";
import { lastAsk, reply } from "../../asks";
import { FakeModel } from "../../fake-model";

function door(model = new FakeModel({})) {
  const [classes, strips, other, refused] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  const it = new AskDoor(model, { replies: { classes, strips }, other, refused });
  model.on("change:_reply", () => it.read());
  return { it, model, classes, strips, other, refused };
}

it("sends the newest of each kind together, each with a serial of its own", () => {
  const { it, model } = door();
  it.send("text", { text: "a", position: 0 });
  it.send("classes", { prefix: "b" }, 7);
  it.send("classes", { prefix: "c" }, 8);
  const { _ask } = model.saved.at(-1) as { _ask: Record<string, { serial: number }> };
  expect(_ask).toMatchObject({ text: { text: "a" }, classes: { prefix: "c", serial: 8 } });
  expect(it.newest("text")?.text).toBe("a");
  const before = lastAsk(model, "text").serial;
  it.send("text", { text: "a", position: 0 });
  expect(lastAsk(model, "text").serial).not.toBe(before);
});

it("keeps what other views of the model have asked for", () => {
  const { it, model } = door();
  const other = door(model);
  it.send("text", { text: "a", position: 0 });
  other.it.send("strips", { wanted: true });
  expect(Object.keys(model.get("_ask") as object)).toEqual(["text", "strips"]);
  expect(other.it.newest("text")?.text).toBe("a");
});

it("reads each reply once, whichever else comes with it", () => {
  const { model, classes, strips, refused } = door();
  reply(model, "classes", { serial: 1 });
  reply(model, "strips", { epoch: 1 });
  expect([classes.mock.calls.length, strips.mock.calls.length]).toEqual([1, 1]);
  reply(model, "classes", { serial: 1 });
  expect(classes).toHaveBeenCalledTimes(2);
  expect(strips).toHaveBeenCalledTimes(1);
  expect(refused).not.toHaveBeenCalled();
});

it("tells what is refused, whatever was asked for", () => {
  const { model, classes, refused } = door();
  reply(model, "classes", { serial: 3, refused: "no <b>" });
  expect(refused).toHaveBeenCalledWith({
    kind: "classes",
    serial: 3,
    refused: "no <b>",
    unknown: [],
  });
  reply(model, "text", { serial: 4, refused: "no", unknown: [1] });
  expect(refused).toHaveBeenLastCalledWith({
    kind: "text",
    serial: 4,
    refused: "no",
    unknown: [1],
  });
  expect(classes).not.toHaveBeenCalled();
});

it("does not read what was replied before it was there, nor what is no reply", () => {
  const { model } = door();
  reply(model, "strips", { epoch: 1 });
  const later = door(model);
  reply(model, "classes", { serial: 1 });
  expect(later.strips).not.toHaveBeenCalled();
  expect(later.classes).toHaveBeenCalledTimes(1);
  for (const wrong of [null, 7, { classes: null, strips: "x" }]) model.receive({ _reply: wrong });
  expect(later.classes).toHaveBeenCalledTimes(1);
});

it("asks on a page without a kernel for nothing", () => {
  const model = new FakeModel({});
  model.save_changes = () => {
    throw new Error("no kernel behind this page");
  };
  expect(() => door(model).it.send("classes", { prefix: "a" })).not.toThrow();
});
