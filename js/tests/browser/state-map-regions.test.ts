/** Regions of maps between page and kernel: what is drawn is asked for, and what the kernel has is drawn. */
import { expect, it, vi } from "vitest";
import { css, STEPS } from "../../src/core/color";
import { squareAround } from "../../src/state/map-window";
import { isInside, type Polygon } from "../../src/state/point-grid";
import { lastAsk, newAsks, reply } from "../asks";
import { SOURCES } from "../state-maps";
import { frames, NONE } from "./helpers";
import {
  colours,
  dragging,
  filled,
  key,
  message,
  OPTIONS,
  open,
  opened,
  PALETTE,
  PLACES,
  placeOf,
  plane,
  pointer,
  windowOf,
  within,
  words,
} from "./state-map-views";

/** Around the points of the first two characters, "ad". */
const CORNERS: Polygon = [
  [-5.6, -0.6],
  [-5.6, 1.6],
  [-4.4, 1.6],
  [-4.4, -0.6],
];
const LIT = css(PALETTE.rising[Math.round(0.3 * STEPS)]!.background);
const ONLY_AD = Array.from({ length: 11 }, (_, n) => (n < 2 ? LIT : NONE));
const region = (more: object = {}) => ({
  facet: 0,
  source: SOURCES[1],
  method: "pca",
  x: CORNERS.map(([x]) => x),
  y: CORNERS.map(([, y]) => y),
  ...more,
});
const regions = (...each: object[]) => ({ epoch: 1, serial: 0, regions: each });

async function draw(view: Awaited<ReturnType<typeof filled>>): Promise<void> {
  const { left, top, scale } = windowOf(view);
  const pixels = CORNERS.map(([x, y]) => [left + scale * x, top - scale * y] as const);
  pointer(view, "pointerdown", pixels[0]!);
  for (const corner of pixels) pointer(view, "pointermove", corner);
  window.dispatchEvent(new PointerEvent("pointerup"));
  await frames();
}

it("tells the kernel once of a region that is drawn, and when it is cleared", async () => {
  const view = await filled();
  await draw(view);
  await vi.waitFor(() => expect(newAsks(view.model, "map_regions")).toHaveLength(1));
  const [{ x, y, ...sent }] = lastAsk(view.model, "map_regions").regions;
  expect(sent).toEqual({ facet: 0, source: SOURCES[1], method: "pca" });
  const sentCorners: Polygon = x.map((one: number, n: number) => [one, y[n]] as const);
  const inside = OPTIONS.places.map(([px, py]) => isInside(px / 1000, py / 1000, sentCorners));
  expect(inside.flatMap((on, n) => (on ? n : []))).toEqual([0, 1]);
  expect(colours(view)).toEqual(ONLY_AD);
  // The kernel confirms it: nothing changes.
  const { serial } = lastAsk(view.model, "map_regions");
  reply(view.model, "map_regions", { ...regions(), serial });
  await frames();
  expect(colours(view)).toEqual(ONLY_AD);
  within(view, ".rnnviz-map-clear").click();
  await vi.waitFor(() => expect(lastAsk(view.model, "map_regions").regions).toEqual([]));
  // Nothing is there to be cleared.
  pointer(view, "click", [3, 3]);
  await frames();
  expect(newAsks(view.model, "map_regions")).toHaveLength(2);
});

const lit = (corners: Polygon) =>
  PLACES.map(([x, y]) => (isInside(x / 1000, y / 1000, corners) ? LIT : NONE));

it("draws a rectangle from corner to corner, of which the kernel has the corners", async () => {
  const view = await filled();
  dragging(view, "rectangle");
  const [x, y] = placeOf(view, 2);
  const [far] = placeOf(view, 6);
  const [from, to] = [
    [x - 8, 4],
    [far + 8, y + 8],
  ] as const;
  pointer(view, "pointerdown", from);
  // What lies between is no corner, also where the pointer turns back.
  for (const at of [[20, 20], [far + 90, y], to] as const) pointer(view, "pointermove", at);
  window.dispatchEvent(new PointerEvent("pointerup"));
  await vi.waitFor(() => expect(newAsks(view.model, "map_regions")).toHaveLength(1));
  const { left, top, scale } = windowOf(view);
  const [x0, y0] = [(from[0] - left) / scale, (top - from[1]) / scale];
  const [x1, y1] = [(to[0] - left) / scale, (top - to[1]) / scale];
  const [sent] = lastAsk(view.model, "map_regions").regions;
  const expected = { x: [x0, x1, x1, x0], y: [y0, y0, y1, y1] };
  for (const axis of ["x", "y"] as const) {
    expect(sent[axis]).toHaveLength(4);
    for (const n of [0, 1, 2, 3]) expect(sent[axis][n]).toBeCloseTo(expected[axis][n] ?? 0, 1);
  }
  const corners = sent.x.map((one: number, n: number) => [one, sent.y[n]] as const);
  const colored = lit(corners);
  expect(colored.filter((one) => one === LIT)).toHaveLength(5);
  expect(colours(view)).toEqual(colored);
  // A lasso along the same way has nothing inside.
  dragging(view, "lasso");
  pointer(view, "pointerdown", from);
  pointer(view, "pointermove", to);
  window.dispatchEvent(new PointerEvent("pointerup"));
  await frames();
  expect(colours(view)).not.toEqual(colored);
});

it("selects a square around the point shown by keys, where a rectangle is chosen", async () => {
  const view = await filled();
  const choices = view.el.querySelector<HTMLElement>('[aria-label="dragging"]')!;
  const lasso = choices.querySelector<HTMLElement>('[aria-checked="true"]')!;
  expect(lasso.textContent).toBe("lasso");
  lasso.focus();
  lasso.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  expect(document.activeElement?.textContent).toBe("rectangle");
  plane(view).focus();
  const [x, y] = (PLACES[4] ?? [0, 0]).map((one) => one / 1000) as [number, number];
  let half = 28;
  for (const points of [1, 1, 1, 3]) {
    key(view, " ");
    await frames();
    const square = squareAround(windowOf(view), x, y, half);
    expect(lit(square).filter((one) => one === LIT)).toHaveLength(points);
    expect(colours(view)).toEqual(lit(square));
    half *= 1.5;
  }
});

it("draws what Python has set, where that map is shown, and clears it", async () => {
  const view = await filled();
  const before = colours(view);
  reply(view.model, "map_regions", regions(region()));
  await frames();
  expect(colours(view)).toEqual(ONLY_AD);
  expect(words(view, "region")).toMatch(/^2 points are in the region/);
  expect(newAsks(view.model, "map_regions")).toEqual([]);
  for (const other of [{ source: SOURCES[0] }, { method: "umap" }, { facet: 1 }]) {
    reply(view.model, "map_regions", regions(region(other)));
    await frames();
    expect(colours(view)).toEqual(before);
  }
  reply(view.model, "map_regions", regions(region()));
  await frames();
  expect(colours(view)).toEqual(ONLY_AD);
  reply(view.model, "map_regions", regions());
  await frames();
  expect(colours(view)).toEqual(before);
});

it("has the region again when the map is opened again", async () => {
  const view = await opened();
  reply(view.model, "map_regions", regions(region()));
  reply(view.model, "map", message(view));
  await frames();
  expect(colours(view)).toEqual(ONLY_AD);
  open(view)?.click();
  expect(colours(view)).not.toEqual(ONLY_AD);
  open(view)?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "map").wanted).toBe(true));
  reply(view.model, "map", message(view));
  await frames();
  expect(colours(view)).toEqual(ONLY_AD);
  expect(newAsks(view.model, "map_regions")).toEqual([]);
});

it("ends what was drawn here where the points become others, as when a corpus was read", async () => {
  const without = { ...OPTIONS, places: OPTIONS.places.slice(0, 11), corpus: "", starts: [] };
  const cut = (each: readonly string[] = []) => each.slice(0, 11);
  const own = {
    ...without,
    symbols: cut(OPTIONS.symbols),
    predicted: cut(OPTIONS.predicted),
    truth: cut(OPTIONS.truth),
    near: {},
  };
  const view = await filled(own);
  const before = colours(view);
  key(view, " ");
  await vi.waitFor(() => expect(lastAsk(view.model, "map_regions").regions).toHaveLength(1));
  reply(view.model, "map", message(view));
  await vi.waitFor(() => expect(lastAsk(view.model, "map_regions").regions).toEqual([]));
  expect(colours(view)).toEqual(before);
});
