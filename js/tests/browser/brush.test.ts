/** Spans brushed by mouse, finger and keys; bars, the walk and the sheet of keys; texts that are not plain English. */

import { describe, expect, it, vi } from "vitest";
import { makePalette } from "../../src/core/color";
import { ROW_STEPS } from "../../src/wire";
import { answerMessage, scoresOf } from "../messages";
import { filled, key, LAST, range } from "./brushing";
import { background, modelOf, point, press, show, TEXT, unfold, type View } from "./helpers";

const SPREAD = [8, 8, 8, 8, 8, 8, 8, 8, 1, 1, 40];
const EVEN = [3, 3, 3, 3, 3, 3, 3, 3, 6, 6, 6];

/** A real drag has the button pressed all along, and moves by pixels. */
function drag(view: View, from: number, to: number, pointerType = "mouse", facet = 0): void {
  const step = from < to ? 1 : -1;
  point(view.span(from, facet), "pointerdown", pointerType);
  for (let p = from; p !== to + step; p += step)
    point(view.span(p, facet), "pointermove", pointerType);
  point(view.span(to, facet), "pointerup", pointerType);
  point(view.span(to, facet), "click", pointerType);
}

const marked = (view: View, facet: number) =>
  [...view.facet(facet).querySelectorAll<HTMLElement>(".rnnviz-brushed")].map((el) =>
    Number(el.dataset["p"]),
  );

const shareText = (view: View, facet: number) => {
  const el = view.facet(facet).querySelector<HTMLElement>(".rnnviz-brush-share")!;
  return el.hidden ? null : el.innerText.replace(/\s+/g, " ");
};

/** The share of an output that lies on a span, from values as they travel. */
function shareOf(scores: readonly number[], start: number, end: number): number {
  const [peak, total] = [Math.max(...scores), scores.reduce((a, b) => a + b)];
  const cut = scores.map((v) => (Math.round((ROW_STEPS * v) / peak) / ROW_STEPS) * peak);
  return cut.slice(start, end).reduce((a, b) => a + b, 0) / total;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

describe("a brushed span", () => {
  it("is dragged over, marked in every text, and its share read for each model at every hover", async () => {
    const view = await filled();
    drag(view, 2, 6);
    expect(view.model.get("brush")).toEqual([2, 7]);
    expect(view.model.get("pinned")).toBeNull();
    for (const position of [LAST, 8]) {
      point(view.span(position));
      await view.shown(position);
      for (const facet of [0, 1]) {
        expect(marked(view, facet)).toEqual(range(2, 7));
        const share = shareOf(scoresOf(facet, position), 2, 7);
        expect(shareText(view, facet)).toBe(`on “vance” ${percent(share)}`);
      }
    }
    unfold(view, "words-button");
    const words = view.el.querySelector(".rnnviz-words")?.textContent;
    expect(words).toContain(`; ${percent(shareOf(scoresOf(1, 8), 2, 7))} lies on “vance”;`);
  });

  it("is not what a press or a small slip of the mouse makes", async () => {
    const view = await filled();
    press(view.span(3));
    expect(view.model.get("brush") ?? null).toBeNull();
    await vi.waitFor(() => expect(view.model.get("pinned")).toBe(3));
    press(view.span(3));
    const rect = view.span(3).getBoundingClientRect();
    const at = (type: string, target: Element, x: number) =>
      target.dispatchEvent(
        new PointerEvent(type, {
          bubbles: true,
          pointerType: "mouse",
          clientX: x,
          clientY: rect.top,
        }),
      );
    at("pointerdown", view.span(3), rect.right - 1);
    at("pointermove", view.span(4), rect.right + 1);
    expect(view.model.get("brush") ?? null).toBeNull();
    window.dispatchEvent(new PointerEvent("pointerup"));
    point(view.span(5));
    expect(view.model.get("brush") ?? null).toBeNull();
  });

  it("leaves a pin where it is, and keeps the picture while it is drawn", async () => {
    const view = await filled({ pinned: LAST });
    drag(view, 7, 0);
    expect(view.model.get("brush")).toEqual([0, 8]);
    expect(view.model.get("pinned")).toBe(LAST);
    expect(shareText(view, 0)).toBe(`on “advanced” ${percent(shareOf(scoresOf(0, LAST), 0, 8))}`);
  });

  it("is made by a finger where the picture is pinned, and only there", async () => {
    const view = await filled();
    vi.spyOn(document, "elementFromPoint").mockImplementation((x, y) => {
      const spans = [...view.facet(0).querySelectorAll<HTMLElement>("[data-p]")];
      const inside = ({ left, right, top, bottom }: DOMRect) =>
        left <= x && x < right && top <= y && y < bottom;
      return spans.find((span) => inside(span.getBoundingClientRect())) ?? null;
    });
    drag(view, 2, 5, "touch");
    expect(view.model.get("brush") ?? null).toBeNull();
    await vi.waitFor(() => expect(view.model.get("position")).toBe(5));
    view.model.receive({ pinned: LAST });
    drag(view, 2, 5, "touch");
    expect(view.model.get("brush")).toEqual([2, 6]);
    expect(view.model.get("pinned")).toBe(LAST);
    vi.restoreAllMocks();
  });

  it("is a word where it is pressed twice, which leaves the pin as it was", async () => {
    for (const pinned of [null, LAST]) {
      const view = await filled({ pinned });
      for (const detail of [1, 2, 3]) {
        view.span(4).dispatchEvent(new MouseEvent("click", { bubbles: true, detail }));
      }
      expect(view.model.get("brush")).toEqual([0, 8]);
      expect(view.model.get("pinned")).toBe(pinned);
      view.close();
    }
  });

  it("grows and shrinks by Shift and arrows, by words too, and Escape clears it before the pin", async () => {
    const view = await filled({ position: 4 });
    key(view, "ArrowRight", { shiftKey: true });
    expect(view.model.get("brush")).toEqual([4, 6]);
    key(view, "ArrowRight", { shiftKey: true });
    expect(view.model.get("brush")).toEqual([4, 7]);
    key(view, "ArrowLeft", { shiftKey: true, ctrlKey: true });
    expect(view.model.get("brush")).toEqual([0, 5]);
    expect(view.model.get("position")).toBe(4);
    key(view, "Enter");
    await vi.waitFor(() => expect(view.model.get("pinned")).toBe(4));
    const button = view.el.querySelector<HTMLElement>(".rnnviz-clear")!;
    expect(button.innerText).toBe("“advan” ×");
    key(view, "Escape");
    expect(view.model.get("brush")).toBeNull();
    expect(button.hidden).toBe(true);
    expect(view.model.get("pinned")).toBe(4);
    key(view, "Escape");
    await vi.waitFor(() => expect(view.model.get("pinned")).toBeNull());
  });

  it("is a trait: follows the kernel, is cleared by its button, and what is strange is none", async () => {
    const view = await filled({ brush: [0, 3] });
    expect(marked(view, 1)).toEqual([0, 1, 2]);
    view.model.receive({ brush: [9, 400] });
    expect(marked(view, 0)).toEqual([9, 10]);
    for (const strange of [[3, 3], [-1, 2], [0.5, 2], "ab", [400, 500]]) {
      view.model.receive({ brush: strange });
      expect(marked(view, 0), String(strange)).toEqual([]);
      expect(shareText(view, 0)).toBeNull();
    }
    view.model.receive({ brush: [1, 2] });
    view.el.querySelector<HTMLElement>(".rnnviz-clear")!.click();
    expect(view.model.saved.at(-1)).toEqual({ brush: null });
  });

  it("is what a reversal is told of, whatever the words are", async () => {
    const answer = answerMessage(LAST, [SPREAD, EVEN]);
    const view = show(modelOf({}, { position: LAST, _answer: answer, brush: [0, 4] }));
    await view.shown(LAST);
    const turned = () => view.el.querySelector(".rnnviz-remark")?.textContent;
    expect(turned()).toBe("");
    view.model.receive({ brush: [0, 8] });
    expect(turned()).toMatch(/“as published” would turn this round: .* “advanced” /);
    view.model.receive({ brush: [8, 10] });
    expect(turned()).toBe("");
  });

  it("has its influence drawn on every later output, and every output’s share of it told", async () => {
    const view = await filled({ brush: [2, 5], direction: "influence" });
    const sums = [0, 1].map((facet) =>
      range(0, TEXT.length).map((s) =>
        s < 2 ? 0 : shareOf(scoresOf(facet, s), 2, Math.min(5, s + 1)),
      ),
    );
    expect(view.el.querySelector(".rnnviz-after")?.textContent).toBe(
      "What lies on “van”, characters 3–5",
    );
    const { rising } = makePalette([255, 255, 255], false);
    const full = rising.at(-1)!.background;
    for (const facet of [0, 1]) {
      const spans = range(0, TEXT.length).map((p) => view.span(p, facet));
      expect(spans.map((el) => el.classList.contains("rnnviz-future"))).toEqual(
        spans.map((_, p) => p < 2),
      );
      // Outputs up to the third of them rest on nothing but the span and what is before it.
      expect(background(spans[4]!)).toBe(`rgb(${full.join(", ")})`);
      const dark = (p: number) => background(spans[p]!).match(/\d+/g)!.slice(0, 3).map(Number);
      for (let p = 5; p < LAST; p++) {
        if (sums[facet]![p]! < sums[facet]![p + 1]!)
          expect(dark(p)[0]).toBeGreaterThanOrEqual(dark(p + 1)[0]!);
      }
    }
    for (const position of [7, LAST]) {
      point(view.span(position));
      await view.shown(position);
      expect(shareText(view, 1)).toBe(`on “van” ${percent(sums[1]![position]!)}`);
    }
    expect(view.el.querySelector(".rnnviz-legend-words")?.textContent).toMatch(/on these inputs$/);
    view.model.receive({ brush: null, by: "word" });
    expect(view.el.querySelector(".rnnviz-after")?.textContent).toBe(
      "What lies on “␣le”, characters 9–11",
    );
  });
});
