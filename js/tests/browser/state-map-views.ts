import { expect, vi } from "vitest";
import { css, makePalette } from "../../src/core/color";
import { ModulesHere } from "../../src/hosts/page-modules";
import type { HostModel } from "../../src/hosts/position-sync";
import { type MapWindow, windowOfAll } from "../../src/state/map-window";
import { INSTRUMENTS } from "../../src/views/instruments";
import places from "../../src/views/place-line.css?raw";
import { makeStateMap } from "../../src/views/state-map";
import style from "../../src/views/state-map.css?raw";
import { lastAsk, reply } from "../asks";
import { type MapOptions, mapOf, mapsOf } from "../state-maps";
import { background, controls, filledModel, frames, show, TEXT, type View } from "./helpers";

export const MODULE = new ModulesHere({
  map: { make: makeStateMap, style: style + places },
} as never);
export const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "map");
export const PALETTE = makePalette([255, 255, 255], true);
export const WIDTH = 700;

/** The points of the text lie on an arc, those of a corpus of three characters to the right of it. */
export const PLACES = Array.from(TEXT, (_, p) => {
  const angle = (Math.PI * p) / (TEXT.length - 1);
  return [Math.round(-5000 * Math.cos(angle)), Math.round(4000 * Math.sin(angle))] as const;
});
const FURTHER = [
  [7000, 0],
  [7000, 1000],
  [7000, 2000],
] as const;
export const CHARACTERS = Array.from(TEXT);
export const NEAR = Object.fromEntries(
  CHARACTERS.map((_, p) => [
    p,
    [
      [(p + 5) % 11, 0.9],
      [12, 0.5],
      [(p + 6) % 11, -0.25],
    ] as const,
  ]),
);
export const OPTIONS: MapOptions = {
  places: [...PLACES, ...FURTHER],
  own: TEXT.length,
  symbols: [...CHARACTERS, "x", "y", "z"],
  predicted: [...CHARACTERS, "y", "z", "x"],
  truth: [...CHARACTERS.slice(1), "", "y", "z", ""],
  loss: [...CHARACTERS.map((_, p) => p / 4), 0.5, 1, Number.NaN],
  corpus: "xyz",
  starts: [0],
  near: NEAR,
};

type AnyView = View<HostModel>;

export const message = (view: View | null, one: MapOptions = OPTIONS, more: object = {}) => {
  const serial = view === null ? 1 : lastAsk(view.model, "map").serial;
  return mapsOf([mapOf(one), mapOf(one)], { serial, ...more });
};
export const open = (view: AnyView) =>
  [...controls(view).querySelectorAll("button")].find((one) => one.textContent === "map");
export const within = <El extends HTMLElement>(view: AnyView, selector: string, facet = 0) =>
  view.facet(facet).querySelector<El>(selector)!;
export const plane = (view: AnyView) => within(view, ".rnnviz-map-plane");
export const words = (view: AnyView, name: string) =>
  within(view, `.rnnviz-map-${name}`).textContent;
export const status = (view: AnyView) => view.el.querySelector(".rnnviz-map-status")?.textContent;
export const colours = (view: AnyView) => CHARACTERS.map((_, p) => background(view.span(p)));
export const near = (view: AnyView) => [
  ...within(view, ".rnnviz-map-near .rnnviz-place-list").querySelectorAll<HTMLElement>(
    "li > button",
  ),
];

export async function opened(traits = {}): Promise<View> {
  const view = show(
    await filledModel({}, { position: 4, ...traits }),
    document.body,
    () => MODULE,
    ENTRIES,
  );
  view.el.style.width = `${WIDTH}px`;
  await view.shown(4);
  open(view)?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "map")?.wanted).toBe(true));
  return view;
}

export async function filled(one: MapOptions = OPTIONS, traits = {}): Promise<View> {
  const view = await opened(traits);
  reply(view.model, "map", message(view, one));
  await frames();
  return view;
}

/** Where all points are seen in the box. */
export function windowOf(view: AnyView): MapWindow {
  const { clientWidth: width, clientHeight: height } = plane(view);
  const all = OPTIONS.places;
  const column = (axis: 0 | 1) => Float32Array.from(all, (place) => place[axis] / 1000);
  return windowOfAll(column(0), column(1), { width, height });
}

export function placeOf(view: AnyView, n: number): readonly [number, number] {
  const [x, y] = OPTIONS.places[n] ?? [0, 0];
  const { left, top, scale } = windowOf(view);
  return [left + (scale * x) / 1000, top - (scale * y) / 1000];
}

export function pointer(
  view: AnyView,
  type: string,
  [x, y]: readonly [number, number],
  more = {},
): void {
  const box = within(view, ".rnnviz-map-marks").getBoundingClientRect();
  const at = { clientX: box.left + x, clientY: box.top + y };
  const event = { bubbles: true, pointerType: "mouse", button: 0, ...at, ...more };
  plane(view).dispatchEvent(new PointerEvent(type, event));
}

export const key = (view: AnyView, name: string) =>
  plane(view).dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }),
  );

/** Chooses what dragging does. */
export const dragging = (view: AnyView, mode: "lasso" | "rectangle" | "move") =>
  view.el.querySelector<HTMLElement>(`.rnnviz-map-choices [data-choice="${mode}"]`)?.click();

/** The middle of all pixels of a colour in a canvas, in CSS pixels; null: there is none. */
export function middleOf(view: AnyView, canvas: string, color: string): [number, number] | null {
  const el = within<HTMLCanvasElement>(view, `.rnnviz-map-${canvas}`);
  const { data, width } = el.getContext("2d")!.getImageData(0, 0, el.width, el.height);
  const ratio = el.width / el.clientWidth;
  let [left, top, right, bottom] = [1e9, 1e9, -1, -1];
  for (let n = 0; n < data.length; n += 4) {
    if (data[n + 3] !== 255 || css([data[n]!, data[n + 1]!, data[n + 2]!]) !== color) continue;
    const [x, y] = [(n / 4) % width, Math.floor(n / 4 / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return right < 0 ? null : [(left + right + 1) / 2 / ratio, (top + bottom + 1) / 2 / ratio];
}

export function expectAt(found: readonly number[] | null, place: readonly [number, number]): void {
  expect(found).not.toBeNull();
  expect(Math.abs(found![0]! - place[0])).toBeLessThan(1.1);
  expect(Math.abs(found![1]! - place[1])).toBeLessThan(1.1);
}

export const withoutPath = async (view: AnyView) => {
  view.el.querySelector<HTMLElement>(".rnnviz-map-choices .rnnviz-toggle")?.click();
  await frames();
};
