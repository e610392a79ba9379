import { expect, it } from "vitest";
import { actionOf, moved } from "../../../src/core/key-actions";

const key = (name: string, modifiers = {}) =>
  actionOf({
    key: name,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    shiftKey: false,
    ...modifiers,
  });

it("knows its keys and leaves the others alone", () => {
  expect(key("ArrowLeft")).toEqual({ move: "left", brush: false });
  expect(key("ArrowDown")).toEqual({ move: "down", brush: false });
  expect(key("End", { shiftKey: true })).toEqual({ move: "end", brush: true });
  expect(key("?", { shiftKey: true })).toBe("help");
  expect(key("p")).toBe("play");
  expect(key("ArrowRight", { ctrlKey: true })).toEqual({ move: "word-right", brush: false });
  expect(key("ArrowLeft", { altKey: true })).toEqual({ move: "word-left", brush: false });
  expect(key("Enter")).toBe("pin");
  expect(key(" ")).toBe("pin");
  expect(key("Escape")).toBe("release");
  expect(key("a")).toEqual({ letter: "a" });
  for (const other of [
    key("a", { shiftKey: true }),
    key("a", { ctrlKey: true }),
    key("5"),
    key("Tab"),
    key("Enter", { shiftKey: true }),
    key("ArrowLeft", { metaKey: true }),
  ]) {
    expect(other).toBeNull();
  }
});

const text = Array.from("the formal  study\nof");

it.each([
  ["left", 0, 0],
  ["left", 5, 4],
  ["right", 19, 19],
  ["right", 5, 6],
  ["home", 7, 0],
  ["end", 7, 19],
  ["word-right", 0, 4],
  ["word-right", 5, 12],
  ["word-right", 12, 18],
  ["word-right", 18, 19],
  ["word-left", 18, 12],
  ["word-left", 14, 12],
  ["word-left", 12, 4],
  ["word-left", 2, 0],
  ["word-left", 0, 0],
] as const)("moves %s from %i to %i", (move, from, to) => {
  expect(moved(text, from, move)).toBe(to);
});
