/** The instrument that shows the states of the models' units. */

import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { css, makePalette, STEPS } from "../../src/core/color";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import type { HostModel } from "../../src/hosts/position-sync";
import { INSTRUMENTS } from "../../src/views/instruments";
import { makeStates } from "../../src/views/states";
import style from "../../src/views/states.css?raw";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import { allRows, bytes, floats, rowsMessage, sceneMessage } from "../messages";
import { LAYERS, type WindowOptions, windowOf } from "../unit-windows";
import {
  background,
  controls,
  filledModel,
  frames,
  NONE,
  point,
  show,
  TEXT,
  type View,
} from "./helpers";

const MODULE = new ModulesHere({ states: { make: makeStates, style } } as never);
const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "states");
const PALETTE = makePalette([255, 255, 255], true);

/** Unit 0 rises over the text, unit 1 is the opposite of it, and unit 2 is on at "v" only. */
const VALUES = Array.from(TEXT, (character, p) => [
  1000 * p - 5000,
  5000 - 1000 * p,
  character === "v" ? 10000 : 0,
]);

type AnyView = View<HostModel>;

function message(view: View | null, one: Partial<WindowOptions> = {}, more = {}) {
  const serial = view === null ? 1 : lastAsk(view.model, "states").serial;
  const facet = windowOf({ values: VALUES, ...one });
  return {
    epoch: 1,
    serial,
    first: 0,
    after: TEXT.length,
    by: "similar",
    facets: [facet, facet],
    ...more,
  };
}

const open = (view: AnyView) =>
  [...controls(view).querySelectorAll("button")].find((one) => one.textContent === "inside");
const within = <El extends HTMLElement>(view: AnyView, selector: string, facet = 0) =>
  view.facet(facet).querySelector<El>(selector)!;
const label = (view: AnyView, facet = 0) => within(view, ".rnnviz-units-said", facet).textContent;
const status = (view: AnyView) => view.el.querySelector(".rnnviz-units-status")?.textContent;
const chips = (view: AnyView, facet = 0) =>
  [...view.facet(facet).querySelectorAll<HTMLElement>(".rnnviz-unit-chip:not([hidden])")].map(
    (chip) => chip.textContent,
  );
const strip = (view: AnyView, facet = 0) => within(view, ".rnnviz-strip", facet);
const colours = (view: AnyView, facet = 0) =>
  Array.from(TEXT, (_, p) => background(view.span(p, facet)));

/** What the text is coloured as where a unit colours it. */
const coloursOf = (unit: number) =>
  VALUES.map((states) => {
    const step = Math.round(((states[unit] ?? 0) / 10000) * STEPS);
    if (step === 0) return NONE;
    return css((step < 0 ? PALETTE.falling[-step] : PALETTE.rising[step])!.background);
  });

/** The colour of the strip's canvas at a place in its box. */
function pixel(view: AnyView, x: number, y: number, facet = 0): string {
  const canvas = strip(view, facet).querySelector("canvas")!;
  const ratio = canvas.width / canvas.getBoundingClientRect().width;
  const [r = 0, g = 0, b = 0] = canvas
    .getContext("2d")!
    .getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data;
  return css([r, g, b]);
}

/** The middle of the cell of a character and the row of a unit, in the strip. */
const cell = (p: number, row: number) => ({ x: 46 + 10 * p + 5, y: 20 + 16 * row + 8 });

function pointAtCell(view: AnyView, p: number, row: number, type = "pointermove"): void {
  const box = strip(view).getBoundingClientRect();
  const { x, y } = cell(p, row);
  const at = { clientX: box.left + x, clientY: box.top + y };
  strip(view).dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: "mouse", ...at }));
}

function leaveStrip(view: AnyView): void {
  strip(view).dispatchEvent(new PointerEvent("pointerleave"));
}

/** What the pointer is at has reached the text, a frame after the strip. */
async function reached(): Promise<void> {
  await frames();
  await frames();
}

const key = (view: AnyView, name: string) =>
  strip(view).dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }),
  );

async function opened(traits = {}, position = 4): Promise<View> {
  const view = show(
    await filledModel({}, { position, ...traits }),
    document.body,
    () => MODULE,
    ENTRIES,
  );
  view.el.style.width = "900px";
  await view.shown(position);
  open(view)?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "states")?.around).toBe(position));
  return view;
}

async function filled(traits = {}, one: Partial<WindowOptions> = {}): Promise<View> {
  const view = await opened(traits);
  reply(view.model, "states", message(view, one));
  await frames();
  return view;
}

it("asks when it is opened, and shows a strip for each model; closed, nothing is left", async () => {
  const view = await opened();
  expect(lastAsk(view.model, "states")).toMatchObject({
    layers: [null, null],
    curves: [null, null],
    order: "similar",
  });
  expect(within(view, ".rnnviz-units-content").hidden).toBe(true);
  reply(view.model, "states", message(view));
  await frames();
  for (const facet of [0, 1]) {
    expect(chips(view, facet)).toEqual(["unit 0 −0.1000", "unit 1 0.1000", "unit 2 0.0000"]);
    expect(within(view, ".rnnviz-units-count", facet).textContent).toBe("3 units");
    const options = [...within<HTMLSelectElement>(view, "select", facet).options];
    expect(options.map(({ value }) => value)).toEqual(LAYERS);
  }
  // The colours of the strip are those of the states, and rows stand in the order of the reply.
  const at = ({ x, y }: { x: number; y: number }) => pixel(view, x, y);
  expect(TEXT[2]).toBe("v");
  expect(at(cell(2, 2))).toBe(css(PALETTE.rising[STEPS]!.background));
  expect(at(cell(0, 0))).toBe(coloursOf(0)[0]);
  expect(at(cell(0, 1))).toBe(coloursOf(1)[0]);
  expect(at(cell(5, 2))).toBe(css([255, 255, 255]));
  open(view)?.click();
  expect(view.root().querySelector(".rnnviz-units, .rnnviz-units-choices")).toBeNull();
  expect(lastAsk(view.model, "states").around).toBeNull();
  const asks = newAsks(view.model, "states").length;
  point(view.span(6));
  await view.shown(6);
  expect(newAsks(view.model, "states").length).toBe(asks);
});

it("has the unit that is pointed at colour the text, says so, and gives the text back", async () => {
  const view = await filled();
  const before = colours(view);
  pointAtCell(view, 7, 1);
  await view.shown(7);
  expect(colours(view)).toEqual(coloursOf(1));
  expect(label(view)).toBe(
    "Unit 1, hidden of layer 0 of lstm, colours the text, not connectivity: −0.2000 at “d”, character 8; from −0.5000 to 0.5000, mean 0.0000.",
  );
  expect(view.facet(0).hasAttribute("data-coloured")).toBe(true);
  // That of the other model shows connectivity still.
  expect(view.facet(1).hasAttribute("data-coloured")).toBe(false);
  leaveStrip(view);
  await reached();
  expect(view.facet(0).hasAttribute("data-coloured")).toBe(false);
  point(view.span(4));
  await view.shown(4);
  expect(colours(view)).toEqual(before);
  // A press keeps it.
  pointAtCell(view, 4, 2);
  pointAtCell(view, 4, 2, "click");
  leaveStrip(view);
  await reached();
  point(view.span(9));
  await view.shown(9);
  expect(colours(view)).toEqual(coloursOf(2));
  const back = within<HTMLButtonElement>(view, ".rnnviz-units-back");
  expect(getComputedStyle(back).visibility).toBe("visible");
  back.click();
  point(view.span(4));
  await view.shown(4);
  expect(colours(view)).toEqual(before);
  expect(getComputedStyle(back).visibility).toBe("hidden");
});

it("follows the pointer over the text, pinned or not", async () => {
  const view = await filled();
  point(view.span(2));
  await view.shown(2);
  expect(chips(view)[0]).toBe("unit 2 1.0000");
  point(view.span(2), "click");
  await vi.waitFor(() => expect(view.root().hasAttribute("data-pinned")).toBe(true));
  pointAtCell(view, 6, 0);
  await reached();
  // What is pinned stays, and the column that is pointed at is marked.
  expect(view.root().dataset["shown"]).toBe("2");
  const mark = css(PALETTE.muted);
  expect([pixel(view, cell(6, 0).x, 18), pixel(view, cell(7, 0).x, 18)]).toEqual([
    mark,
    css([255, 255, 255]),
  ]);
  leaveStrip(view);
  await reached();
  point(view.span(7));
  await frames();
  expect(pixel(view, cell(7, 0).x, 18)).toBe(mark);
});

it("is walked through by keyboard, and says where it is once", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const view = await filled();
    const spoken = () => view.el.querySelector(".rnnviz-units-choices .rnnviz-spoken")?.textContent;
    strip(view).focus();
    key(view, "ArrowDown");
    key(view, "ArrowDown");
    key(view, "ArrowRight");
    await view.shown(5);
    expect(colours(view)).toEqual(coloursOf(1));
    expect(spoken()).toBe("");
    vi.advanceTimersByTime(400);
    expect(spoken()).toBe("Unit 1: 0.0000 at “c”, character 6.");
    key(view, "Home");
    await view.shown(0);
    key(view, "PageDown");
    expect(colours(view)).toEqual(coloursOf(2));
    key(view, "Enter");
    vi.advanceTimersByTime(400);
    expect(spoken()).toBe("Unit 2 colours the text.");
    key(view, "Escape");
    vi.advanceTimersByTime(400);
    expect(spoken()).toBe("The text shows connectivity.");
    expect(view.facet(0).hasAttribute("data-coloured")).toBe(false);
    key(view, "End");
    await view.shown(TEXT.length - 1);
  } finally {
    vi.useRealTimers();
  }
});

it("shows a unit from the chips of the strongest", async () => {
  const view = await filled();
  point(view.span(2));
  await view.shown(2);
  const [chip] = view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-unit-chip");
  chip?.dispatchEvent(new PointerEvent("pointerenter", { pointerType: "mouse" }));
  await reached();
  expect(colours(view)).toEqual(coloursOf(2));
  chip?.click();
  expect(chip?.getAttribute("aria-pressed")).toBe("true");
  chip?.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "mouse" }));
  await reached();
  expect(colours(view)).toEqual(coloursOf(2));
});

it("shows another layer, in another order, or each unit on a scale of its own", async () => {
  const view = await filled();
  const select = within<HTMLSelectElement>(view, "select", 1);
  select.value = LAYERS[1] ?? "";
  select.dispatchEvent(new Event("change"));
  expect(lastAsk(view.model, "states").layers).toEqual([null, LAYERS[1]]);
  const gates = windowOf({ values: VALUES.map(() => [9000, 100]), layer: 1 });
  const facets = [windowOf({ values: VALUES }), gates];
  reply(view.model, "states", message(view, {}, { facets }));
  await frames();
  expect(chips(view, 1)).toEqual(["unit 0 0.9000", "unit 1 0.0100"]);
  const ends = () =>
    [...view.facet(1).querySelectorAll(".rnnviz-units-legend .rnnviz-legend-end")].map(
      (end) => end.textContent,
    );
  expect(ends()).toEqual(["0", "1"]);
  const choose = (name: string) =>
    view.el.querySelector<HTMLElement>(`.rnnviz-units-choices [data-choice="${name}"]`)?.click();
  choose("unit");
  expect(ends()).toEqual(["0", "its largest"]);
  choose("number");
  expect(lastAsk(view.model, "states").order).toBe("number");
  reply(view.model, "states", message(view, { order: [2, 1, 0] }, { by: "number" }));
  await frames();
  const { x, y } = cell(2, 0);
  expect(pixel(view, x, y)).toBe(css(PALETTE.rising[STEPS]!.background));
});

it("asks for what comes into view of a long text, and for a unit’s curve", async () => {
  const text = "long ".repeat(400);
  const view = show(
    await filledModel({ text }, { position: 4 }),
    document.body,
    () => MODULE,
    ENTRIES,
  );
  view.el.style.width = "900px";
  await view.shown(4);
  open(view)?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "states")?.around).toBe(4));
  const steps = (count: number) => Array.from({ length: count }, (_, n) => [n, -n]);
  const windowAt = (start: number, more: Partial<WindowOptions> = {}) =>
    message(view, { values: steps(200), start, ...more });
  reply(view.model, "states", windowAt(0));
  await frames();
  const asks = newAsks(view.model, "states").length;
  strip(view).scrollLeft = 10_000;
  await vi.waitFor(() => expect(lastAsk(view.model, "states").around).toBeGreaterThan(990));
  expect(newAsks(view.model, "states").length).toBe(asks + 1);
  expect(strip(view, 1).scrollLeft).toBe(10_000);
  // Until it comes those cells are hatched in the colour of what is not known.
  await frames();
  expect(pixel(view, 300, 30)).toBe(css(PALETTE.hatch));
  reply(view.model, "states", windowAt(950));
  await frames();
  expect(pixel(view, 300, 30)).not.toBe(css(PALETTE.hatch));
  // A unit colours the text as far as its states are here, then all of it.
  pointAtCell(view, 10, 1);
  await vi.waitFor(() => expect(lastAsk(view.model, "states").curves).toEqual([1, null]));
  expect(view.span(500).className).toContain("computing");
  const curve = Array.from({ length: text.length }, (_, n) => -n);
  reply(view.model, "states", windowAt(950, { curveOf: 1, curve }));
  await frames();
  expect(background(view.span(500))).toBe(css(PALETTE.falling[STEPS]!.background));
});

const dragged = (view: AnyView, from: number, to: number) => {
  pointAtCell(view, from, 0, "pointerdown");
  pointAtCell(view, to, 1);
  pointAtCell(view, to, 1, "pointerup");
  pointAtCell(view, to, 1, "click");
};

const BRUSHED = {
  ...{ start: 1, after: 3, selected: 2, when: "above the 0.9 quantile", compared: 9 },
  units: bytes(Uint8Array.from([0, 2])),
  low: bytes(Uint8Array.from([2])),
  matches: [
    {
      ...{ start: 5, after: 7, score: 0.75, held: 1, others: 4 },
      truth: { name: "le<b>", p: 0.25, rank: 2, reason: "the next token", rival: null },
    },
    { start: 9, after: 10, score: 0.5, held: 1, others: 0, truth: null },
  ],
};

it("finds the units that are on where the strip is brushed, and goes to where else they are", async () => {
  const view = await filled();
  dragged(view, 2, 1);
  expect(view.model.get("brush")).toEqual([1, 3]);
  await frames();
  expect(lastAsk(view.model, "states")).toMatchObject({ brush: [1, 3], values: false });
  reply(view.model, "states", message(view, { values: VALUES, brushed: BRUSHED }));
  await frames();
  const words = () => within(view, ".rnnviz-unit-matches-words").textContent;
  expect(words()).toBe(
    "2 units are on exactly at “dv” and off before it (on: above the 0.9 quantile); the 2 best of 9 other places:",
  );
  const units = [...view.facet(0).querySelectorAll(".rnnviz-unit-matches-units .rnnviz-unit-chip")];
  expect(units.map((unit) => unit.textContent)).toEqual(["unit 0 high", "unit 2 low"]);
  const matches = [...view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-unit-match")];
  expect(matches[0]?.querySelector(".rnnviz-unit-match-text")?.textContent).toBe("advanced le");
  expect(matches[0]?.querySelector("strong")?.textContent).toBe("ce");
  expect(matches[0]?.querySelector(".rnnviz-unit-match-units")?.textContent).toBe("1 of 2");
  expect(matches[0]?.querySelector(".rnnviz-unit-match-then")?.textContent).toMatch(
    /^predicts .+ %; true is le<b> 25\.0 %$/,
  );
  // They are marked in the strip too: rows, the brushed characters, and the places.
  const mark = css(PALETTE.mark);
  expect([0, 1, 2].map((row) => pixel(view, 43, cell(0, row).y) === mark)).toEqual([
    true,
    false,
    true,
  ]);
  const letters = [0, 1, 2, 3, 5, 6, 7].map((p) => pixel(view, cell(p, 0).x + 3, 18) === mark);
  expect(letters).toEqual([false, true, true, false, true, true, false]);
  matches[0]?.click();
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(6));
  units[1]?.dispatchEvent(new PointerEvent("pointerenter"));
  await reached();
  expect(colours(view)).toEqual(coloursOf(2));
  units[1]?.dispatchEvent(new PointerEvent("pointerleave"));
  // Escape clears the brush.
  key(view, "Escape");
  await vi.waitFor(() => expect(view.model.get("brush")).toBeNull());
  await frames();
  expect(within(view, ".rnnviz-unit-matches").hidden).toBe(true);
  expect(lastAsk(view.model, "states").brush).toBeNull();
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
  check: "With unit 2 set to mean, 62% of the link is gone.",
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
    "The memory of “v”, character 3, on its way to the output at “n”, character 5. At each step the sum over all units is the connectivity, 0.125, to 3e-15 of it.",
  );
  expect(part("check").textContent).toBe(ROUTED.check);
  expect([...part("names").children].map((one) => one.textContent)).toEqual([
    "hidden of layer 0 of lstm 100.0 %",
    "cell of layer 0 of lstm 0.0 %",
    "37.5 % straight through gates",
  ]);
  expect(part("river").querySelectorAll("path")).toHaveLength(2);
  expect(part("river").querySelector("svg")?.getAttribute("aria-label")).toContain("lstm: 100.0 %");
  const chipOf = (n: number) =>
    view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-unit-route .rnnviz-unit-chip")[n];
  expect(chipOf(1)?.textContent).toBe(`unit 1 −25.0 % · ${LAYERS[1]}`);
  chipOf(0)?.click();
  expect(label(view)).toMatch(/^Unit 2, hidden of layer 0/);
  chipOf(1)?.click();
  expect(lastAsk(view.model, "states").layers).toEqual([LAYERS[1], null]);
  const other = windowOf({ values: VALUES, layer: 1, route: ROUTED });
  reply(view.model, "states", message(view, {}, { facets: [other, other] }));
  await frames();
  expect(label(view)).toMatch(/^Unit 1, forget of layer 0/);
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

it("says where no unit is on, and why it can’t be told", async () => {
  const view = await filled();
  dragged(view, 3, 4);
  await frames();
  const none = { selected: 0, units: bytes(new Uint8Array()), low: bytes(new Uint8Array()) };
  const empty = { ...BRUSHED, ...none, start: 3, after: 5, matches: [] };
  reply(view.model, "states", message(view, { values: VALUES, brushed: empty }));
  const words = () => within(view, ".rnnviz-unit-matches-words").textContent;
  expect(words()).toBe(
    "No unit is on exactly at “an”: above the 0.9 quantile. Brush fewer characters, or others.",
  );
  // The reply to an earlier brush is not shown as that to a later one.
  dragged(view, 7, 8);
  await frames();
  expect(within(view, ".rnnviz-unit-matches").hidden).toBe(true);
  const failed = { ...windowOf({ values: VALUES }), brush_error: "states must be finite; got nan" };
  reply(view.model, "states", message(view, {}, { facets: [failed, failed] }));
  expect(words()).toBe("states must be finite; got nan");
});

it("says what a model has not, what is refused, and that nothing comes", async () => {
  const view = await opened();
  const error = "no layer of Mixer has states; its modules are mix";
  const facets = [{ error }, windowOf({ values: VALUES })];
  reply(view.model, "states", message(view, {}, { facets }));
  expect(within(view, ".rnnviz-units-error").textContent).toBe(error);
  expect(within(view, ".rnnviz-units-content").hidden).toBe(true);
  expect(chips(view, 1)).toHaveLength(3);
  refuse(view.model, "states", "layers must have an entry for each model");
  expect(status(view)).toBe("layers must have an entry for each model");
  // Another view of the widget may ask for other states.
  reply(view.model, "states", { ...message(view), serial: 77 });
  expect(within(view, ".rnnviz-units-error").textContent).toBe(error);
});

it("is readable by who does not see it: a table, names, and no fault that axe finds", async () => {
  const view = await filled();
  const table = within<HTMLDetailsElement>(view, "details");
  table.open = true;
  await vi.waitFor(() => expect(table.querySelectorAll("tbody tr")).toHaveLength(3));
  expect(table.querySelector("caption")?.textContent).toBe(
    "hidden of layer 0 of lstm, at “n”, character 5",
  );
  const first = [...(table.querySelector("tbody tr")?.children ?? [])].map((c) => c.textContent);
  expect(first).toEqual(["0", "−0.1000", "0.0000", "−0.5000", "0.5000"]);
  for (const ground of ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]) {
    document.body.style.background = ground;
    await frames();
    const { violations } = await axe.run(view.el);
    expect(violations.map(({ id, nodes }) => [id, nodes.map((one) => one.html)])).toEqual([]);
  }
  document.body.style.background = "";
});

it("stays within 320 pixels", async () => {
  const view = await filled();
  view.el.style.width = "320px";
  await vi.waitFor(() => expect(strip(view).clientWidth).toBeLessThanOrEqual(320));
  await frames();
  const right = view.el.getBoundingClientRect().right + 1;
  const beyond = [
    ...view.el.querySelectorAll<HTMLElement>(".rnnviz-units *, .rnnviz-units-choices *"),
  ]
    .filter((el) => el.closest(".rnnviz-strip") === null || el.matches(".rnnviz-strip"))
    .filter((el) => el.getBoundingClientRect().right > right);
  expect(beyond.map((el) => el.className)).toEqual([]);
});

it("shows in a page without a kernel what was open when it was saved", async () => {
  const scene = sceneMessage({});
  const state = {
    position: 4,
    pinned: null,
    _scene: scene,
    _rows: await rowsMessage(
      TEXT.length,
      [0, 1].map((i) => allRows(i, TEXT.length)),
    ),
    _answer: {},
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
    _opened: ["states"],
    _reply: { states: { ...message(null), number: 1 } },
  };
  const view = show(new PageModel(state), document.body, () => MODULE, ENTRIES);
  await view.shown(4);
  await vi.waitFor(() => expect(chips(view)).toHaveLength(3));
  expect(status(view)).toBe(
    "Without a kernel there is only what was shown when this page was saved.",
  );
  expect(within<HTMLSelectElement>(view, "select").disabled).toBe(true);
  pointAtCell(view, 7, 1);
  await view.shown(7);
  expect(colours(view)).toEqual(coloursOf(1));
});
