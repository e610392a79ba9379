/** A page without a pointer, of 320 pixels, and in other scripts; the sheet of keys. */

import { describe, expect, it, vi } from "vitest";
import { sceneMessage } from "../messages";
import { filled, key, LAST, range } from "./brushing";
import { controls, filledModel, modelOf, show, unfold } from "./helpers";

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
