/** The instrument that puts every other symbol in the place of an input. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import { INSTRUMENTS } from "../../src/views/instruments";
import { makeSwaps } from "../../src/views/swaps";
import "../../src/views/swaps.css";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import { allRows, rowsMessage, sceneMessage } from "../messages";
import { awaited, facetSwaps, failed, type SwapsOptions, swapsMessage } from "../swaps";
import {
  controls,
  filledModel,
  hover,
  leave,
  point,
  press,
  show,
  TEXT,
  type View,
} from "./helpers";

const MODULES = () => new ModulesHere({ swaps: { make: makeSwaps, style: "" } });
const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "swaps");

async function opened(scene = {}, traits = {}): Promise<View> {
  const view = show(await filledModel(scene, traits), document.body, MODULES, ENTRIES);
  await view.shown(4);
  turn(view);
  return view;
}

function turn(view: View<never> | View): void {
  const buttons = [...controls(view).querySelectorAll("button")];
  buttons.find((one) => one.textContent === "swap")?.click();
}

const asked = (view: View) => lastAsk(view.model, "swaps");
const texts = (view: View<never> | View, selector: string) =>
  [...view.el.querySelectorAll(selector)].map((one) => one.textContent);

/** Pins the character shown, points at another, and answers what is asked then. */
async function swapped(view: View, input = 2, options: SwapsOptions = {}): Promise<void> {
  if (view.model.get("pinned") === null) press(view.span(4));
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(4));
  point(view.span(input));
  await vi.waitFor(() => expect(asked(view)).toMatchObject({ position: 4, input }));
  const { serial } = asked(view);
  const second = facetSwaps({ ...options, plausible: false, note: "It predicts <nothing>." });
  reply(view.model, "swaps", swapsMessage({ ...options, serial, input }, second));
}

it("asks for the strongest input at first, and for what is pointed at while a character is pinned", async () => {
  const view = await opened();
  await vi.waitFor(() => expect(asked(view)?.position).toBe(4));
  const first = asked(view).input;
  expect(view.root().textContent).toContain("The strongest input.");
  expect(view.span(first).classList).toContain("rnnviz-input-shown");
  await swapped(view, first === 1 ? 2 : 1);
  expect(newAsks(view.model, "swaps").length).toBe(2);
  expect(view.span(first).classList).not.toContain("rnnviz-input-shown");
  // The pointer leaves: the place stays.
  point(view.span(1), "pointerleave");
  expect(newAsks(view.model, "swaps").length).toBe(2);
});

it("does not ask of places that the pointer only passes", async () => {
  const view = await opened();
  press(view.span(4));
  for (const place of [0, 1, 2, 3]) point(view.span(place));
  await vi.waitFor(() => expect(asked(view)).toMatchObject({ input: 3 }));
  expect(newAsks(view.model, "swaps").map(({ input }) => input)).toEqual([3]);
});

it("shows what is expected, the symbols, and how far the gradient is off", async () => {
  const view = await opened();
  await swapped(view, 2, { predicted: [0.5, 0.6, 0.7, 0.1] });
  const first = view.facet(0);
  expect(first.textContent).toContain("50.0 % with “a”");
  expect(first.textContent).toContain("37.5 % if drawn by frequency");
  expect(first.textContent).toContain("43.8 % if drawn from GRU’s own predictions");
  expect(first.textContent).toContain(
    "Drawn by frequency it falls by 12.5 points on average; drawn from GRU’s own predictions, " +
      "which keep the text plausible, it falls by 6.3 points.",
  );
  expect(first.textContent).toContain("The gradient has the direction right for 2 of 3 symbols.");
  const chips = [...first.querySelectorAll(".rnnviz-swaps-chip")];
  expect(chips.map((one) => one.textContent)).toEqual(["c75.0 %", "b25.0 %", "d12.5 %"]);
  const letters = [...first.querySelectorAll<HTMLElement>(".rnnviz-swaps-letter")];
  expect(letters.map((one) => one.getAttribute("aria-label"))).toEqual([
    "c, 75.0 %",
    "b, 25.0 %",
    "d, 12.5 %",
  ]);
  const places = letters.map((one) => one.getBoundingClientRect().left);
  expect(places).toEqual([...places].sort((a, b) => b - a));
  expect(first.querySelectorAll(".rnnviz-swaps-line").length).toBe(3);
  expect(first.querySelectorAll(".rnnviz-swaps-wrong").length).toBe(1);
  const second = view.facet(1);
  expect(second.textContent).not.toContain("own predictions,");
  expect(second.textContent).toContain("It predicts <nothing>.");
  expect(view.el.querySelector(".rnnviz-swaps .rnnviz-spoken")?.textContent).toContain(
    "GRU: 50.0 %.",
  );
});

it("says of a symbol what is known while the reader looks at it", async () => {
  const view = await opened();
  await swapped(view, 2, { predicted: [0.5, 0.6, 0.7, 0.1] });
  const readout = () => view.facet(0).querySelector(".rnnviz-swaps-readout")?.textContent;
  const before = readout();
  const chip = view.facet(0).querySelector<HTMLElement>(".rnnviz-swaps-chip")!;
  const { top } = chip.getBoundingClientRect();
  hover(chip);
  expect(readout()).toBe(
    "“c”: 75.0 %, by the gradient 70.0 %; GRU expects it there with 25.0 %; its frequency is 25.0 %",
  );
  expect(view.facet(0).querySelectorAll(".rnnviz-swaps-looked").length).toBe(2);
  // What is pointed at must not move away.
  expect(chip.getBoundingClientRect().top).toBe(top);
  leave(chip);
  expect(readout()).toBe(before);
});

it("has the text read with a symbol, keeps place and pin, and offers the way back", async () => {
  const view = await opened({ editable: true });
  await swapped(view);
  const chips = view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-swaps-chip");
  // The last can't be typed.
  chips[2]?.click();
  expect(lastAsk(view.model, "text")).toBeUndefined();
  chips[0]?.click();
  const text = `${TEXT.slice(0, 2)}c${TEXT.slice(3)}`;
  expect(lastAsk(view.model, "text")).toMatchObject({ text, position: 4 });
  view.model.receive({ _scene: sceneMessage({ text, epoch: 2, editable: true }), pinned: null });
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(4));
  await vi.waitFor(() => expect(asked(view)).toMatchObject({ position: 4, input: 2 }));
  const { serial } = asked(view);
  const options = { serial, epoch: 2, symbols: ["c", "a", "b", "d"] };
  reply(view.model, "swaps", swapsMessage(options, facetSwaps(options)));
  const groups = texts(view, ".rnnviz-facet:nth-of-type(1) .rnnviz-swaps-group");
  expect(groups[0]).toBe("as it wasa25.0 %");
});

it("works by keyboard: places by buttons, symbols by arrow keys", async () => {
  const view = await opened({ editable: true });
  await swapped(view);
  const [before, after] = [...view.el.querySelectorAll<HTMLElement>(".rnnviz-input-walk")];
  after?.focus();
  await userEvent.keyboard("{Enter}");
  await vi.waitFor(() => expect(asked(view)).toMatchObject({ input: 3 }));
  before?.click();
  before?.click();
  await vi.waitFor(() => expect(asked(view)).toMatchObject({ input: 1 }));
  const letters = [...view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-swaps-letter")];
  expect(letters.map((one) => one.tabIndex)).toEqual([0, -1, -1]);
  letters[0]?.focus();
  await userEvent.keyboard("{ArrowLeft}");
  expect(document.activeElement).toBe(letters[1]);
  expect(letters.map((one) => one.tabIndex)).toEqual([-1, 0, -1]);
  expect(view.facet(0).textContent).toContain("“b”: 25.0 %");
  await userEvent.keyboard("{Enter}");
  expect(lastAsk(view.model, "text").text).toBe(`${TEXT.slice(0, 2)}b${TEXT.slice(3)}`);
});

it("shows each model when it is done, and says what one can not do", async () => {
  const view = await opened();
  press(view.span(4));
  point(view.span(2));
  await vi.waitFor(() => expect(asked(view)).toMatchObject({ input: 2 }));
  const { serial } = asked(view);
  const status = () => view.el.querySelector(".rnnviz-swaps-status")?.textContent;
  reply(view.model, "swaps", swapsMessage({ serial }, awaited));
  expect(status()).toBe("running the model…");
  expect(view.facet(0).textContent).toContain("50.0 % with “a”");
  reply(view.model, "swaps", swapsMessage({ serial }, failed("It is <b>not</b> read.")));
  expect(status()).toBe("");
  expect(view.facet(1).textContent).toContain("It is <b>not</b> read.");
  refuse(view.model, "swaps", "There is no <b>character</b>.");
  expect(status()).toBe("There is no <b>character</b>.");
});

it("draws dots where symbols are words, says that they are a sample, and of one number its unit", async () => {
  const view = await opened({ facets: [{ unit: "EUR" }, {}] });
  const symbols = [" the", " cat", "<b>", "sat"];
  await swapped(view, 2, { symbols, kind: "number", of: 50_000, error: 0.01, plausible: false });
  expect(view.facet(0).textContent).toContain("A sample: 4 of 50,000 symbols were run.");
  expect(view.facet(0).textContent).toContain("0.5 EUR with “␣the”");
  expect(view.facet(0).textContent).toContain("0.375 EUR ± 0.01 EUR if drawn by frequency");
  expect(view.facet(0).querySelectorAll(".rnnviz-swaps-dot").length).toBe(3);
  expect(texts(view, ".rnnviz-facet:nth-of-type(1) .rnnviz-chip-name")).toContain("<b>");
});

it("ends what the kernel computes, and leaves nothing behind, when it is closed", async () => {
  const view = await opened();
  await swapped(view);
  turn(view);
  expect(asked(view).input).toBeNull();
  expect(view.el.querySelectorAll("[class*=rnnviz-swap]").length).toBe(0);
});

it.each([
  ["light", "rgb(255, 255, 255)"],
  ["dark", "rgb(17, 19, 23)"],
])("can be read by everybody on a %s ground", async (_, color) => {
  const ground = document.createElement("div");
  ground.style.backgroundColor = color;
  document.body.append(ground);
  const view = show(await filledModel({ editable: true }), ground, MODULES, ENTRIES);
  await view.shown(4);
  turn(view);
  await swapped(view);
  await vi.waitFor(() => expect(view.facet(0).textContent).toContain("if drawn by frequency"));
  const { violations } = await axe.run(view.el, { rules: { region: { enabled: false } } });
  expect(violations.map(({ id, nodes }) => [id, nodes[0]?.failureSummary])).toEqual([]);
  ground.remove();
});

it("fits into 320 pixels", async () => {
  const box = document.createElement("div");
  box.style.width = "320px";
  document.body.append(box);
  const view = show(await filledModel(), box, MODULES, ENTRIES);
  await view.shown(4);
  turn(view);
  await swapped(view);
  for (const el of view.el.querySelectorAll(".rnnviz-swaps, .rnnviz-swaps-facet")) {
    expect(el.scrollWidth).toBeLessThanOrEqual(el.clientWidth);
  }
  box.remove();
});

it("in a saved page shows what was shown for the pinned character, and computes nothing", async () => {
  const saved = swapsMessage({ position: 3, input: 1 });
  const state = {
    _scene: sceneMessage({ facets: [{}], editable: true }),
    _status: { epoch: 1, done: 0, total: 11, state: "idle", message: null },
    _rows: await rowsMessage(11, [allRows(0, 11)]),
    position: 3,
    pinned: 3,
    _opened: ["swaps"],
    _reply: { swaps: { ...saved, number: 1 } },
  };
  const page = show(new PageModel(state), document.body, MODULES, ENTRIES);
  expect(page.facet(0).textContent).toContain("50.0 % with “a”");
  const chip = page.facet(0).querySelector(".rnnviz-swaps-chip");
  expect(chip?.getAttribute("aria-disabled")).toBe("true");
  expect(page.span(1).classList).toContain("rnnviz-input-shown");
  const walk = page.el.querySelector(".rnnviz-input-walk");
  expect(walk === null || getComputedStyle(walk).display === "none").toBe(true);
  press(page.span(3));
  point(page.span(5));
  await page.shown(5);
  expect(page.root().textContent).toContain("Of this output nothing was saved with the page.");
  expect(page.model.get("_ask")).toBeUndefined();
});
