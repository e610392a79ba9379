import { expect, it, vi } from "vitest";
import { css, STEPS } from "../../src/core/color";
import { lastAsk, newAsks, reply } from "../asks";
import { LAYERS, type WindowOptions, windowOf } from "../unit-windows";
import { background, frames, hover, leave, point, TEXT } from "./helpers";

import {
  cell,
  chips,
  colours,
  coloursOf,
  filled,
  key,
  label,
  leaveStrip,
  message,
  open,
  opened,
  PALETTE,
  pixel,
  pointAtCell,
  reached,
  strip,
  VALUES,
  within,
} from "./unit-strips";

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
    "Unit 1, hidden state, layer 0, colours the text, not connectivity: −0.2000 at “d”, character 8; from −0.5000 to 0.5000, mean 0.0000.",
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
  hover(chip!);
  await reached();
  expect(colours(view)).toEqual(coloursOf(2));
  chip?.click();
  expect(chip?.getAttribute("aria-pressed")).toBe("true");
  leave(chip!);
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
  const view = await opened({}, 4, { text });
  const steps = (count: number) => Array.from({ length: count }, (_, n) => [n, -n]);
  const windowAt = (start: number, more: Partial<WindowOptions> = {}) =>
    message(view, { values: steps(200), start, ...more });
  reply(view.model, "states", windowAt(0));
  await frames();
  const asks = newAsks(view.model, "states").length;
  strip(view).focus();
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
