import { expect, vi } from "vitest";
import { css, makePalette, STEPS } from "../../src/core/color";
import { ModulesHere } from "../../src/hosts/page-modules";
import type { HostModel } from "../../src/hosts/position-sync";
import { INSTRUMENTS } from "../../src/views/instruments";
import places from "../../src/views/place-line.css?raw";
import { makeStates } from "../../src/views/states";
import style from "../../src/views/states.css?raw";
import acts from "../../src/views/unit-acts.css?raw";
import matches from "../../src/views/unit-matches.css?raw";
import { lastAsk, reply } from "../asks";
import { type WindowOptions, windowOf } from "../unit-windows";
import { background, controls, filledModel, frames, NONE, show, TEXT, type View } from "./helpers";

export const MODULE = new ModulesHere({
  states: { make: makeStates, style: style + matches + places + acts },
} as never);
export const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "states");
export const PALETTE = makePalette([255, 255, 255], true);

/** Unit 0 rises over the text, unit 1 is the opposite of it, and unit 2 is on at "v" only. */
export const VALUES = Array.from(TEXT, (character, p) => [
  1000 * p - 5000,
  5000 - 1000 * p,
  character === "v" ? 10000 : 0,
]);

export type AnyView = View<HostModel>;

export function message(view: View | null, one: Partial<WindowOptions> = {}, more = {}) {
  const serial = view === null ? 1 : lastAsk(view.model, "states").serial;
  const facet = windowOf({ values: VALUES, ...one });
  return {
    epoch: 1,
    serial,
    first: 0,
    after: TEXT.length,
    by: "similar",
    models: [0, 1],
    facets: [facet, facet],
    ...more,
  };
}

export const open = (view: AnyView) =>
  [...controls(view).querySelectorAll("button")].find((one) => one.textContent === "inside");
export const within = <El extends HTMLElement>(view: AnyView, selector: string, facet = 0) =>
  view.facet(facet).querySelector<El>(selector)!;
export const label = (view: AnyView, facet = 0) =>
  within(view, ".rnnviz-units-said", facet).textContent;
export const status = (view: AnyView) => view.el.querySelector(".rnnviz-units-status")?.textContent;
export const chips = (view: AnyView, facet = 0) =>
  [...view.facet(facet).querySelectorAll<HTMLElement>(".rnnviz-unit-chip:not([hidden])")].map(
    (chip) => chip.textContent,
  );
export const strip = (view: AnyView, facet = 0) => within(view, ".rnnviz-strip", facet);
export const colours = (view: AnyView, facet = 0) =>
  Array.from(TEXT, (_, p) => background(view.span(p, facet)));

/** What the text is coloured as where a unit colours it. */
export const coloursOf = (unit: number) =>
  VALUES.map((states) => {
    const step = Math.round(((states[unit] ?? 0) / 10000) * STEPS);
    if (step === 0) return NONE;
    return css((step < 0 ? PALETTE.falling[-step] : PALETTE.rising[step])!.background);
  });

/** The colour of the strip's canvas at a place in its box. */
export function pixel(view: AnyView, x: number, y: number, facet = 0): string {
  const canvas = strip(view, facet).querySelector("canvas")!;
  const ratio = canvas.width / canvas.getBoundingClientRect().width;
  const [r = 0, g = 0, b = 0] = canvas
    .getContext("2d")!
    .getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data;
  return css([r, g, b]);
}

/** The middle of the cell of a character and the row of a unit, in the strip. */
export const cell = (p: number, row: number) => ({ x: 46 + 10 * p + 5, y: 20 + 16 * row + 8 });

export function pointAtCell(view: AnyView, p: number, row: number, type = "pointermove"): void {
  const box = strip(view).getBoundingClientRect();
  const { x, y } = cell(p, row);
  const at = { clientX: box.left + x, clientY: box.top + y };
  strip(view).dispatchEvent(new PointerEvent(type, { bubbles: true, pointerType: "mouse", ...at }));
}

export function leaveStrip(view: AnyView): void {
  strip(view).dispatchEvent(new PointerEvent("pointerleave"));
}

/** What the pointer is at has reached the text, a frame after the strip. */
export async function reached(): Promise<void> {
  await frames();
  await frames();
}

export const key = (view: AnyView, name: string) =>
  strip(view).dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }),
  );

export async function opened(traits = {}, position = 4, scene = {}): Promise<View> {
  const view = show(
    await filledModel(scene, { position, ...traits }),
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

export async function filled(
  traits = {},
  one: Partial<WindowOptions> = {},
  scene = {},
): Promise<View> {
  const view = await opened(traits, 4, scene);
  reply(view.model, "states", message(view, one));
  await frames();
  return view;
}

export const dragged = (view: AnyView, from: number, to: number) => {
  pointAtCell(view, from, 0, "pointerdown");
  pointAtCell(view, to, 1);
  pointAtCell(view, to, 1, "pointerup");
  pointAtCell(view, to, 1, "click");
};
