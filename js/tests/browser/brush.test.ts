/** Spans brushed by mouse, finger and keys; bars, the walk and the sheet of keys; texts that are not plain English. */
import { describe, expect, it, vi } from "vitest";
import { makePalette, STEPS } from "../../src/core/color";
import { STEP } from "../../src/views/autoplay";
import { ROW_STEPS } from "../../src/wire";
import { answerMessage, sceneMessage, scoresOf } from "../messages";
import {
  background,
  controls,
  filledModel,
  modelOf,
  NONE,
  point,
  press,
  show,
  TEXT,
  unfold,
  type View,
} from "./helpers";

const LAST = TEXT.length - 1;
const SPREAD = [8, 8, 8, 8, 8, 8, 8, 8, 1, 1, 40];
const EVEN = [3, 3, 3, 3, 3, 3, 3, 3, 6, 6, 6];

async function filled(
  traits: { position?: number; pinned?: number | null } & Record<string, unknown> = {},
): Promise<View> {
  const view = show(await filledModel({}, { position: LAST, ...traits }));
  await view.shown(traits.pinned ?? traits.position ?? LAST);
  return view;
}

/** A real drag has the button pressed all along, and moves by pixels. */
function drag(view: View, from: number, to: number, pointerType = "mouse", facet = 0): void {
  const step = from < to ? 1 : -1;
  point(view.span(from, facet), "pointerdown", pointerType);
  for (let p = from; p !== to + step; p += step)
    point(view.span(p, facet), "pointermove", pointerType);
  point(view.span(to, facet), "pointerup", pointerType);
  point(view.span(to, facet), "click", pointerType);
}

const key = (view: View, name: string, modifiers: KeyboardEventInit = {}) =>
  view
    .facet(0)
    .querySelector(".rnnviz-text")!
    .dispatchEvent(
      new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...modifiers }),
    );

const marked = (view: View, facet: number) =>
  [...view.facet(facet).querySelectorAll<HTMLElement>(".rnnviz-brushed")].map((el) =>
    Number(el.dataset["p"]),
  );
const shareText = (view: View, facet: number) => {
  const el = view.facet(facet).querySelector<HTMLElement>(".rnnviz-brush-share")!;
  return el.hidden ? null : el.innerText.replace(/\s+/g, " ");
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

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

describe("bars", () => {
  const height = (el: Element) =>
    Number.parseFloat(getComputedStyle(el).backgroundSize.split(" ")[1]!);

  it("are as high as colours are strong, and nothing but the reader’s choice brings them", async () => {
    const view = await filled();
    const bars = controls(view).querySelector<HTMLElement>(".rnnviz-toggle")!;
    expect(view.span(3).style.backgroundSize).toBe("");
    bars.click();
    expect(view.model.saved.at(-1)).toEqual({ bars: true });
    expect(bars.getAttribute("aria-pressed")).toBe("true");
    const { rising } = makePalette([255, 255, 255], false);
    const steps = rising.map(({ background: [r, g, b] }) => `rgb(${r}, ${g}, ${b})`);
    let drawn = 0;
    for (let p = 0; p <= LAST; p++) {
      const el = view.span(p);
      const step = background(el) === NONE ? 0 : steps.lastIndexOf(background(el));
      expect(Math.abs(height(el) - (7 * step) / STEPS)).toBeLessThan(0.16);
      if (step > 0) drawn += 1;
    }
    expect(drawn).toBeGreaterThan(5);
    point(view.span(4));
    await view.shown(4);
    bars.click();
    expect(view.span(3).style.backgroundSize).toBe("");
  });

  it("hang from above where the measure is negative", async () => {
    const row = [-5, 5, 1, 1, 1];
    const view = show(
      modelOf(
        { signed: true, facets: [{}] },
        { position: 4, bars: true, _answer: answerMessage(4, [row], { signed: true }) },
      ),
    );
    await view.shown(4);
    expect(view.span(0).style.backgroundPosition).toMatch(/^0(px|%)? 0(px|%)?$/);
    expect(view.span(1).style.backgroundPosition).toMatch(/^0(px|%)? 100%$/);
    expect(height(view.span(0))).toBe(height(view.span(1)));
  });
});

describe("the walk", () => {
  it("shows one character after the other, round and round, until the reader points at one", async () => {
    const view = await filled({ position: LAST - 1 });
    const play = [...controls(view).querySelectorAll<HTMLElement>(".rnnviz-toggle")].at(-1)!;
    point(view.span(LAST - 1));
    const started = performance.now();
    play.click();
    expect(view.model.get("playing")).toBe(true);
    expect(play.innerText).toBe("stop");
    await view.shown(LAST);
    await view.shown(0);
    await view.shown(1);
    expect(performance.now() - started).toBeGreaterThan(2.5 * STEP);
    // A browser tells of a pointer that rests where it was.
    point(view.span(LAST - 1));
    expect(view.model.get("playing")).toBe(true);
    point(view.span(6));
    expect(view.model.get("playing")).toBe(false);
    await view.shown(6);
    await new Promise((done) => setTimeout(done, 2 * STEP));
    await view.shown(6);
  });

  it("is begun by a key, releases the pin, and ends at a key", async () => {
    const view = await filled({ pinned: 3 });
    key(view, "p");
    await view.shown(4);
    expect(view.model.get("pinned")).toBeNull();
    key(view, "ArrowLeft");
    expect(view.model.get("playing")).toBe(false);
  });

  it("goes at its own pace where two views show one widget", async () => {
    const model = await filledModel({}, { position: 0 });
    const views = [show(model), show(model)];
    for (const view of views) await view.shown(0);
    const started = performance.now();
    model.receive({ playing: true });
    await views[0]!.shown(3);
    expect(performance.now() - started).toBeGreaterThan(2.4 * STEP);
    await views[1]!.shown(3);
  });
});

describe("the sheet of keys", () => {
  it("opens by its button and by the question mark, and tells of every key", async () => {
    const view = await filled({ _scene: { ...sceneMessage(), target: "truth" } });
    const sheet = () => view.el.querySelector<HTMLElement>(".rnnviz-help");
    const button = controls(view).querySelector<HTMLElement>(".rnnviz-keys-button")!;
    expect(sheet()).toBeNull();
    button.click();
    expect(button.getAttribute("aria-expanded")).toBe("true");
    for (const word of ["Enter", "Shift", "Esc", "C", "P", "?", "finger", "click a prediction"]) {
      expect(sheet()!.innerText).toContain(word);
    }
    key(view, "?");
    expect(sheet()).toBeNull();
  });
});

describe("without a pointer", () => {
  it("is worked whole: every control is reached by the tab key, and does its work by keys", async () => {
    const view = await filled({ _scene: { ...sceneMessage(), target: "truth" } });
    controls(view);
    const stops = [...view.el.querySelectorAll<HTMLElement>("button, input, select, [tabindex]")]
      .filter((el) => el.tabIndex >= 0 && el.checkVisibility({ visibilityProperty: true }))
      .filter((el) => !(el as HTMLButtonElement).disabled);
    // Texts are one stop, and so are predictions and each switch: arrows walk within them.
    const switches = [...view.el.querySelectorAll("[role=radiogroup]")];
    for (const group of [
      ...switches,
      { querySelectorAll: () => view.el.querySelectorAll(".rnnviz-text") },
      { querySelectorAll: () => view.el.querySelectorAll(".rnnviz-chip") },
    ]) {
      const own = [...group.querySelectorAll("button, .rnnviz-text")];
      expect(own.filter((el) => stops.includes(el as HTMLElement)).length).toBe(1);
    }
    const named = stops.map((el) => el.getAttribute("aria-label") ?? el.innerText ?? el.title);
    for (const words of ["GRU: text of", "learning", "bars", "play", "keys", "in words"]) {
      expect(
        named.some((name) => name.includes(words)),
        words,
      ).toBe(true);
    }
    for (const el of stops) {
      el.focus();
      expect(document.activeElement, el.outerHTML.slice(0, 80)).toBe(el);
      const style = getComputedStyle(el);
      expect(style.outlineStyle !== "none" || style.boxShadow !== "none", el.className).toBe(true);
    }
  });
});

describe("a narrow page", () => {
  it("holds all of it in 320 pixels, with everything open", async () => {
    const box = document.createElement("div");
    box.style.width = "320px";
    document.body.append(box);
    const scene = { ...sceneMessage(), target: ["legal"] };
    const model = await filledModel(
      {},
      { position: LAST, pinned: 6, brush: [0, 4], bars: true, _scene: scene, _freeze: "ready" },
    );
    const view = show(model, box);
    await view.shown(6);
    unfold(view, "keys-button");
    unfold(view, "words-button");
    const edge = box.getBoundingClientRect().right + 0.5;
    const beyond = [...view.el.querySelectorAll<HTMLElement>("*")]
      .filter((el) => el.checkVisibility({ visibilityProperty: true }))
      .filter(
        (el) => el.closest(".rnnviz-spoken") === null && el.getBoundingClientRect().right > edge,
      );
    expect(beyond.map((el) => el.className)).toEqual([]);
    expect(box.scrollWidth).toBeLessThanOrEqual(320);
  });
});

describe("other scripts", () => {
  it("run from right to left: arrows go where they point, by character and by word", async () => {
    const text = "אבג דהו\nabc";
    const view = show(await filledModel({ text, facets: [{}] }, { position: 1 }));
    await vi.waitFor(() => expect(view.root().dataset["ready"]).toBe("true"));
    expect(view.span(0).getBoundingClientRect().left).toBeGreaterThan(
      view.span(6).getBoundingClientRect().left,
    );
    key(view, "ArrowLeft");
    expect(view.model.get("position")).toBe(1);
    await vi.waitFor(() => expect(view.model.get("position")).toBe(2));
    key(view, "ArrowRight");
    await vi.waitFor(() => expect(view.model.get("position")).toBe(1));
    key(view, "ArrowLeft", { ctrlKey: true });
    await vi.waitFor(() => expect(view.model.get("position")).toBe(4));
    view.model.receive({ position: 9 });
    key(view, "ArrowLeft");
    await vi.waitFor(() => expect(view.model.get("position")).toBe(8));
  });

  it("keep marks and joiners of one token together, and show those that stand alone", async () => {
    const text = "e\u0301 👩\u200d👧 e\u0301";
    const spans = [
      [0, 2],
      [2, 3],
      [3, 6],
      [6, 7],
      [7, 8],
      [8, 9],
    ] as const;
    const view = show(modelOf({ text, facets: [{ spans }] }, { position: 4 }));
    await vi.waitFor(() => expect(view.root().dataset["ready"]).toBe("true"));
    const written = range(0, 9).map((p) => view.span(p).textContent);
    expect(written).toEqual(["e", "\u0301", " ", "👩", "\u200d", "👧", " ", "e", "◌\u0301"]);
    expect(view.span(1).getBoundingClientRect().width).toBeLessThan(1);
    // What is joined is one token: all of it is underlined where one is shown.
    const mates = [...view.el.querySelectorAll<HTMLElement>(".rnnviz-mate")];
    expect(mates.map((el) => el.dataset["p"])).toEqual(["3", "4", "5"]);
  });
});
