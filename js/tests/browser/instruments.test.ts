/** Scales, words and memory on the page: what is chosen is what is drawn, and the numbers beside it are the row's. */

import { describe, expect, it, vi } from "vitest";
import { css, makePalette, STEPS } from "../../src/core/color";
import { makeScaling, type ScaleName } from "../../src/core/scales";
import { wordsOf } from "../../src/core/words";
import { memoryOf } from "../../src/state/memory";
import { decodeScene, ROW_STEPS } from "../../src/wire";
import { answerMessage, sceneMessage, scoresOf } from "../messages";
import {
  background,
  controls,
  filledModel,
  modelOf,
  NONE,
  show,
  unfold,
  type View,
} from "./helpers";
import { choice, drawn, LAST, legend, ROWS, sharesOf, shown, TEXT } from "./two-models";

const turned = (view: View) => view.el.querySelector(".rnnviz-remark")?.textContent;

/** The colours of a scale, from the rows as they travel. */
function expected(scale: ScaleName, rows: readonly (readonly number[])[]) {
  const shares = rows.map((row) => {
    const total = row.reduce((sum, score) => sum + score, 0);
    const peak = Math.max(...row);
    const cut = row.map((v) => (Math.round((ROW_STEPS * v) / peak) / ROW_STEPS) * (peak / total));
    return sharesOf(cut, total);
  });
  const scaling = makeScaling(scale, shares);
  const { rising } = makePalette([255, 255, 255], false);
  return shares.map((row, i) =>
    [...row.shares].map((share, p) => {
      const step = Math.round(Math.min(1, scaling.part(i, share, p)) * STEPS);
      return step === 0 ? NONE : css(rising[step]!.background);
    }),
  );
}

describe("the scale", () => {
  it.each(["row", "one", "log", "published", "sparsemax", "share"] as const)(
    "%s is drawn when it is chosen, told in the legend, and is a trait",
    async (scale) => {
      const view = await shown({ scale: scale === "share" ? "row" : "share" });
      const before = drawn(view);
      choice(view, scale).click();
      expect(drawn(view)).toEqual(expected(scale, ROWS));
      expect(drawn(view)).not.toEqual(before);
      expect(view.model.get("scale")).toBe(scale);
      expect(view.model.saved.at(-1)).toEqual({ scale });
      const words = {
        share: /as a share of its sum over all that was read; one scale for all models$/,
        row: /as a part of the row’s largest; each model has a scale of its own$/,
        one: /in its own unit; one scale for all models$/,
        log: /as a share .*, logarithmic; one scale for all models$/,
        published: /squared, as a part of the row’s largest, as the article’s figure/,
        sparsemax:
          /sparsemax of the row over its largest: nothing below \d+ % to \d+ % of the row’s/,
      }[scale];
      expect(legend(view)).toMatch(words);
      expect(choice(view, scale).getAttribute("aria-checked")).toBe("true");
    },
  );

  it("follows the kernel, and what is strange leaves it where it was", async () => {
    const view = await shown();
    view.model.receive({ scale: "published" });
    expect(drawn(view)).toEqual(expected("published", ROWS));
    view.model.receive({ scale: "<b>" });
    expect(drawn(view)).toEqual(expected("share", ROWS));
  });

  it("is one stop of the tab key, and arrows choose", async () => {
    const view = await shown();
    const stops = [...controls(view).querySelectorAll<HTMLElement>(".rnnviz-choice")];
    expect(stops.filter(({ tabIndex }) => tabIndex === 0).length).toBe(3);
    choice(view, "share").focus();
    const press = (key: string) =>
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("ArrowRight");
    expect(view.model.get("scale")).toBe("row");
    expect(document.activeElement).toBe(choice(view, "row"));
    press("ArrowLeft");
    press("ArrowLeft");
    expect(view.model.get("scale")).toBe("sparsemax");
  });

  it("of sparsemax has a sharpness that leaves fewer as it grows", async () => {
    const view = await shown({ scale: "sparsemax", sharpness: 2 });
    const slider = controls(view).querySelector<HTMLInputElement>(".rnnviz-slider")!;
    const left = () => drawn(view)[0]!.filter((colour) => colour !== NONE).length;
    expect(left()).toBe(1);
    slider.value = "1";
    slider.dispatchEvent(new Event("input"));
    expect(view.model.get("sharpness")).toBe(1);
    expect(left()).toBe(9);
    choice(view, "share").click();
    expect(getComputedStyle(slider.parentElement!).display).toBe("none");
  });

  it("offers no comparison where there is one model, nor the article’s of another measure", async () => {
    const view = show(modelOf({ facets: [{}], signed: true }, { position: 4 }));
    await vi.waitFor(() => expect(view.root().dataset["ready"]).toBe("true"));
    expect(choice(view, "share")).not.toBeNull();
    expect(choice(view, "one")).toBeNull();
  });
});

describe("a reversal", () => {
  it("is told beside shares, and by the scale that turns the models round", async () => {
    const view = await shown();
    expect(turned(view)).toBe(
      "“as published” would turn this round: there LSTM leans more on “advanced” " +
        "(mean colour 0.25 to 0.04), by share GRU (60 % to 57 %)",
    );
    view.model.receive({ scale: "published" });
    expect(turned(view)).toBe(
      "this scale shows LSTM leaning more on “advanced” (mean colour 0.25 to 0.04); " +
        "by share it is GRU (60 % to 57 %)",
    );
  });

  it("is not told where there is none", async () => {
    const view = show(
      modelOf(
        {},
        {
          position: 4,
          _answer: answerMessage(4, [
            [1, 2, 3, 4, 5],
            [1, 2, 3, 4, 6],
          ]),
        },
      ),
    );
    await view.shown(4);
    expect(turned(view)).toBe("");
  });
});

describe("words", () => {
  it("carry the sum of their characters, and the largest share is a word’s", async () => {
    const view = await shown({ by: "word" });
    const sums = ROWS.map((row) => [
      ...Array<number>(8).fill(row.slice(0, 8).reduce((a, b) => a + b)),
      ...Array<number>(3).fill(row.slice(8).reduce((a, b) => a + b)),
    ]);
    for (const [i, row] of sums.entries()) {
      const [first, last] = [background(view.span(0, i)), background(view.span(LAST, i))];
      for (let p = 0; p < 8; p++) expect(background(view.span(p, i))).toBe(first);
      for (let p = 8; p <= LAST; p++) expect(background(view.span(p, i))).toBe(last);
      expect(first).not.toBe(last);
      const total = ROWS[i]!.reduce((a, b) => a + b);
      const share = (100 * Math.max(...row)) / total;
      const words = view.facet(i).querySelector(".rnnviz-facet-measure")?.textContent ?? "";
      expect(Math.abs(Number(words.match(/[\d.]+/)?.[0]) - share)).toBeLessThan(0.3);
    }
    expect(legend(view)).toContain("summed over words");
  });
});

describe("memory in numbers", () => {
  it("is the row’s, for the output shown, and the mean for the text once all rows are here", async () => {
    const view = show(await filledModel());
    await view.shown(4);
    const item = (facet: number, n: number, kind: string) =>
      view.facet(facet).querySelectorAll(`.rnnviz-memory-${kind}`)[n]?.textContent ?? "";
    await vi.waitFor(() => expect(item(1, 0, "text")).not.toBe(""));
    const scene = decodeScene(sceneMessage())!;
    const words = wordsOf(scene.characters);
    const memory = (facet: number, s: number) => {
      const scores = scoresOf(facet, s);
      const peak = Math.max(...scores);
      const values = Int16Array.from(scores, (v) => Math.round((ROW_STEPS * v) / peak));
      return memoryOf(scene.facets[0]!, { from: 0, peak, total: 1, values }, s, words)!;
    };
    for (const facet of [0, 1]) {
      const { reach, effective, before } = memory(facet, 4);
      expect(item(facet, 0, "here")).toBe(reach.toFixed(1));
      expect(item(facet, 1, "here")).toBe(effective.toFixed(1));
      expect(item(facet, 2, "here")).toBe(`${Math.round(100 * before)} %`);
      const all = Array.from({ length: TEXT.length }, (_, s) => memory(facet, s));
      const mean = all.reduce((sum, one) => sum + one.reach, 0) / all.length;
      expect(item(facet, 0, "text")).toBe(mean.toFixed(1));
    }
    const profile = view.facet(0).querySelector<HTMLElement>(".rnnviz-lags")!;
    const bar = profile.querySelector<HTMLElement>(".rnnviz-lag")!;
    const own = memory(0, 4).profile[0]!;
    const height = bar.getBoundingClientRect().height / profile.clientHeight;
    expect(height).toBeCloseTo(own, 1);
    expect(profile.getAttribute("aria-label")).toContain(
      `the character itself: ${Math.round(100 * own)} %`,
    );
  });
});

describe("the picture in words", () => {
  it("is folded away, true, and copied or selected", async () => {
    const view = await shown();
    expect(view.el.querySelector(".rnnviz-in-words")).toBeNull();
    unfold(view, "words-button");
    const part = view.el.querySelector(".rnnviz-in-words")!;
    const words = part.querySelector(".rnnviz-words")!;
    expect(words.textContent).toMatch(/^After “advanced le”: GRU predicts learning, 57\.5 %;/);
    const copy = part.querySelector("button")!;
    const write = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValueOnce();
    copy.click();
    await vi.waitFor(() => expect(copy.textContent).toBe("copied"));
    expect(write).toHaveBeenCalledWith(words.textContent);
    write.mockRejectedValueOnce(new Error("not allowed"));
    copy.click();
    await vi.waitFor(() => expect(copy.textContent).toMatch(/^selected/));
    expect(getSelection()?.toString()).toBe(words.textContent);
    write.mockRestore();
  });
});
