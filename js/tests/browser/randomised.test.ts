/** The instrument that shows the same picture with random weights, and for a random class. */

import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { css, makePalette, niceCap, stepOf } from "../../src/core/color";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import { INSTRUMENTS } from "../../src/views/instruments";
import { makeRandomised } from "../../src/views/randomised";
import style from "../../src/views/randomised.css?raw";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import { allRows, answerMessage, floats, rowMessage, rowsMessage, sceneMessage } from "../messages";
import {
  background,
  both,
  controls,
  filledModel,
  NONE,
  point,
  press,
  show,
  TEXT,
  type View,
} from "./helpers";

const MODULE = new ModulesHere({ randomised: { make: makeRandomised, style } } as never);
const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "randomised");

type Known = readonly [raw: number | null, over: number | null];

function rowOf(
  position: number,
  scores: readonly number[] | string,
  [raw, over]: Known = [0.85, 0.02],
  expected: readonly number[] = [],
) {
  const failed = typeof scores === "string";
  const target = { name: "level", p: 0.001, rank: 40, reason: "the class you chose", rival: null };
  return {
    target: failed ? null : target,
    correlation: failed ? null : raw,
    over_expected: failed ? null : over,
    inputs: failed ? 0 : expected.length,
    expected: floats(failed ? [] : expected),
    ...(failed ? { row: position, error: scores } : rowMessage(position, scores)),
  };
}

const WEIGHTS = (p: number) => Array.from({ length: p + 1 }, (_, t) => t + 1);
const CLASS = (p: number) => Array.from({ length: p + 1 }, (_, t) => 2 * p - t);

function message(
  view: View | null,
  position: number,
  known: Known = [0.85, 0.02],
  expected: readonly number[] = [],
) {
  const rows = (scores: number[]) => [0, 1].map(() => rowOf(position, scores, known, expected));
  const serial = view === null ? 1 : lastAsk(view.model, "randomised")?.serial;
  return {
    epoch: 1,
    position,
    serial,
    weights: rows(WEIGHTS(position)),
    classes: rows(CLASS(position)),
  };
}

const open = (view: View<never> | View) =>
  [...controls(view).querySelectorAll("button")].find((one) => one.textContent === "random");
const said = (view: View<never> | View, facet = 0) =>
  [...view.facet(facet).querySelectorAll(".rnnviz-random-words")].map((one) => one.textContent);
const status = (view: View<never> | View) =>
  view.el.querySelector(".rnnviz-random-status")?.textContent;
const stale = (view: View) => view.facet(0).querySelector(".rnnviz-random-rows[data-stale]");

/** The colour of each character of the texts below a facet's own. */
function drawn(view: View<never> | View, facet: number): string[][] {
  return [...view.facet(facet).querySelectorAll(".rnnviz-random-text")].map((text) =>
    [...text.querySelectorAll("span")].flatMap((run) =>
      Array.from(run.textContent ?? "", () => background(run)),
    ),
  );
}

const share = (scores: readonly number[], t: number) =>
  (scores[t] ?? 0) / scores.reduce((sum, one) => sum + one, 0);

function colour(part: number): string {
  const step = stepOf(part);
  return step === 0 ? NONE : css(makePalette([255, 255, 255], false).rising[step]!.background);
}

async function opened(traits = {}, position = 4): Promise<View> {
  const view = show(
    await filledModel({}, { position, ...traits }),
    document.body,
    () => MODULE,
    ENTRIES,
  );
  await view.shown(position);
  open(view)?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "randomised")?.position).toBe(position));
  return view;
}

it("asks when it is opened, and shows both rows on the scale of the model’s own", async () => {
  const view = await opened();
  expect(status(view)).toBe("Reading the text with random weights…");
  expect(drawn(view, 0)).toEqual([]);
  reply(view.model, "randomised", message(view, 4));
  expect(said(view, 1)).toEqual([
    "LSTM with random weights gives nearly the same picture: rank correlation 0.85 (over what is expected at each distance: 0.02).",
    "For “level”, drawn at random, it gives nearly the same picture: rank correlation 0.85 (over what is expected at each distance: 0.02).",
  ]);
  expect(status(view)).toBe("In 2 of 2 models random weights show nearly the same picture.");
  const cap = niceCap(both(4).map((row) => Math.max(...row.map((_, t) => share(row, t)))));
  const wanted = [WEIGHTS(4), CLASS(4)].map((scores) =>
    Array.from({ length: TEXT.length }, (_, t) => colour(share(scores, t) / cap)),
  );
  expect(drawn(view, 0)).toEqual(wanted);
  expect(drawn(view, 1)).toEqual(wanted);
  const text = view.facet(0).querySelector(".rnnviz-random-text");
  expect(text?.textContent).toBe(TEXT);
  expect(text?.getAttribute("aria-hidden")).toBe("true");
  expect(text?.querySelector(".rnnviz-own")?.textContent).toBe("n");
  expect(text?.querySelector(".rnnviz-unread")?.textContent).toBe("ced le");
  // Closed, nothing is left of it, and the kernel is told.
  open(view)?.click();
  expect(view.root().textContent).not.toContain("random weights");
  expect(lastAsk(view.model, "randomised").position).toBeNull();
  const asks = newAsks(view.model, "randomised").length;
  point(view.span(6));
  await view.shown(6);
  expect(newAsks(view.model, "randomised").length).toBe(asks);
});

it("follows the pointer: what is of another character is pale, and does not take its place", async () => {
  const view = await opened();
  reply(view.model, "randomised", message(view, 4));
  expect(stale(view)).toBeNull();
  point(view.span(6));
  await view.shown(6);
  expect(stale(view)).not.toBeNull();
  expect(status(view)).toBe("Reading the text with random weights…");
  reply(view.model, "randomised", message(view, 4, [0.1, null]));
  expect(stale(view)).not.toBeNull();
  await vi.waitFor(() => expect(lastAsk(view.model, "randomised").position).toBe(6));
  reply(view.model, "randomised", message(view, 6, [0.3, null]));
  expect(stale(view)).toBeNull();
  expect(said(view)[0]).toBe(
    "GRU with random weights gives a partly similar picture: rank correlation 0.30.",
  );
  expect(status(view)).toBe("In 0 of 2 models random weights show nearly the same picture.");
  // One of another epoch is none.
  reply(view.model, "randomised", { ...message(view, 6, [0.9, null]), epoch: 2 });
  expect(said(view)[0]).toContain("0.30");
});

it("asks again once all rows are here, if what is expected was not known", async () => {
  const rows = await rowsMessage(
    TEXT.length,
    [0, 1].map((i) => allRows(i, TEXT.length)),
  );
  const none = await rowsMessage(TEXT.length, [new Map(), new Map()], { complete: false });
  const view = await opened({ _rows: none, _answer: answerMessage(4, both(4)) });
  reply(view.model, "randomised", message(view, 4, [0.85, null]));
  const { serial } = lastAsk(view.model, "randomised");
  view.model.receive({ _rows: rows });
  await vi.waitFor(() => expect(lastAsk(view.model, "randomised").serial).not.toBe(serial));
  expect(lastAsk(view.model, "randomised").position).toBe(4);
});

it("divides each row by what is expected of it on the scale over expected, and says how much that is alike", async () => {
  const view = await opened({ scale: "expected" });
  reply(view.model, "randomised", message(view, 4, [0.85, null]));
  expect(drawn(view, 0)).toEqual([]);
  expect(said(view)[0]).toMatch(/no picture to compare/);
  const expected = [0.1, 0.1, 0.2, 0.2, 0.4];
  reply(view.model, "randomised", message(view, 4, [0.85, 0.02], expected));
  const wanted = Array.from({ length: TEXT.length }, (_, t) =>
    colour(t > 4 ? 0 : share(WEIGHTS(4), t) / expected[t]! / 4),
  );
  expect(drawn(view, 0)[0]).toEqual(wanted);
  expect(said(view)[0]).toBe(
    "GRU with random weights gives another picture: rank correlation 0.02 over what is expected at each distance (as it is: 0.85).",
  );
});

it.each(["row", "one", "log", "published", "sparsemax"])(
  "is drawn on the scale %s",
  async (scale) => {
    const view = await opened({ scale });
    reply(view.model, "randomised", message(view, 4));
    const [weights = []] = drawn(view, 0);
    expect(weights).toHaveLength(TEXT.length);
    if (scale === "one") {
      const most = Math.max(...both(4).flat());
      expect(weights[4]).toBe(colour(WEIGHTS(4)[4]! / most));
    } else {
      expect(weights[4]).not.toBe(NONE);
      if (scale !== "log") expect(weights[4]).toBe(colour(1));
    }
  },
);

it("says what failed, in its place or below, as text", async () => {
  const view = await opened();
  const weights = [rowOf(4, "RuntimeError: no <b>memory</b>"), rowOf(4, WEIGHTS(4))];
  reply(view.model, "randomised", { ...message(view, 4), weights });
  expect(said(view)[0]).toBe("RuntimeError: no <b>memory</b>.");
  expect(drawn(view, 0)).toHaveLength(1);
  refuse(view.model, "randomised", "these rows are <i>ready-made</i>");
  point(view.span(6));
  await view.shown(6);
  await vi.waitFor(() => expect(lastAsk(view.model, "randomised").position).toBe(6));
  refuse(view.model, "randomised", "these rows are <i>ready-made</i>");
  expect(status(view)).toBe("these rows are <i>ready-made</i>");
});

it("stands beside sources only", async () => {
  const view = await opened({ direction: "influence" });
  reply(view.model, "randomised", message(view, 4));
  expect(status(view)).toMatch(/not beside influence/);
  expect(drawn(view, 0)).toEqual([]);
  view.model.receive({ direction: "sources" });
  expect(drawn(view, 0)).toHaveLength(2);
});

it("opens and closes by its key", async () => {
  const view = show(await filledModel(), document.body, () => MODULE, ENTRIES);
  await view.shown(4);
  view.span(4).closest<HTMLElement>("[role=application]")!.focus();
  await userEvent.keyboard("r");
  expect(view.el.querySelector(".rnnviz-random-status")?.getAttribute("role")).toBe("status");
  await userEvent.keyboard("r");
  expect(view.el.querySelector(".rnnviz-random-status")).toBeNull();
});

it("is in a saved page as it was, asks nothing there, and says what is not there", async () => {
  const facets = [0, 1].map((i) => allRows(i, TEXT.length));
  const state = {
    _scene: sceneMessage(),
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
    _rows: await rowsMessage(TEXT.length, facets),
    position: 4,
    _opened: ["randomised"],
    _reply: { randomised: { ...message(null, 4), number: 1 } },
  };
  const page = show(new PageModel(state), document.body, () => MODULE, ENTRIES);
  await page.shown(4);
  await vi.waitFor(() => expect(said(page as never)[0]).toContain("0.85"));
  point(page.span(6));
  await page.shown(6);
  expect(status(page as never)).toMatch(/^Without a kernel there is only what was open/);
  expect(page.model.get("_ask")).toBeUndefined();
});

it.each([
  ["light", [255, 255, 255]],
  ["dark", [17, 19, 23]],
] as const)("has nothing that axe-core finds on a %s ground, with bars too", async (_, ground) => {
  const el = document.createElement("div");
  el.style.backgroundColor = css(ground);
  document.body.append(el);
  const view = show(await filledModel({}, { bars: true }), el, () => MODULE, ENTRIES);
  await view.shown(4);
  press(view.span(4));
  open(view)?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "randomised")).toBeDefined());
  reply(view.model, "randomised", message(view, 4));
  await vi.waitFor(() => expect(drawn(view, 0)).toHaveLength(2));
  const rules = { region: { enabled: false } };
  const { violations } = await axe.run(el, { resultTypes: ["violations"], rules });
  expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
  const bar = view.facet(0).querySelector<HTMLElement>(".rnnviz-random-text .rnnviz-own");
  expect(bar?.style.backgroundSize).toBe("100% 6px");
  el.remove();
});
