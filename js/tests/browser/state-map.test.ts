/** The map of states: where its points are, what is hovered in the text and in it, and what a region lights. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { css, makePalette, STEPS } from "../../src/core/color";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import type { HostModel } from "../../src/hosts/position-sync";
import { type MapWindow, windowOfAll } from "../../src/state/map-window";
import { isInside, type Polygon } from "../../src/state/point-grid";
import { INSTRUMENTS } from "../../src/views/instruments";
import { makeStateMap } from "../../src/views/state-map";
import style from "../../src/views/state-map.css?raw";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import { allRows, rowsMessage, sceneMessage } from "../messages";
import { FACTS, type MapOptions, mapOf, mapsOf, SOURCES } from "../state-maps";
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

const MODULE = new ModulesHere({ map: { make: makeStateMap, style } } as never);
const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "map");
const PALETTE = makePalette([255, 255, 255], true);
const WIDTH = 700;

/** The points of the text lie on an arc, those of a corpus of three characters to the right of it. */
const PLACES = Array.from(TEXT, (_, p) => {
  const angle = (Math.PI * p) / (TEXT.length - 1);
  return [Math.round(-5000 * Math.cos(angle)), Math.round(4000 * Math.sin(angle))] as const;
});
const FURTHER = [
  [7000, 0],
  [7000, 1000],
  [7000, 2000],
] as const;
const CHARACTERS = Array.from(TEXT);
const NEAR = Object.fromEntries(
  CHARACTERS.map((_, p) => [
    p,
    [
      [(p + 5) % 11, 0.9],
      [12, 0.5],
      [(p + 6) % 11, -0.25],
    ] as const,
  ]),
);
const OPTIONS: MapOptions = {
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

const message = (view: View | null, one: MapOptions = OPTIONS, more: object = {}) => {
  const serial = view === null ? 1 : lastAsk(view.model, "map").serial;
  return mapsOf([mapOf(one), mapOf(one)], { serial, ...more });
};
const open = (view: AnyView) =>
  [...controls(view).querySelectorAll("button")].find((one) => one.textContent === "map");
const within = <El extends HTMLElement>(view: AnyView, selector: string, facet = 0) =>
  view.facet(facet).querySelector<El>(selector)!;
const plane = (view: AnyView) => within(view, ".rnnviz-map-plane");
const words = (view: AnyView, name: string) => within(view, `.rnnviz-map-${name}`).textContent;
const status = (view: AnyView) => view.el.querySelector(".rnnviz-map-status")?.textContent;
const colours = (view: AnyView) => CHARACTERS.map((_, p) => background(view.span(p)));
const near = (view: AnyView) => [
  ...within(view, ".rnnviz-map-near-list").querySelectorAll<HTMLElement>("li > button"),
];

async function opened(traits = {}): Promise<View> {
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

async function filled(one: MapOptions = OPTIONS, traits = {}): Promise<View> {
  const view = await opened(traits);
  reply(view.model, "map", message(view, one));
  await frames();
  return view;
}

/** Where all points are seen in the box. */
function windowOf(view: AnyView): MapWindow {
  const { clientWidth: width, clientHeight: height } = plane(view);
  const all = OPTIONS.places;
  const column = (axis: 0 | 1) => Float32Array.from(all, (place) => place[axis] / 1000);
  return windowOfAll(column(0), column(1), { width, height });
}

function placeOf(view: AnyView, n: number): readonly [number, number] {
  const [x, y] = OPTIONS.places[n] ?? [0, 0];
  const { left, top, scale } = windowOf(view);
  return [left + (scale * x) / 1000, top - (scale * y) / 1000];
}

function pointer(view: AnyView, type: string, [x, y]: readonly [number, number], more = {}): void {
  const box = within(view, ".rnnviz-map-marks").getBoundingClientRect();
  const at = { clientX: box.left + x, clientY: box.top + y };
  const event = { bubbles: true, pointerType: "mouse", button: 0, ...at, ...more };
  plane(view).dispatchEvent(new PointerEvent(type, event));
}

const key = (view: AnyView, name: string) =>
  plane(view).dispatchEvent(
    new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }),
  );

/** The middle of all pixels of a colour in a canvas, in CSS pixels; null: there is none. */
function middleOf(view: AnyView, canvas: string, color: string): [number, number] | null {
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

function expectAt(found: readonly number[] | null, place: readonly [number, number]): void {
  expect(found).not.toBeNull();
  expect(Math.abs(found![0]! - place[0])).toBeLessThan(1.1);
  expect(Math.abs(found![1]! - place[1])).toBeLessThan(1.1);
}

const withoutPath = async (view: AnyView) => {
  view.el.querySelector<HTMLElement>(".rnnviz-map-choices .rnnviz-toggle")?.click();
  await frames();
};

it("asks when it is opened, and says what is drawn; closed, nothing is left", async () => {
  const view = await opened();
  expect(lastAsk(view.model, "map")).toMatchObject({
    sources: [null, null],
    near: [null, null],
    method: "pca",
  });
  expect(within(view, ".rnnviz-map-content").hidden).toBe(true);
  reply(view.model, "map", message(view));
  await frames();
  expect(words(view, "facts")).toBe(`${FACTS}.`);
  expect(words(view, "here")).toBe("…adva[n]ced le…: predicts n; true is c 36.8 %");
  const [source, colouring] = [...view.facet(1).querySelectorAll("select")];
  expect([...source!.options].map(({ value }) => value)).toEqual(SOURCES);
  expect([...colouring!.options].map(({ text }) => text)).toEqual([
    "character",
    "predicted",
    "true class",
    "loss",
  ]);
  open(view)?.click();
  expect(view.root().querySelector(".rnnviz-map, .rnnviz-map-choices")).toBeNull();
  expect(lastAsk(view.model, "map").wanted).toBe(false);
  const asks = newAsks(view.model, "map").length;
  point(view.span(6));
  await view.shown(6);
  expect(newAsks(view.model, "map").length).toBe(asks);
});

it("moves the point shown to the projection of the state that is hovered in the text", async () => {
  const view = await filled();
  await withoutPath(view);
  for (const p of [4, 0, 7, 10]) {
    point(view.span(p));
    await view.shown(p);
    await frames();
    expectAt(middleOf(view, "marks", css(PALETTE.accent)), placeOf(view, p));
    // The nearest are listed with their texts.
    expect(near(view)[0]?.querySelector("strong")?.textContent).toBe(
      CHARACTERS[(p + 5) % 11]?.replace(" ", "␣") ?? "",
    );
    expect(near(view).map((one) => one.children[1]?.textContent)).toEqual([
      "0.900",
      "0.500",
      "−0.250",
    ]);
  }
  // While a character is pinned it follows the pointer all the same.
  point(view.span(4), "click");
  await vi.waitFor(() => expect(view.root().hasAttribute("data-pinned")).toBe(true));
  point(view.span(8));
  await frames();
  expectAt(middleOf(view, "marks", css(PALETTE.accent)), placeOf(view, 8));
});

it("shows in the text what is hovered in the map, and asks for the nearest of a corpus’ point", async () => {
  const view = await filled();
  await withoutPath(view);
  const [x, y] = placeOf(view, 2);
  pointer(view, "pointermove", [x + 3, y - 2]);
  await view.shown(2);
  pointer(view, "pointermove", placeOf(view, 12));
  await frames();
  expect(view.root().dataset["shown"]).toBe("2");
  expectAt(middleOf(view, "marks", css(PALETTE.ink)), placeOf(view, 12));
  expect(words(view, "here")).toBe("…x[y]z…, in the corpus: predicts z 36.8 %, which is true");
  await vi.waitFor(() => expect(lastAsk(view.model, "map").near).toEqual([12, null]));
  reply(
    view.model,
    "map",
    message(view, {
      ...OPTIONS,
      near: {
        ...NEAR,
        12: [
          [3, 0.75],
          [4, 0.5],
          [5, 0.25],
        ],
      },
    }),
  );
  await frames();
  expect(near(view).map((one) => one.querySelector("strong")?.textContent)).toEqual([
    "a",
    "n",
    "c",
  ]);
  // A press on a point of the text, or on a line of the list, pins its character.
  near(view)[2]?.click();
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(5));
  pointer(view, "click", placeOf(view, 9));
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(9));
});

it("lights exactly the characters whose points are in the region that is drawn", async () => {
  const view = await filled();
  const before = colours(view);
  const corners: Polygon = [
    [-5.6, -0.6],
    [-5.6, 3.4],
    [-1, 4.6],
    [-1.6, 2.5],
    [-3.4, -0.6],
  ];
  const { left, top, scale } = windowOf(view);
  const pixels = corners.map(([x, y]) => [left + scale * x, top - scale * y] as const);
  pointer(view, "pointerdown", pixels[0]!);
  for (const corner of pixels) pointer(view, "pointermove", corner);
  window.dispatchEvent(new PointerEvent("pointerup"));
  await frames();
  const inside = PLACES.map(([x, y]) => isInside(x / 1000, y / 1000, corners));
  const expected = inside.filter(Boolean).length;
  expect(expected).toBeGreaterThan(2);
  expect(expected).toBeLessThan(TEXT.length - 2);
  const lit = css(PALETTE.rising[Math.round(0.3 * STEPS)]!.background);
  expect(colours(view)).toEqual(inside.map((on) => (on ? lit : NONE)));
  expect(words(view, "region")).toBe(
    `${expected} points are in the region (a 2, d 1, v 1, n 1): ${expected} of the text’s 11 characters.`,
  );
  // The text of the other model keeps its colours.
  expect(view.facet(1).hasAttribute("data-coloured")).toBe(false);
  within<HTMLElement>(view, ".rnnviz-map-clear").click();
  await frames();
  expect(colours(view)).toEqual(before);
});

it("moves and grows by the pointer, and what is hovered stays true", async () => {
  const view = await filled();
  await withoutPath(view);
  const [x, y] = placeOf(view, 4);
  pointer(view, "pointerdown", [300, 200]);
  pointer(view, "pointermove", [340, 180], { shiftKey: true });
  window.dispatchEvent(new PointerEvent("pointerup"));
  await frames();
  expectAt(middleOf(view, "marks", css(PALETTE.accent)), [x + 40, y - 20]);
  const box = within(view, ".rnnviz-map-marks").getBoundingClientRect();
  const at = { clientX: box.left + x + 40, clientY: box.top + y - 20, ctrlKey: true };
  plane(view).dispatchEvent(new WheelEvent("wheel", { deltaY: -300, cancelable: true, ...at }));
  await frames();
  expectAt(middleOf(view, "marks", css(PALETTE.accent)), [x + 40, y - 20]);
  key(view, "0");
  await frames();
  expectAt(middleOf(view, "marks", css(PALETTE.accent)), [x, y]);
});

it("is walked through by keyboard, says where it is, and selects around the point shown", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const view = await filled();
    const spoken = () => view.el.querySelector(".rnnviz-map-choices .rnnviz-spoken")?.textContent;
    plane(view).focus();
    key(view, "ArrowRight");
    await view.shown(5);
    vi.advanceTimersByTime(400);
    expect(spoken()).toBe("“c”, character 6: predicts c; true is e 28.7 %.");
    key(view, "Home");
    await view.shown(0);
    key(view, " ");
    await frames();
    expect(words(view, "region")).toBe(
      "One point is in the region (a 1): 1 of the text’s 11 characters.",
    );
    for (let n = 0; n < 4; n++) key(view, " ");
    expect(words(view, "region")).toMatch(/^[23] points are in the region/);
    key(view, "Escape");
    expect(words(view, "region")).toMatch(/^Point at a place/);
    key(view, "Enter");
    await vi.waitFor(() => expect(view.model.get("pinned")).toBe(0));
  } finally {
    vi.useRealTimers();
  }
});

it("colours points by what is chosen, and maps something else", async () => {
  const places = Array.from({ length: 600 }, (_, n) => [n % 30, Math.floor(n / 30)] as const);
  const symbols = places.map((_, n) => (n < 300 ? "a" : "b"));
  const loss = places.map((_, n) => n / 600);
  const own = { own: TEXT.length, corpus: "x".repeat(589), starts: [0] };
  const view = await filled({ places, symbols, loss, truth: symbols, ...own });
  const legend = () =>
    [...view.facet(0).querySelectorAll(".rnnviz-map-legend .rnnviz-map-entry")].map(
      (entry) => entry.textContent,
    );
  expect(legend()).toEqual(["a", "b"]);
  const [source, colouring] = [...view.facet(0).querySelectorAll("select")];
  colouring!.value = "loss";
  colouring!.dispatchEvent(new Event("change"));
  await frames();
  expect(legend()).toEqual(["0", "≥ 0.95 nats"]);
  expect(middleOf(view, "points", css(PALETTE.rising[STEPS]!.background))).not.toBeNull();
  source!.value = SOURCES[0] ?? "";
  source!.dispatchEvent(new Event("change"));
  expect(lastAsk(view.model, "map").sources).toEqual([SOURCES[0], null]);
  const symbolsOnly = mapOf({
    places: [
      [0, 0],
      [10, 5],
      [3, 9],
    ],
    symbols: ["a", "d", "q"],
    own: 0,
    ofTokens: CHARACTERS.map((one) => (one === "a" ? 0 : 1)),
  });
  reply(view.model, "map", message(view, OPTIONS, { facets: [symbolsOnly, mapOf(OPTIONS)] }));
  await frames();
  expect(legend()).toEqual(["in the text", "others"]);
  expect(words(view, "here")).toBe("“d”");
});

it("says what a model has not, what is refused, and what is still to come", async () => {
  const view = await opened();
  const error = "no layer of Mixer has states";
  const facets = [{ error }, mapOf({ ...OPTIONS, waitsFor: "the corpus, of which 30% is read" })];
  reply(view.model, "map", message(view, OPTIONS, { facets }));
  await frames();
  expect(words(view, "error")).toBe(error);
  expect(within(view, ".rnnviz-map-content").hidden).toBe(true);
  expect(within(view, ".rnnviz-map-facts", 1).textContent).toBe(
    `${FACTS}. Still to come: the corpus, of which 30% is read.`,
  );
  refuse(view.model, "map", "sources must have an entry for each model");
  expect(status(view)).toBe("sources must have an entry for each model");
});

it("shows in a page without a kernel the map that was open, with its nearest", async () => {
  const state = {
    position: 4,
    pinned: null,
    _scene: sceneMessage({}),
    _rows: await rowsMessage(
      TEXT.length,
      [0, 1].map((i) => allRows(i, TEXT.length)),
    ),
    _answer: {},
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
    _opened: ["map"],
    _reply: { map: { ...message(null), number: 1 } },
  };
  const view = show(new PageModel(state), document.body, () => MODULE, ENTRIES);
  view.el.style.width = `${WIDTH}px`;
  await view.shown(4);
  await vi.waitFor(() => expect(near(view)).toHaveLength(3));
  expect(status(view)).toBe(
    "Without a kernel there is only what was shown when this page was saved.",
  );
  expect(within<HTMLSelectElement>(view, ".rnnviz-map-source").disabled).toBe(true);
  await withoutPath(view);
  pointer(view, "pointermove", placeOf(view, 7));
  await view.shown(7);
  await frames();
  expectAt(middleOf(view, "marks", css(PALETTE.accent)), placeOf(view, 7));
  pointer(view, "pointermove", placeOf(view, 12));
  expect(words(view, "near-words")).toBe("Which states are nearest here needs a kernel.");
});

it("has no fault that axe finds, and stays within 340 pixels", async () => {
  const view = await filled();
  for (const ground of ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]) {
    document.body.style.background = ground;
    await frames();
    const { violations } = await axe.run(view.el);
    expect(violations.map(({ id, nodes }) => [id, nodes.map((one) => one.html)])).toEqual([]);
  }
  document.body.style.background = "";
  view.el.style.width = "340px";
  await vi.waitFor(() => expect(plane(view).clientWidth).toBeLessThanOrEqual(340));
  await frames();
  const right = view.el.getBoundingClientRect().right + 1;
  const beyond = [...view.el.querySelectorAll<HTMLElement>(".rnnviz-map *, .rnnviz-map-choices *")]
    .filter((el) => el.closest(".rnnviz-map-near-text") === null)
    .filter((el) => el.getBoundingClientRect().right > right);
  expect(beyond.map((el) => el.className)).toEqual([]);
});
