/** The check: asked once the reader rests, drawn under each text, and in words. */

import axe from "axe-core";
import { expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import golden from "../../../tests/wire/check.json";
import { css, type Rgb } from "../../src/core/color";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import "../../src/views/check.css";
import { LATE, makeCheck, REST, SILENT } from "../../src/views/check";
import { spread } from "../../src/views/check-curve";
import { INSTRUMENTS } from "../../src/views/instruments";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import { sceneMessage } from "../messages";
import { controls, filledModel, frames, point, press, show, type View } from "./helpers";

const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "check");
const MODULES = new ModulesHere({ check: { make: makeCheck, style: "" } } as never);
const [WHOLE, PAIR, FAILED] = golden.message.facets;

/** A clock that stands until a test moves it. */
function stopClock(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
}

async function opened(parent?: HTMLElement): Promise<View> {
  const view = show(await filledModel(), parent, () => MODULES, ENTRIES);
  await view.shown(4);
  stopClock();
  view.span(4).closest<HTMLElement>("[role=application]")!.focus();
  await userEvent.keyboard("k");
  return view;
}

/** The reader rests: the check of what is shown is asked for. */
function rested(view: View) {
  vi.advanceTimersByTime(REST);
  return lastAsk(view.model, "check");
}

const answer = (view: View, position: number, facets: unknown[], more = {}) =>
  reply(view.model, "check", { epoch: 1, serial: 1, position, facets, ...more });
const figure = (view: View, facet: number) =>
  view.facet(facet).querySelector<HTMLElement>(".rnnviz-check-figure")!;
const status = (view: View) => view.el.querySelector(".rnnviz-check-status")!.textContent;

it("asks for nothing until it is opened, and then once the reader rests", async () => {
  const view = show(await filledModel(), document.body, () => MODULES, ENTRIES);
  await view.shown(4);
  stopClock();
  vi.advanceTimersByTime(10 * REST);
  expect(lastAsk(view.model, "check")).toBeUndefined();
  const button = [...controls(view).querySelectorAll("button")].find(
    (one) => one.textContent === "check",
  )!;
  button.click();
  vi.advanceTimersByTime(REST - 1);
  expect(lastAsk(view.model, "check")).toBeUndefined();
  vi.advanceTimersByTime(1);
  expect(lastAsk(view.model, "check")?.position).toBe(4);
  vi.advanceTimersByTime(10 * REST);
  expect(newAsks(view.model, "check")).toHaveLength(1);
});

it("draws a curve, a sentence and a table for each model, also one after the other", async () => {
  const view = await opened();
  rested(view);
  expect(status(view)).toBe("");
  vi.advanceTimersByTime(LATE);
  expect(status(view)).toBe("Running the models again…");
  answer(view, 4, [WHOLE]);
  expect(figure(view, 0).querySelectorAll("polyline")).toHaveLength(3);
  expect(figure(view, 1).children).toHaveLength(0);
  expect(status(view)).toBe("Running the models again…");
  answer(view, 4, [WHOLE, PAIR]);
  expect(status(view)).toBe("");
  const caption = figure(view, 0).querySelector("figcaption")!;
  expect(caption.textContent).toMatch(
    /^Without its 4 strongest characters GRU gives “<b>the” 9\s%/,
  );
  expect(caption.querySelector("b, strong")).toBeNull();
  const flagged = figure(view, 1).querySelector("figcaption")!;
  expect(flagged.textContent).toContain("rather than “↵”");
  expect(flagged.querySelector("strong")?.textContent).toContain("it is a weak guide.");
  const cells = [...figure(view, 0).querySelectorAll("tr")].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  );
  expect(cells).toEqual([
    ["characters exchanged", "strongest", "nearest", "random"],
    ["none", "57 %", "57 %", "57 %"],
    ["1", "31 % ± 1", "31 % ± 2", "57 % ± 0.0"],
    ["2", "< 0.1 % ± 0.0", "20 % ± 1", "55 % ± 1"],
    ["4", "9 % ± 2", "14 % ± 0.0", "> 99.9 % ± 0.0"],
    ["all", "1 %", "1 %", "1 %"],
  ]);
  expect(view.el.querySelector("[role=status].rnnviz-spoken")?.textContent).toContain(
    "Without the 4 tokens that speak most for it",
  );
});

it("fades while the pointer moves on, and asks for the newest place only", async () => {
  const view = await opened();
  rested(view);
  answer(view, 4, [WHOLE, PAIR]);
  const before = figure(view, 0).querySelector("svg");
  for (const position of [5, 6, 7]) {
    point(view.span(position));
    await frames();
    expect(view.root().dataset["shown"]).toBe(String(position));
    vi.advanceTimersByTime(REST - 1);
  }
  expect(newAsks(view.model, "check").map((ask) => ask.position)).toEqual([4]);
  expect(figure(view, 0).querySelector("svg")).toBe(before);
  expect(figure(view, 0).dataset["stale"]).toBe("true");
  vi.advanceTimersByTime(REST);
  expect(lastAsk(view.model, "check").position).toBe(7);
  // What was checked is here; what is still computed is not needed any more.
  point(view.span(4));
  await view.shown(4);
  expect(lastAsk(view.model, "check").position).toBeNull();
  expect(figure(view, 0).dataset["stale"]).toBeUndefined();
  answer(view, 7, [PAIR, WHOLE]);
  expect(figure(view, 0).textContent).toContain("GRU gives “<b>the” 9");
  vi.advanceTimersByTime(10 * REST);
  expect(lastAsk(view.model, "check").position).toBeNull();
});

it("reads nothing of another scene, and says failures and refusals as text", async () => {
  const view = await opened();
  rested(view);
  answer(view, 4, [WHOLE, PAIR], { epoch: 2 });
  expect(figure(view, 0).children).toHaveLength(0);
  answer(view, 4, [FAILED, WHOLE]);
  expect(figure(view, 0).textContent).toBe("GRU: it reads 1 input <here>.");
  point(view.span(6));
  await view.shown(6);
  rested(view);
  refuse(view.model, "check", "There is <b>none</b>.");
  expect(status(view)).toBe("There is <b>none</b>.");
  view.model.receive({ _scene: sceneMessage({ epoch: 2 }), position: 4 });
  expect(status(view)).toBe("");
});

it("asks for nothing while the picture walks by itself", async () => {
  const view = await opened();
  view.model.receive({ playing: true });
  await frames();
  vi.advanceTimersByTime(REST / 2);
  expect(lastAsk(view.model, "check")).toBeUndefined();
  view.model.receive({ playing: false });
  await frames();
  expect(rested(view)?.position).toBe(4);
});

it("checks outputs only: where influence is drawn it says so", async () => {
  const view = await opened();
  rested(view);
  answer(view, 4, [WHOLE, PAIR]);
  view.model.receive({ direction: "influence" });
  await vi.waitFor(() => expect(status(view)).toMatch(/choose sources/));
  expect(figure(view, 0).dataset["stale"]).toBe("true");
  view.model.receive({ direction: "sources" });
  await vi.waitFor(() => expect(figure(view, 0).dataset["stale"]).toBeUndefined());
});

it("says so where nobody answers, until somebody does", async () => {
  const view = await opened();
  rested(view);
  vi.advanceTimersByTime(SILENT - 1);
  expect(status(view)).toBe("Running the models again…");
  vi.advanceTimersByTime(1);
  expect(status(view)).toMatch(/^Nothing has come yet/);
  answer(view, 4, [WHOLE]);
  expect(status(view)).toBe("Running the models again…");
  answer(view, 4, [WHOLE, PAIR]);
  expect(status(view)).toBe("");
});

it("shows the numbers to all readers at the press of a button, and closes without a rest", async () => {
  const view = await opened();
  rested(view);
  answer(view, 4, [WHOLE, PAIR]);
  const table = figure(view, 0).querySelector<HTMLElement>(".rnnviz-check-numbers")!;
  expect(table.offsetWidth).toBe(1);
  const button = [...view.el.querySelectorAll("button")].find(
    (one) => one.textContent === "numbers",
  )!;
  button.focus();
  await userEvent.keyboard("{Enter}");
  expect(button.getAttribute("aria-pressed")).toBe("true");
  expect(table.offsetWidth).toBeGreaterThan(200);
  point(view.span(6));
  await view.shown(6);
  view.span(6).closest<HTMLElement>("[role=application]")!.focus();
  await userEvent.keyboard("k");
  expect(figure(view, 0)).toBeNull();
  vi.advanceTimersByTime(10 * REST);
  expect(newAsks(view.model, "check")).toHaveLength(1);
});

it("shows in a saved page what was checked, and says where", async () => {
  const state = {
    _scene: sceneMessage({ facets: [{}] }),
    _status: { epoch: 1, done: 0, total: 11, state: "idle", message: null },
    position: 3,
    _opened: ["check"],
    _reply: { check: { epoch: 1, serial: 1, position: 3, facets: [WHOLE], number: 1 } },
  };
  const page = show(new PageModel(state), document.body, () => MODULES, ENTRIES);
  const place = page.facet(0).querySelector<HTMLElement>(".rnnviz-check-figure")!;
  expect(place.querySelectorAll("polyline")).toHaveLength(3);
  press(page.span(5));
  await vi.waitFor(() => expect(place.dataset["stale"]).toBe("true"));
  expect(page.root().textContent).toContain("when this page was saved: at character 4.");
});

const GROUNDS: Readonly<Record<string, Rgb>> = { light: [255, 255, 255], dark: [17, 19, 23] };

it.each(Object.keys(GROUNDS))("is readable on a %s ground, 320 pixels wide", async (name) => {
  const parent = document.createElement("div");
  parent.style.cssText = `width: 320px; background-color: ${css(GROUNDS[name] ?? [0, 0, 0])}`;
  document.body.append(parent);
  const view = await opened(parent);
  rested(view);
  answer(view, 4, [WHOLE, PAIR]);
  vi.useRealTimers();
  const { violations } = await axe.run(view.el, { rules: { region: { enabled: false } } });
  expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual(
    [],
  );
  expect(figure(view, 0).scrollWidth).toBeLessThanOrEqual(320);
});

it("moves names apart that would lie on each other, and keeps their order", () => {
  expect(spread([10, 50, 90])).toEqual([10, 50, 90]);
  const [a = 0, b = 0, c = 0] = spread([50, 48, 49]);
  expect(b).toBeLessThan(c - 13);
  expect(c).toBeLessThan(a - 13);
  expect((a + b + c) / 3).toBeCloseTo(49);
});
