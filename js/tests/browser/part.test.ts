import { describe, expect, it, onTestFinished, vi } from "vitest";
import { cdp, page } from "vitest/browser";
import { css, makePalette, type Rgb, stepOf } from "../../src/core/color";
import { ROW_STEPS } from "../../src/wire";
import { answerMessage, partOf, type RowOrError, scoresOf } from "../messages";
import {
  background,
  both,
  dotCount,
  expectPicture,
  frames,
  modelOf,
  NONE,
  parts,
  point,
  readable,
  rgbOf,
  show,
  type View,
} from "./helpers";

const WHITE: Rgb = [255, 255, 255];
const DARK: Rgb = [17, 19, 23];
const TEXT = "ab  ef  ij ";

/** The picture of position 8 while only a part of its rows is there. */
async function open(rows: readonly RowOrError[], ground: Rgb = WHITE): Promise<View> {
  const parent = document.body.appendChild(document.createElement("div"));
  parent.style.backgroundColor = css(ground);
  onTestFinished(() => parent.remove());
  const model = modelOf({ text: TEXT }, { position: 8, _answer: answerMessage(8, rows) });
  const view = show(model, parent);
  await partial(view, 8);
  return view;
}

const partial = (view: View, position: number) =>
  vi.waitFor(() => expect(view.root().dataset["partial"]).toBe(String(position)));
/** Until what is missing has its dots, in every facet where something is. */
const untilDotted = (view: View, ...facets: readonly number[]) =>
  vi.waitFor(() => {
    for (const i of facets) expect(dotCount(view, i)).not.toBe(0);
  });
const legend = (view: View) =>
  [".rnnviz-legend", ".rnnviz-remark"]
    .map((name) => (view.el.querySelector(name) as HTMLElement).innerText.replace(/\s+/g, " "))
    .join(" ");
const image = (el: Element) => getComputedStyle(el).backgroundImage;

/** What an element really looks like: the colours in it and how many pixels have each. */
async function pixels(el: HTMLElement): Promise<Map<string, number>> {
  const png = await page.screenshot({ element: el, save: false });
  const bytes = Uint8Array.from(atob(png), (c) => c.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  // An element's edges share pixels with its neighbours.
  const [width, height] = [bitmap.width - 4, bitmap.height - 4];
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context?.drawImage(bitmap, -2, -2);
  const { data } = context?.getImageData(0, 0, width, height) ?? { data: [] };
  const counts = new Map<string, number>();
  for (let i = 0; i < data.length; i += 4) {
    const color = css([data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0]);
    counts.set(color, (counts.get(color) ?? 0) + 1);
  }
  return counts;
}

describe.each([
  ["light", WHITE],
  ["dark", DARK],
])("on a %s ground", (_, ground) => {
  it("what is being computed is dotted: neither the future nor plain, and readable", async () => {
    const row = [9, 9, 9, 9, 9, 9, 0, 0, 5];
    const view = await open([partOf(row, 5), partOf(row, 5)], ground);
    await untilDotted(view, 0);
    const { hatch } = makePalette(ground, false);
    for (const p of [0, 1, 2, 3, 4]) {
      expect(background(view.span(p))).toBe(NONE);
      expect(image(view.span(p))).toMatch(/^radial-gradient/);
      expect(readable(view.span(p), css(ground))).toBeGreaterThanOrEqual(4.5);
      expect(readable(view.span(p), css(hatch))).toBeGreaterThanOrEqual(4.5);
      expect(getComputedStyle(view.span(p)).animationName).toBe("none");
    }
    // No influence is plain, and so it must be told apart from both.
    expect([image(view.span(6)), background(view.span(6))]).toEqual(["none", NONE]);
    expect(image(view.span(10))).toMatch(/^linear-gradient/);
    const swatch = view.el.querySelector(".rnnviz-swatch-computing") as HTMLElement;
    expect(getComputedStyle(swatch).visibility).toBe("visible");
    expect(image(swatch)).toMatch(/^radial-gradient/);

    // The same three as the reader sees them, of characters without ink.
    const [computing, none, future] = [
      await pixels(view.span(2)),
      await pixels(view.span(7)),
      await pixels(view.span(10)),
    ];
    expect([...none.keys()]).toEqual([css(ground)]);
    const dots = [...computing].filter(([color]) => color !== css(ground));
    const dotted = dots.reduce((sum, [, count]) => sum + count, 0);
    const all = [...computing.values()].reduce((a, b) => a + b, 0);
    expect(dotted / all).toBeGreaterThan(0.1);
    expect(dotted / all).toBeLessThan(0.6);
    // It stays quiet: nothing in it is stronger than the stripes of the future.
    for (const [color] of dots) {
      rgbOf(color).forEach((value, i) => {
        const [least, most] = [ground[i] ?? 0, hatch[i] ?? 0].sort((a, b) => a - b);
        expect(value).toBeGreaterThanOrEqual((least ?? 0) - 1);
        expect(value).toBeLessThanOrEqual((most ?? 0) + 1);
      });
    }
    expect(future).not.toEqual(computing);
  });
});

it("keeps its dots where colours are forced", async () => {
  const features = async (value: string) => {
    const forced = { name: "forced-colors", value };
    await cdp().send("Emulation.setEmulatedMedia", { features: [forced] });
  };
  await features("active");
  onTestFinished(() => features("none"));
  const view = await open(parts(8, 5));
  await untilDotted(view, 0);
  expect(matchMedia("(forced-colors: active)").matches).toBe(true);
  expect(image(view.span(2))).toMatch(/^radial-gradient/);
  expect((await pixels(view.span(2))).size).toBeGreaterThan(1);
});

describe("a picture that is not whole", () => {
  it("is coloured by its own strongest, and claims no number", async () => {
    const row = [9, 9, 9, 9, 9, 1, 2, 0, 4];
    const view = await open([partOf(row, 5), partOf([...row.slice(0, 8), 400], 3)]);
    const { rising } = makePalette(WHITE, false);
    const colour = (part: number) => css(rising[stepOf(part)]!.background);
    expect([5, 6, 7, 8].map((p) => background(view.span(p)))).toEqual([
      colour(0.25),
      colour(0.5),
      NONE,
      colour(1),
    ]);
    expect(background(view.span(8, 1))).toBe(colour(1));
    await untilDotted(view, 1);
    expect(image(view.span(2, 1))).toMatch(/^radial-gradient/);
    expect(image(view.span(3, 1))).toBe("none");
    const { dataset } = view.root();
    expect([dataset["shown"], dataset["cap"]]).toEqual([undefined, undefined]);
    expect(view.el.querySelector(".rnnviz-facet-measure")?.textContent).toBe("reading…");
    expect(view.facet(0).dataset["state"]).toBe("reading");
    expect(legend(view)).toBe(
      "being computed reading: nearest inputs so far, colours not yet comparable",
    );
  });

  it("becomes whole in its place when the rest comes, and nothing moves", async () => {
    const view = await open(parts(8, 5));
    expect(legend(view)).toContain("reading: nearest 4 of 9 inputs so far");
    expect(view.el.querySelector(".rnnviz-legend")?.textContent).not.toContain("%");
    const place = () => [
      view.root().getBoundingClientRect().height,
      view.el.querySelector(".rnnviz-legend-bar")?.getBoundingClientRect().left,
    ];
    await untilDotted(view, 0, 1);
    const before = place();
    view.model.receive({ _answer: answerMessage(8, both(8)) });
    await view.shown(8);
    expectPicture(view, 8, both(8));
    expect([dotCount(view), dotCount(view, 1)]).toEqual([0, 0]);
    expect(view.root().dataset["partial"]).toBeUndefined();
    expect(Number(view.root().dataset["cap"])).toBeGreaterThan(0);
    expect(legend(view)).toMatch(/^0 (≥ )?\d+ % of the row/);
    expect(view.el.querySelector(".rnnviz-legend-words")?.textContent).toMatch(
      /one scale for all models$/,
    );
    expect(legend(view)).not.toMatch(/reading|computed/);
    expect(view.facet(0).dataset["state"]).toBe("painted");
    expect(place()).toEqual(before);
  });

  it("has no scale for a whole row beside it either, but its true number", async () => {
    const view = await open([partOf(scoresOf(0, 8), 5), scoresOf(1, 8)]);
    expect(legend(view)).toContain("reading GRU: nearest 4 of 9 inputs so far");
    expect(view.root().dataset["cap"]).toBeUndefined();
    expect(view.facet(1).querySelector(".rnnviz-numbers")?.textContent).toMatch(/share \d+\.\d %/);
    const strongest = Math.max(...scoresOf(1, 8));
    const { rising } = makePalette(WHITE, false);
    scoresOf(1, 8).forEach((score, p) => {
      const step = rising[stepOf(Math.round((ROW_STEPS * score) / strongest) / ROW_STEPS)];
      expect(background(view.span(p, 1))).toBe(css(step!.background));
    });
  });

  it("is read out without its numbers", async () => {
    const view = await open(parts(8, 5));
    const spoken = view.el.querySelector('[aria-live="polite"]');
    await vi.waitFor(() => expect(spoken?.textContent).toContain("its row is being computed"));
    expect(spoken?.textContent).not.toContain("share");
    view.model.receive({ _answer: answerMessage(8, both(8)) });
    await vi.waitFor(() => expect(spoken?.textContent).toMatch(/largest share \d+\.\d %/));
  });
});

describe("a hover whose row comes in parts", () => {
  const positionsSent = (view: View) => view.model.saved.map((changes) => changes["position"]);

  it("moves the picture on at the first, and asks for the next position at once", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    point(view.span(8));
    await frames();
    view.model.receive({ _answer: answerMessage(8, parts(8, 5)) });
    await partial(view, 8);
    expect(view.root().dataset["shown"]).toBeUndefined();
    expect(view.span(8).classList).toContain("rnnviz-selected");
    expect(view.el.querySelector(".rnnviz-pending")).toBeNull();
    point(view.span(9));
    await vi.waitFor(() => expect(positionsSent(view)).toEqual([8, 9]));
    // The rest of the one before is kept, and does not free the kernel for another.
    point(view.span(10));
    await frames();
    view.model.receive({ _answer: answerMessage(8, both(8)) });
    expect(positionsSent(view)).toEqual([8, 9]);
    view.model.receive({ _answer: answerMessage(9, both(9)) });
    expect(positionsSent(view)).toEqual([8, 9, 10]);
    point(view.span(8));
    await view.shown(8);
    expectPicture(view, 8, both(8));
  });

  it("shows the part on coming back, and asks for the rest", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    point(view.span(8));
    await vi.waitFor(() => expect(positionsSent(view)).toEqual([8]));
    view.model.receive({ _answer: answerMessage(8, parts(8, 5)) });
    await partial(view, 8);
    point(view.span(4));
    await view.shown(4);
    point(view.span(8));
    await partial(view, 8);
    await vi.waitFor(() => expect(positionsSent(view)).toEqual([8, 4, 8]));
    // Shorter than what is here: nothing changes.
    view.model.receive({ _answer: answerMessage(8, parts(8, 7)) });
    await untilDotted(view, 0);
    expect(image(view.span(5))).toBe("none");
    expect(image(view.span(4))).toMatch(/^radial-gradient/);
  });

  it("says so when the rest does not come", async () => {
    const view = await open(parts(8, 5));
    const notice = () => view.el.querySelector(".rnnviz-notice")?.textContent;
    await vi.waitFor(() => expect(notice()).toMatch(/No answer from the kernel/), {
      timeout: 30_000,
    });
    expect(view.facet(0).querySelector(".rnnviz-numbers")?.textContent).toContain("no answer");
    expect(image(view.span(4))).toMatch(/^radial-gradient/);
    view.model.receive({ _answer: answerMessage(8, both(8)) });
    await vi.waitFor(() => expect(notice()).toBe(""));
  });
});

it("tells how rows are computed to those who ask, as text", async () => {
  const engine = "its <b>layers'</b> own equations, exact";
  const view = show(modelOf({ facets: [{ engine }, { engine: "" }] }));
  const name = (i: number) => view.facet(i).querySelector<HTMLElement>(".rnnviz-facet-name");
  const described = (i: number) =>
    view.facet(i).querySelector(".rnnviz-text")?.getAttribute("aria-description");
  expect(name(0)?.title).toBe(engine);
  expect(described(0)).toBe(`How its rows are computed: ${engine}.`);
  expect(view.root().innerText).not.toContain("equations");
  expect([name(1)?.title, described(1)]).toEqual(["", null]);
});
