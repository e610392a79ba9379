/** The influence of one input on every later output. */

import { describe, expect, it } from "vitest";
import { css, makePalette, STEPS } from "../../src/core/color";
import { makeScaling } from "../../src/core/scales";
import { ROW_STEPS } from "../../src/wire";
import { answerMessage, scoresOf } from "../messages";
import {
  background,
  expectPicture,
  filledModel,
  NONE,
  point,
  show,
  unfold,
  type View,
} from "./helpers";
import { choice, legend, sharesOf, shown, TEXT } from "./two-models";

describe("influence", () => {
  /** What a facet must look like: the share of every output that lies on input t. */
  const columns = (t: number) =>
    [0, 1].map((facet) => {
      const found = Array.from({ length: TEXT.length }, (_, s) => {
        if (s < t) return 0;
        const scores = scoresOf(facet, s);
        const [peak, total] = [Math.max(...scores), scores.reduce((a, b) => a + b)];
        return (Math.round((ROW_STEPS * (scores[t] ?? 0)) / peak) / ROW_STEPS) * (peak / total);
      });
      return sharesOf(found, 1);
    });
  const paintedBy = (view: View, t: number) => {
    const facets = columns(t);
    const scaling = makeScaling("share", facets);
    const { rising } = makePalette([255, 255, 255], false);
    facets.forEach((one, i) => {
      const spans = [...view.facet(i).querySelectorAll<HTMLElement>("[data-p]")];
      spans.forEach((span, p) => {
        expect(span.classList.contains("rnnviz-future"), `${i} ${p}`).toBe(p < t);
        if (p < t) return;
        const step = Math.round(Math.min(1, scaling.part(i, one.shares[p] ?? 0, p)) * STEPS);
        const wanted = step === 0 ? NONE : css(rising[step]!.background);
        expect(background(span), `${i} ${p}`).toBe(wanted);
      });
    });
  };
  const legendOf = (view: View) =>
    ["legend", "remark"]
      .map((name) => view.el.querySelector(`.rnnviz-${name}`)?.textContent)
      .join();

  it("of the input pointed at is drawn on every later output, and is a trait", async () => {
    const view = show(await filledModel());
    await view.shown(4);
    choice(view, "influence").click();
    expect(view.model.saved.at(-1)).toEqual({ direction: "influence" });
    paintedBy(view, 4);
    point(view.span(2));
    await view.shown(2);
    paintedBy(view, 2);
    expect(legendOf(view)).toMatch(/read before it.*the share of each later output’s L2 norm/);
    expect(view.el.querySelector(".rnnviz-after")?.textContent).toBe(
      "What lies on “v”, character 3",
    );
    unfold(view, "words-button");
    expect(view.el.querySelector(".rnnviz-words")?.textContent).toMatch(
      /^What lies on “v”, character 3: GRU: at most \d+\.\d % of an output, at “.”, character \d+\./,
    );
    choice(view, "sources").click();
    expectPicture(view, 2, [scoresOf(0, 2), scoresOf(1, 2)]);
  });

  it("is shown while Shift is held over the widget", async () => {
    const view = show(await filledModel());
    await view.shown(4);
    const held = new PointerEvent("pointermove", { bubbles: true, shiftKey: true });
    view.root().dispatchEvent(held);
    paintedBy(view, 4);
    window.dispatchEvent(new KeyboardEvent("keyup", { key: "Shift" }));
    expectPicture(view, 4, [scoresOf(0, 4), scoresOf(1, 4)]);
    expect(view.model.saved).toEqual([]);
  });

  it("says of how many outputs it is known while not all rows are here", async () => {
    const view = await shown({ direction: "influence" });
    expect(legend(view)).toMatch(/; 2 of 2 outputs are here$|input$/);
    view.model.receive({
      position: 3,
      _answer: answerMessage(3, [scoresOf(0, 3), scoresOf(1, 3)]),
    });
    await view.shown(3);
    expect(legend(view)).toMatch(/; 4 of 16 outputs are here$/);
    expect(view.span(5).classList.contains("rnnviz-computing")).toBe(true);
  });
});
