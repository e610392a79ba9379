/** The map of states: where its points are, what is hovered in the text and in it, and what a region lights. */
import { expect, it, vi } from "vitest";
import { css, STEPS } from "../../src/core/color";
import { isInside, type Polygon } from "../../src/state/point-grid";
import { lastAsk, newAsks, reply } from "../asks";
import { FACTS, mapOf, SOURCES } from "../state-maps";
import { frames, hover, leave, NONE, point, TEXT } from "./helpers";
import {
  CHARACTERS,
  colours,
  expectAt,
  filled,
  key,
  message,
  middleOf,
  NEAR,
  near,
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
  withoutPath,
  words,
} from "./state-map-views";

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
  // The list stays while the pointer goes there, and along it.
  const listed = near(view);
  pointer(view, "pointermove", [1, 1]);
  leave(plane(view));
  await frames();
  hover(listed[0]!);
  await frames();
  leave(listed[0]!);
  hover(listed[2]!);
  await frames();
  expect(near(view)).toEqual(listed);
  expectAt(middleOf(view, "marks", css(PALETTE.ink)), placeOf(view, 5));
  leave(listed[2]!);
  leave(within(view, ".rnnviz-map-content"));
  await frames();
  expect(near(view)[0]).not.toBe(listed[0]);
  pointer(view, "pointermove", placeOf(view, 12));
  await frames();
  // A press on a point of the text, or on a line of the list, pins its character.
  near(view)[2]?.click();
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(5));
  pointer(view, "click", placeOf(view, 9));
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(9));
});

it("asks at once for the nearest that both models lack", async () => {
  const view = await opened();
  const lacking = { ...OPTIONS, near: {} };
  reply(view.model, "map", message(view, lacking));
  await vi.waitFor(() => expect(lastAsk(view.model, "map").near).toEqual([4, 4]));
  const asks = newAsks(view.model, "map").length;
  reply(view.model, "map", message(view));
  await frames();
  expect(newAsks(view.model, "map").length).toBe(asks);
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
