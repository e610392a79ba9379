import { describe, expect, it, vi } from "vitest";
import { css, makePalette } from "../../src/core/color";
import { answerMessage, scoresOf } from "../messages";
import {
  background,
  colours,
  filledModel,
  modelOf,
  NONE,
  point,
  readable,
  show,
  type View,
} from "./helpers";

const chips = (view: View, facet: number) =>
  [...view.facet(facet).querySelectorAll<HTMLElement>(".rnnviz-chip")].filter(
    (chip) => getComputedStyle(chip).visibility === "visible",
  );

describe("predictions", () => {
  it("mark the explained class among the three", async () => {
    const view = show(await filledModel({ facets: [{ target: Array(11).fill(1), rank: 2 }] }));
    expect(chips(view, 0).map((chip) => chip.innerText.replace(/\s+/g, " "))).toEqual([
      "learning 57.5 %",
      "legal 7.6 %",
      "length 4.4 %",
    ]);
    expect(chips(view, 0).map((chip) => chip.dataset["target"])).toEqual([
      undefined,
      "true",
      undefined,
    ]);
  });

  it("set it apart, dashed, with probability and rank, when it is not", async () => {
    const facets = [{ target: Array(11).fill(3), targetP: 0.003, rank: 14 }];
    const view = show(await filledModel({ facets }));
    const apart = chips(view, 0)[3] as HTMLElement;
    expect(apart.innerText.replace(/\s+/g, " ")).toBe("level 0.3 % · 14th");
    expect(apart.dataset).toMatchObject({ class: "level", target: "true" });
    expect(getComputedStyle(apart).borderTopStyle).toBe("dashed");
  });

  it("show names as text, whatever is in them", async () => {
    const classes = ["<img src=x onerror=alert(1)>", "\n", "", "a".repeat(300)];
    const facets = [{ classes, target: Array(11).fill(3), name: "<b>bold</b>", note: "<i>n</i>" }];
    const view = show(await filledModel({ facets }));
    expect(view.el.querySelector("img, b, i")).toBeNull();
    const [markup, newline, empty, long] = chips(view, 0);
    expect(markup?.textContent).toContain("<img src=x");
    expect(newline?.textContent).toContain("↵");
    expect(empty?.textContent).toContain("(empty)");
    expect(long?.title).toContain(`${"a".repeat(53)}…${"a".repeat(26)}: `);
    expect(long?.getBoundingClientRect().width).toBeLessThan(260);
    expect(view.facet(0).textContent).toContain("<b>bold</b>");
    expect(view.facet(0).querySelector(".rnnviz-facet-note")?.textContent).toBe("<i>n</i>");
  });
});

describe("the header", () => {
  const header = (view: View) => view.el.querySelector<HTMLElement>(".rnnviz-header")?.innerText;

  it("says once what was read and what is explained", async () => {
    const view = show(await filledModel());
    await view.shown(4);
    expect(header(view)?.replace(/\s+/g, " ")).toMatch(
      /^explains learning, the word being typed 0 (≥ )?\d+ % of the row not read yet controls$/,
    );
    const own = view.facet(0).querySelector(".rnnviz-facet-explains") as Element;
    expect(getComputedStyle(own).display).toBe("none");
  });

  it("leaves it to the facets where they differ", async () => {
    const facets = [{}, { target: Array(11).fill(2), reason: "the top prediction" }];
    const view = show(await filledModel({ facets }));
    expect(header(view)).toMatch(/^After “advan”\s/);
    const said = [0, 1].map((i) => view.facet(i).querySelector(".rnnviz-facet-explains"));
    expect(said.map((el) => el?.textContent)).toEqual([
      "explains learning, the word being typed",
      "explains length, the top prediction",
    ]);
    expect(said.map((el) => getComputedStyle(el as Element).display)).toEqual(["block", "block"]);
  });
});

describe("the text", () => {
  it("marks what has not been read, and keeps it readable", async () => {
    const view = show(await filledModel());
    await view.shown(4);
    for (const [p, future] of [
      [4, false],
      [5, true],
      [10, true],
    ] as const) {
      expect(getComputedStyle(view.span(p)).backgroundImage.includes("gradient")).toBe(future);
    }
    expect(readable(view.span(7), "rgb(255, 255, 255)")).toBeGreaterThanOrEqual(4.5);
    expect(
      readable(view.span(7), css(makePalette([255, 255, 255], false).hatch)),
    ).toBeGreaterThanOrEqual(4.5);
  });

  it("of an encoder-decoder is what of its target was not read, either way round", async () => {
    const facets = [{ reads: { last: [0, 4, 10] } as const }];
    const row = [1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0];
    const view = show(modelOf({ facets }, { _answer: answerMessage(6, [row]), position: 6 }));
    await view.shown(6);
    const future = () =>
      [...view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-future")].map((el) =>
        Number(el.dataset["p"]),
      );
    expect(future()).toEqual([7, 8, 9, 10]);
    expect(view.el.querySelector(".rnnviz-legend-not-read")?.textContent).toBe("not read");
    // The source is read by every output, of itself too.
    view.model.receive({ position: 2, _answer: answerMessage(2, [row.map((_, t) => +(t < 5))]) });
    await view.shown(2);
    expect(future()).toEqual([5, 6, 7, 8, 9, 10]);
    view.model.receive({ position: 8, direction: "influence", _answer: answerMessage(8, [row]) });
    await view.shown(8);
    // A token of the target has no influence on outputs before its own.
    expect(future()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    view.model.receive({ position: 3, _answer: answerMessage(3, [row]) });
    await view.shown(3);
    expect(future()).toEqual([]);
  });

  it("of a model that is not causal has no future", async () => {
    const scores = Array.from({ length: 11 }, (_, t) => 1 + (t % 4));
    const view = show(
      modelOf({ facets: [{ causal: false }] }, { _answer: answerMessage(4, [scores]) }),
    );
    await view.shown(4);
    expect(view.el.querySelector(".rnnviz-future")).toBeNull();
    expect(view.el.querySelector(".rnnviz-legend")?.textContent).not.toContain("not read yet");
    expect(background(view.span(9))).toBe(colours([scores], 0, 11)[9]);
    expect(view.el.querySelector(".rnnviz-header")?.textContent).toContain("At “n”, character 5");
  });

  it("has a span for every code point, and its line breaks", async () => {
    const text = "a😀\n<b>\té\u0000";
    const view = show(await filledModel({ text, facets: [{ unknown: [1] }] }, { position: 8 }));
    await view.shown(8);
    const spans = [...view.facet(0).querySelectorAll<HTMLElement>("[data-p]")];
    expect(spans.map((span) => span.textContent)).toEqual([
      "a",
      "😀",
      "↵",
      "<",
      "b",
      ">",
      "→\t",
      "é",
      "␀",
    ]);
    const [a, , newline, next] = spans.map((span) => span.getBoundingClientRect());
    expect(newline?.top).toBe(a?.top);
    expect(next?.top).toBeGreaterThan((a?.top ?? 0) + 10);
    expect(next?.left).toBe(a?.left);
    expect(spans[1]?.classList).toContain("rnnviz-unknown");
    expect(spans[1]?.title).toContain("not known");
    expect(view.el.querySelector(".rnnviz-legend")?.textContent).toContain("unknown to the model");
  });

  it("gives all characters of a token its colour, and finds the token of a character", async () => {
    const spans = [
      [0, 5],
      [5, 8],
      [8, 11],
    ] as const;
    const model = modelOf(
      { facets: [{}, { spans }] },
      {
        _answer: {
          epoch: 1,
          position: 4,
          facets: [
            ...(answerMessage(4, [scoresOf(0, 4)])["facets"] as unknown[]),
            ...(answerMessage(0, [[5]])["facets"] as unknown[]),
          ],
        },
      },
    );
    const view = show(model);
    await view.shown(4);
    const colour = [...Array(11).keys()].map((p) => background(view.span(p, 1)));
    expect(new Set(colour.slice(0, 5)).size).toBe(1);
    expect(colour[0]).not.toBe(NONE);
    expect(view.span(5, 1).classList).toContain("rnnviz-future");
    point(view.span(6, 1));
    await vi.waitFor(() => expect(model.get("position")).toBe(6));
  });
});

it("tells a screen reader the true numbers, once the reader rests", async () => {
  const view = show(
    await filledModel({ facets: [{ target: Array(11).fill(3), targetP: 0.003, rank: 14 }] }),
  );
  await view.shown(4);
  point(view.span(9));
  const spoken = view.el.querySelector('[aria-live="polite"]');
  await vi.waitFor(() => expect(spoken?.textContent).toContain("After “advanced l”"));
  expect(spoken?.textContent).toContain(
    "GRU predicts learning, 57.5 %; explained: level, 0.3 %, 14th",
  );
  expect(spoken?.textContent).toMatch(/largest share \d+\.\d %/);
  const text = view.facet(0).querySelector(".rnnviz-text");
  expect(text?.getAttribute("aria-label")).toContain("GRU: text of 11 characters");
});

it("fits into 320 pixels, and keeps its width among flexible boxes", async () => {
  const box = document.body.appendChild(document.createElement("div"));
  box.style.cssText = "display: flex; width: 320px";
  const view = show(await filledModel({ text: "an important part of education ".repeat(9) }), box);
  const { width } = view.root().getBoundingClientRect();
  expect(width).toBeGreaterThan(300);
  expect(width).toBeLessThanOrEqual(320);
  for (const el of view.root().querySelectorAll(".rnnviz-text, .rnnviz-chips, .rnnviz-legend")) {
    expect(el.scrollWidth).toBeLessThanOrEqual(Math.ceil(el.getBoundingClientRect().width));
  }
  box.remove();
});
