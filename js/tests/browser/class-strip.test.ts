/** All classes in bars, for the character that is typed. */

import { describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { HEIGHT } from "../../src/editor/class-strip";
import { STRIP } from "../fake-kernel";
import { editor } from "./editing";

describe("a strip", () => {
  const heights = (el: HTMLElement) => {
    const d = el.querySelector("path")?.getAttribute("d") ?? "";
    return [...d.matchAll(/M(\d+) \d+h[\d.]+v-([\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);
  };
  const wanted = (strip: readonly number[]) =>
    strip.flatMap((p, cell) =>
      p === 0 ? [] : [[cell, Number((HEIGHT * Math.sqrt(p)).toFixed(2))]],
    );

  it("has a bar for each cell, as high as is said", async () => {
    const shown = await editor();
    await vi.waitFor(() => expect(heights(shown.strip(0))).toEqual(wanted(STRIP)));
    expect(heights(shown.strip(1))).toEqual(wanted([...STRIP].reverse()));
    expect(shown.message()).toBe(
      "All 12 words in alphabetical order, in 5 bars; their height is the square root of the " +
        "probability, full at 100 %.",
    );
    expect(shown.strip(0).getAttribute("aria-label")).toBe(
      "GRU: probabilities of all 12 classes; the largest are a 25.0 %, learning 12.5 %, z 12.0 %",
    );
    const { left, width } = shown.strip(0).getBoundingClientRect();
    const move = (type: string, part: number) =>
      shown.strip(0).dispatchEvent(new PointerEvent(type, { clientX: left + part * width }));
    move("pointermove", 0.3);
    expect(shown.message()).toBe(
      "GRU: learning 12.5 %, 25.0 % in all of 2 neighbours in the alphabet",
    );
    move("pointerleave", 0.3);
    expect(shown.message()).toMatch(/^All 12 words/);
  });

  it("of another character is not shown for this one", async () => {
    const shown = await editor();
    await vi.waitFor(() => expect(heights(shown.strip(0))).toEqual(wanted(STRIP)));
    shown.model.awake = false;
    shown.caret(3);
    const waiting = () => shown.box.querySelector("[data-waiting]");
    await vi.waitFor(() => expect(waiting()).not.toBeNull());
    shown.model.awake = true;
    await userEvent.keyboard("a");
    await vi.waitFor(() => expect(waiting()).toBeNull());
  });
});
