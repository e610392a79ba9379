/** Regions of maps between page and kernel: what is drawn is asked for, and what the kernel has is drawn. */
import { expect, it, vi } from "vitest";
import { css, STEPS } from "../../src/core/color";
import { isInside, type Polygon } from "../../src/state/point-grid";
import { lastAsk, newAsks, reply } from "../asks";
import { SOURCES } from "../state-maps";
import { frames, NONE } from "./helpers";
import {
  colours,
  filled,
  key,
  message,
  OPTIONS,
  open,
  opened,
  PALETTE,
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
