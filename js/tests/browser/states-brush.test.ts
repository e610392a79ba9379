/** Brushing in the strip of units, and the route of a memory. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { css } from "../../src/core/color";
import { lastAsk, refuse, reply } from "../asks";
import { bytes, floats } from "../messages";
import { LAYERS, windowOf } from "../unit-windows";
import { frames, hover, leave, point } from "./helpers";
import {
  answer,
  asked,
  brushed,
  button,
  CORPUS,
  FOUND,
  lines,
  place,
  SEARCH,
  words,
} from "./unit-searches";
import {
  cell,
  colours,
  coloursOf,
  filled,
  key,
  label,
  message,
  PALETTE,
  pixel,
  reached,
  VALUES,
  within,
} from "./unit-strips";

it("finds the units that are on where the strip is brushed, and goes to where else they are", async () => {
  const view = await brushed();
  expect(view.model.get("brush")).toEqual([1, 3]);
  expect(asked(view)).toEqual(SEARCH);
  answer(view);
  await frames();
  expect(words(view)).toBe(
    "2 units are on exactly at “dv” and off before it (on: above the 0.9 quantile); the 2 best of 9 other places:",
  );
  const units = [...view.facet(0).querySelectorAll(".rnnviz-unit-matches-units .rnnviz-unit-chip")];
  expect(units.map((unit) => unit.textContent)).toEqual(["unit 0 high", "unit 2 low"]);
  const [first, second] = lines(view);
  expect(first?.querySelector(".rnnviz-place-text")?.textContent).toBe("advanced l");
  expect(first?.querySelector("strong")?.textContent).toBe("ce");
  expect(first?.querySelector(".rnnviz-place-number")?.textContent).toBe("1 of 2");
  expect(first?.querySelector(".rnnviz-place-predicted")?.textContent).toBe(
    "predicts x 50.0 %; true is le<b> 25.0 %",
  );
  expect(second?.querySelector(".rnnviz-place-predicted")?.textContent).toBe("");
  // They are marked in the strip too: rows, the brushed characters, and the places.
  const mark = css(PALETTE.mark);
  expect([0, 1, 2].map((row) => pixel(view, 43, cell(0, row).y) === mark)).toEqual([
    true,
    false,
    true,
  ]);
  const letters = [0, 1, 2, 3, 5, 6, 7].map((p) => pixel(view, cell(p, 0).x + 3, 18) === mark);
  expect(letters).toEqual([false, true, true, false, true, true, false]);
  first?.click();
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(6));
  hover(units[1]!);
  await reached();
  expect(colours(view)).toEqual(coloursOf(2));
  leave(units[1]!);
  // Escape clears the brush.
  key(view, "Escape");
  await vi.waitFor(() => expect(view.model.get("brush")).toBeNull());
  await vi.waitFor(() => expect(asked(view)).toBeNull());
  answer(view, { search: null, facets: [] });
  await frames();
  expect(within(view, ".rnnviz-unit-matches").hidden).toBe(true);
});

it("searches a corpus, says how far it is, stops, and goes to a match in another text and back", async () => {
  const view = await brushed();
  answer(view);
  expect(button(view, "the corpus").parentElement?.hidden).toBe(true);
  answer(view, { corpus: CORPUS });
  button(view, "the corpus").click();
  expect(asked(view)).toEqual({ ...SEARCH, corpus: true });
  const progress = { share: 0.375, words: "GRU reads <b>.txt" };
  answer(view, { corpus: CORPUS, progress, facets: [] });
  const said = () => view.el.querySelector(".rnnviz-unit-search-progress")?.textContent;
  expect(said()).toBe("GRU reads <b>.txt: 37.5 %");
  expect(words(view)).toBe("GRU reads <b>.txt…");
  expect(lines(view)).toHaveLength(0);
  button(view, "stop").click();
  expect(asked(view)).toEqual(SEARCH);
  button(view, "the corpus").click();
  const elsewhere = { ...FOUND, matches: [place(5, 7, { text: 1 })] };
  answer(view, { corpus: CORPUS, facets: [elsewhere, elsewhere] });
  expect([said(), button(view, "stop").hidden]).toEqual(["", true]);
  expect(words(view)).toMatch(/the one of 9 places of <b>\.txt:$/);
  // A place of another text is not marked in this one.
  const mark = css(PALETTE.mark);
  await frames();
  expect(pixel(view, cell(5, 0).x + 3, 18)).not.toBe(mark);
  lines(view)[0]?.click();
  const go = () => lastAsk(view.model, "corpus_text");
  expect(go()).toMatchObject({ text: 1, start: 5, after: 7 });
  // There, the brush marks the match, and is no new selection.
  const visited = { text: 1, start: 5, after: 7, left: "my own <text>" };
  const before = lastAsk(view.model, "matches").serial;
  view.model.receive({ brush: [5, 7] });
  answer(view, { corpus: CORPUS, visited, facets: [elsewhere, elsewhere] });
  await frames();
  expect(within(view, ".rnnviz-way-back").textContent).toBe(
    "This is text 2 of <b>.txt.← back to “my own <text>…”",
  );
  expect(lastAsk(view.model, "matches").serial).toBe(before);
  expect(lines(view)[0]?.getAttribute("aria-current")).toBe("true");
  button(view, "← back to").click();
  expect(go()).toMatchObject({ text: null });
  const { violations } = await axe.run(view.el);
  expect(violations.map(({ id }) => id)).toEqual([]);
});

it("keeps what was found where a match can't be visited, and says why", async () => {
  const view = await brushed(3, 4);
  const elsewhere = { ...FOUND, matches: [place(5, 7, { text: 1 })] };
  answer(view, { corpus: CORPUS, facets: [elsewhere, elsewhere] });
  const said = () => view.el.querySelector(".rnnviz-unit-search-progress")?.textContent;
  lines(view)[0]?.click();
  refuse(view.model, "corpus_text", "the model does not know <b>");
  expect(said()).toBe("the model does not know <b>");
  expect(lines(view)).toHaveLength(1);
  lines(view)[0]?.click();
  answer(view, { corpus: CORPUS, facets: [elsewhere, elsewhere] });
  expect(said()).toBe("");
});

it("says where no unit is on, and why it can’t be told", async () => {
  const view = await brushed(3, 4);
  const none = { selected: 0, units: bytes(new Uint8Array()), low: bytes(new Uint8Array()) };
  const empty = { ...FOUND, ...none, matches: [] };
  answer(view, { facets: [empty, empty] });
  expect(words(view)).toBe(
    "No unit is on exactly at “an”: above the 0.9 quantile. Brush fewer characters, or others.",
  );
  const failed = { error: "text 1: the model does not know <b>" };
  answer(view, { facets: [failed, failed] });
  expect(words(view)).toBe("text 1: the model does not know <b>");
  refuse(view.model, "matches", "there is no corpus <b>");
  expect(within(view, ".rnnviz-unit-matches").hidden).toBe(true);
  expect(view.el.querySelector(".rnnviz-unit-search-progress")?.textContent).toBe(
    "there is no corpus <b>",
  );
});

const singles = (...values: number[]) => floats(values);
const ROUTED = {
  ...{ output: 4, input: 2, carried: 2, connectivity: 0.125, apart: 3e-15 },
  steps: bytes(Uint8Array.from([2, 3])),
  kept: singles(0.5, 0.25),
  layers: [
    { layer: LAYERS[0], shares: singles(0.75, 1.25) },
    { layer: "cell of layer 0 of lstm", shares: singles(0.25, -0.25) },
  ],
  strongest: [
    { layer: LAYERS[0], unit: 2, share: 0.625 },
    { layer: LAYERS[1], unit: 1, share: -0.25 },
  ],
  check: {
    ...{ before: 0.125, after: 0.025 },
    ...{ probability_before: 0.5, probability_after: 0.25 },
  },
};

it("shows the route of a memory with its check, and a unit of it in its layer", async () => {
  const view = await filled({ pinned: 4 });
  const button = [...view.el.querySelectorAll<HTMLElement>(".rnnviz-units-choices button")].find(
    (one) => one.textContent === "route of the memory",
  );
  const part = (name: string) => within(view, `.rnnviz-unit-route-${name}`);
  expect(within(view, ".rnnviz-unit-route").hidden).toBe(true);
  button?.click();
  expect(within(view, ".rnnviz-unit-route").hidden).toBe(false);
  point(view.span(2));
  await vi.waitFor(() => expect(lastAsk(view.model, "states").route).toEqual([4, 2]));
  expect(part("words").textContent).toMatch(/^Following the memory/);
  expect(part("check").textContent).toBe("");
  reply(view.model, "states", message(view, { values: VALUES, route: ROUTED }));
  await frames();
  expect(part("words").textContent).toBe(
    "The memory of “v”, character 3, on its way to the output at “n”, character 5. At each step the sum over all units is the connectivity, 0.125 (to 3e−15 of it in double precision).",
  );
  expect(part("check").textContent).toBe(
    "With unit 2 (hidden state, layer 0) at its mean meanwhile, the link from “v”, character 3 to “n”, character 5 goes from 0.125 to 0.025 (80.0 % is gone), and the target from 0.5 to 0.25.",
  );
  expect([...part("names").children].map((one) => one.textContent)).toEqual([
    "hidden state, layer 0 100.0 %",
    "cell state, layer 0 0.0 %",
    "37.5 % straight through gates",
  ]);
  expect(part("river").querySelectorAll("path")).toHaveLength(2);
  expect(part("river").querySelector("svg")?.getAttribute("aria-label")).toContain(
    "layer 0: 100.0 %",
  );
  const chipOf = (n: number) =>
    view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-unit-route .rnnviz-unit-chip")[n];
  expect(chipOf(1)?.textContent).toBe("unit 1 −25.0 % · forget gate, layer 0");
  chipOf(0)?.click();
  expect(label(view)).toMatch(/^Unit 2, hidden state, layer 0/);
  chipOf(1)?.click();
  expect(lastAsk(view.model, "states").layers).toEqual([LAYERS[1], null]);
  const other = windowOf({ values: VALUES, layer: 1, route: ROUTED });
  reply(view.model, "states", message(view, {}, { facets: [other, other] }));
  await frames();
  expect(label(view)).toMatch(/^Unit 1, forget gate, layer 0/);
  // Of another input the route is not shown with this one's.
  point(view.span(1));
  await vi.waitFor(() => expect(lastAsk(view.model, "states").route).toEqual([4, 1]));
  expect(part("check").textContent).toBe("");
  const error = { ...windowOf({ values: VALUES }), route_error: "it reads both ways" };
  reply(view.model, "states", message(view, {}, { facets: [error, error] }));
  expect(part("words").textContent).toBe("it reads both ways");
  const { violations } = await axe.run(view.el);
  expect(violations.map(({ id }) => id)).toEqual([]);
  button?.click();
  expect(within(view, ".rnnviz-unit-route").hidden).toBe(true);
});
