import { describe, expect, it, vi } from "vitest";
import { applySuggestion } from "../../../src/editor/apply-suggestion";
import { REPLY_PATIENCE, TypedTextQueue } from "../../../src/state/typed-text-queue";
import { ManualClock } from "../../manual-clock";

/** The text after a prediction was taken at the bar, with the caret as a bar. */
function taken(text: string, name: string, truth: "word" | "next" = "word"): string {
  const caret = text.indexOf("|");
  const plain = text.replace("|", "");
  const { start, end, text: put } = applySuggestion(plain, caret, name, truth);
  return `${plain.slice(0, start)}${put}|${plain.slice(end)}`;
}

describe("a word that is taken", () => {
  it.each([
    ["|", "learning |"],
    ["le|", "learning |"],
    ["advanced le|", "advanced learning |"],
    ["advanced |", "advanced learning |"],
    ["advanced le| system", "advanced learning |system"],
    ["advanced l|xe system", "advanced learning |system"],
    ["advanced |system", "advanced learning |system"],
    ["advanced | system", "advanced learning |system"],
    ["advanced\nle|\nsystem", "advanced\nlearning |\nsystem"],
    ["\u{1f600}le|", "learning |"],
  ])("makes of %j %j", (before, after) => {
    expect(taken(before, "learning")).toBe(after);
  });
});

it("puts a token that is taken in at the caret", () => {
  expect(taken("advanced l| x", "ea", "next")).toBe("advanced lea| x");
});

function typing() {
  const clock = new ManualClock();
  const [send, same, silent] = [vi.fn(), vi.fn(), vi.fn()];
  const it = new TypedTextQueue({
    after: (ms, act) => clock.after(ms, act),
    patience: REPLY_PATIENCE,
    send,
    same,
    silent,
  });
  it.read("");
  const type = (text: string) => it.type({ text, position: text.length - 1 });
  // Serials begin anywhere.
  const first = () => send.mock.calls[0]?.[1] as number;
  const sent = () => send.mock.calls.map(([typed, serial]) => [typed.text, serial - first() + 1]);
  return { it, clock, type, sent, first, same, silent };
}

describe("typed texts", () => {
  it("go one at a time, the newest next", async () => {
    const { it, type, sent } = typing();
    for (const text of ["a", "ab", "abc"]) type(text);
    expect(sent()).toEqual([["a", 1]]);
    expect(it.read("a")).toMatchObject({ text: "a", position: 0 });
    await Promise.resolve();
    expect(sent()).toEqual([
      ["a", 1],
      ["abc", 2],
    ]);
    expect(it.settled).toBe(false);
    it.read("abc");
    expect(it.settled).toBe(true);
  });

  it("that are shown already are not sent", () => {
    const { it, type, sent, same } = typing();
    it.read("ab");
    type("ab");
    expect(same.mock.calls).toEqual([[1]]);
    expect([sent(), it.settled]).toEqual([[], true]);
  });

  it("give way where they are refused, by their number", async () => {
    const { it, type, sent, first } = typing();
    type("A");
    type("a");
    expect(it.refused(first() + 1)).toBeNull();
    expect(it.settled).toBe(false);
    expect(it.refused(first())?.text).toBe("A");
    await Promise.resolve();
    expect(sent().at(-1)).toEqual(["a", 2]);
  });

  it("of somebody else are nobody's answer", () => {
    const { it, type } = typing();
    type("a");
    expect(it.read("b")).toBeNull();
    expect(it.settled).toBe(false);
  });

  it("are given up after some seconds, and are still known when they come", async () => {
    const { it, clock, type, sent, silent } = typing();
    type("a");
    type("ab");
    clock.pass(REPLY_PATIENCE);
    expect(silent).toHaveBeenCalledOnce();
    await Promise.resolve();
    expect(sent()).toEqual([
      ["a", 1],
      ["ab", 2],
    ]);
    expect(it.read("a")).toMatchObject({ text: "a" });
    expect(it.settled).toBe(false);
    expect(it.read("ab")).toMatchObject({ text: "ab" });
    expect(it.settled).toBe(true);
    clock.pass(2 * REPLY_PATIENCE);
    expect(silent).toHaveBeenCalledOnce();
  });

  it("that were sent before one that is answered are passed over", () => {
    const { it, clock, type } = typing();
    type("a");
    clock.pass(REPLY_PATIENCE);
    type("ab");
    it.read("ab");
    expect(it.settled).toBe(true);
    expect(it.read("a")).toBeNull();
  });
});
