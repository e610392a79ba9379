/** Scores as bars, and the walk from character to character. */

import { describe, expect, it } from "vitest";
import { makePalette, STEPS } from "../../src/core/color";
import { STEP } from "../../src/views/autoplay";
import { answerMessage } from "../messages";
import { filled, key, LAST } from "./brushing";
import { background, controls, filledModel, modelOf, NONE, point, show } from "./helpers";

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
