/** The instrument that follows a link over checkpoints: what it asks, draws and says, and how a reader goes to a checkpoint. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import { makeCheckpointAxis } from "../../src/views/checkpoint-axis";
import "../../src/views/checkpoint-axis.css";
import { INSTRUMENTS } from "../../src/views/instruments";
import { makeLinkCurve } from "../../src/views/link-curve";
import "../../src/views/link-curve.css";
import { lastAsk, newAsks, refuse, replyTo } from "../asks";
import { FakeModel } from "../fake-model";
import { allRows, floats, ints, rowsMessage, sceneMessage } from "../messages";
import { controls, frames, point, press, show, TEXT, type View } from "./helpers";

const MODULES = () =>
  new ModulesHere({
    checkpoints: { make: makeCheckpointAxis, style: "" },
    link_curve: { make: makeLinkCurve, style: "" },
  });
const ENTRIES = INSTRUMENTS.filter(({ name }) => name === "link_curve");
const LABELS = ["100", "200", "300"];
const STATUS = { done: 22, total: 22, state: "done", message: null };
const NOT_KNOWN = Number.NaN;

async function epochOf(epoch: number) {
  const rows = [allRows(0, TEXT.length), allRows(1, TEXT.length)];
  return {
    _scene: sceneMessage({ epoch }),
    _rows: await rowsMessage(TEXT.length, rows, { epoch }),
    _answer: {},
    _status: { epoch, ...STATUS },
  };
}

function listed(shown: number, epochs: readonly number[]) {
  const checkpoints = LABELS.map((label, k) => ({ label, epoch: epochs[k] }));
  return { _checkpoints: { epoch: epochs[shown], shown, checkpoints } };
}

/** Output 4 of one model at three checkpoints, of which those that are `read` are known; the link from input 2 grows. */
function curves(epoch: number, serial: number, read = [true, true, true], trouble = "") {
  const shares = [0.05, 0.1, 0.6];
  const scores = shares.flatMap((share, k) => {
    const others = (1 - share) / 4;
    return [others, others, share, others, others].map((one) => (read[k] ? one : NOT_KNOWN));
  });
  const facet = {
    output: 4,
    probability: floats([0.01, 0.5, 0.9].map((p, k) => (read[k] ? p : NOT_KNOWN))),
    rank: ints([12, 2, 1].map((rank, k) => (read[k] ? rank : 0))),
    target: read.map((known) => `|${known ? "learning" : ""}`).join(""),
    inputs: 5,
    scores: floats(scores),
  };
  const done = read.filter(Boolean).length + (trouble === "" ? 0 : 1);
  const facets = [facet, { error: "it has no checkpoints" }];
  return { epoch, serial, position: 4, done, total: 3, trouble, facets };
}

function turn(view: Pick<View, "root" | "el">): void {
  const buttons = [...controls(view as View).querySelectorAll("button")];
  buttons.find((one) => one.textContent === "since when")?.click();
}

/** Opened at the last of three checkpoints, of which the first was shown before; answered, with output 4 pinned. */
async function opened(read?: boolean[], trouble?: string): Promise<View> {
  const traits = { position: 4, pinned: 4, ...(await epochOf(1)), ...listed(2, [0, 0, 1]) };
  const view = show(new FakeModel(traits), document.body, MODULES, ENTRIES);
  await view.shown(4);
  turn(view);
  await answered(view, 1, read, trouble);
  return view;
}

async function answered(view: View, epoch: number, read?: boolean[], trouble?: string) {
  await vi.waitFor(() => expect(lastAsk(view.model, "link_curve")?.position).toBe(4));
  const { serial } = lastAsk(view.model, "link_curve");
  const message = curves(epoch, serial, read, trouble);
  view.model.receive(replyTo(view.model, "link_curve", message));
}

type Shown = Pick<View, "el">;
const texts = ({ el }: Shown, selector: string) =>
  [...el.querySelectorAll(selector)].map((one) => one.textContent);
const words = (view: Shown) => texts(view, ".rnnviz-link-curve-words");
const values = (view: Shown) => texts(view, ".rnnviz-curve-value").slice(0, 2);
const status = (view: Shown) => texts(view, ".rnnviz-link-curve-status")[0];
const axis = ({ el }: Shown) => el.querySelector(".rnnviz-link-curve-axis") as HTMLElement;

/** Where a press on the first chart goes to the checkpoint at this part of the axis. */
function clickAt(view: Shown, part: number, type = "click"): void {
  const chart = view.el.querySelector(".rnnviz-curve-plot") as HTMLElement;
  const { left, width, top } = chart.getBoundingClientRect();
  const at = { clientX: left + part * width, clientY: top + 10, bubbles: true };
  chart.dispatchEvent(new PointerEvent(type, at));
}

it("is offered only where models have checkpoints", async () => {
  const view = show(new FakeModel({ ...(await epochOf(1)) }), document.body, MODULES, ENTRIES);
  await view.shown(0);
  expect(controls(view).textContent).not.toContain("since when");
});

it("asks once a reader rests, and follows the input that is pointed at while an output is pinned", async () => {
  const view = await opened();
  point(view.span(2));
  expect(words(view)).toEqual([
    "At 300: 60.0 % of the row; “learning” 90.0 %, 1st. At least half of its largest share (60.0 %) from 300 on.",
    "LSTM: it has no checkpoints.",
  ]);
  expect(values(view)).toEqual(["60.0 %", "90.0 %, 1st"]);
  expect(view.span(2).classList).toContain("rnnviz-input-shown");
  point(view.span(0));
  expect(words(view)[0]).toContain("At 300: 10.0 % of the row");
  // The pointer leaves: the input stays. A later input is not read.
  point(view.span(0), "pointerleave");
  expect(words(view)[0]).toContain("At 300: 10.0 % of the row");
  point(view.span(8));
  expect(words(view)[0]).toContain("At 300: 0.0 % of the row");
  expect(newAsks(view.model, "link_curve").length).toBe(1);
});

it("tells the numbers of a checkpoint that is pointed at, and marks the one that is shown", async () => {
  const view = await opened();
  point(view.span(2));
  clickAt(view, 0.45, "pointermove");
  expect(values(view)).toEqual(["10.0 %", "50.0 %, 2nd"]);
  expect(words(view)[0]).toContain("At 200: 10.0 %");
  expect(axis(view).getAttribute("aria-valuetext")).toContain("200: 10.0 % of the row");
  const now = view.el.querySelector(".rnnviz-curve-now")?.getAttribute("d");
  expect(now).toBe("M1000.0 0V300");
  axis(view).dispatchEvent(new PointerEvent("pointerleave"));
  expect(words(view)[0]).toContain("At 300: 60.0 %");
});

it("goes to a checkpoint by a press and by keys, keeps the curve, the input and the focus", async () => {
  const view = await opened();
  point(view.span(2));
  axis(view).focus();
  clickAt(view, 0);
  expect(lastAsk(view.model, "checkpoint").checkpoint).toBe(0);
  view.model.receive({ ...(await epochOf(2)), ...listed(0, [2, 0, 1]) });
  await vi.waitFor(() => expect(words(view)[0]).toContain("At 100: 5.0 % of the row"));
  expect(view.el.querySelector(".rnnviz-curve-now")?.getAttribute("d")).toBe("M0.0 0V300");
  expect(document.activeElement).toBe(axis(view));
  await answered(view, 2);
  // The page has the last one: it is shown before the kernel answers.
  await userEvent.keyboard("{End}");
  expect(words(view)[0]).toContain("At 300: 60.0 % of the row");
  expect(document.activeElement).toBe(axis(view));
  expect(lastAsk(view.model, "checkpoint").checkpoint).toBe(2);
  expect(axis(view).getAttribute("aria-valuenow")).toBe("2");
});

it("draws what is read so far, and says how far that is and what can't be read", async () => {
  const view = await opened([true, false, true]);
  point(view.span(2));
  expect(status(view)).toBe("2 of 3 checkpoints are read…");
  expect(words(view)[0]).toBe("At 300: 60.0 % of the row; “learning” 90.0 %, 1st.");
  clickAt(view, 0.5, "pointermove");
  expect(words(view)[0]).toBe("At 200: not read.");
  expect(values(view)).toEqual(["–", "–"]);
  await answered(view, 1, [true, false, true], "checkpoint <200> can't be shown");
  expect(texts(view, ".rnnviz-link-curve-trouble")).toEqual(["checkpoint <200> can't be shown"]);
  expect(status(view)).toContain("Press a curve");
});

it("says why there is none, and ends what the kernel reads when it is closed", async () => {
  const view = await opened();
  refuse(view.model, "link_curve", "too many checkpoints");
  expect(status(view)).toBe("too many checkpoints");
  turn(view);
  expect(lastAsk(view.model, "link_curve").position).toBeNull();
  expect(view.el.querySelector(".rnnviz-link-curve-facet")).toBeNull();
  expect(view.span(2).classList).not.toContain("rnnviz-input-shown");
});

it("shows other curves for another text, and none of an epoch that is over", async () => {
  const view = await opened();
  point(view.span(2));
  view.model.receive({ ...(await epochOf(5)), ...listed(2, [0, 0, 5]) });
  // Of the same text and question: what was read stays until there is more.
  expect(words(view)[0]).toContain("60.0 %");
  const scene = sceneMessage({ epoch: 6, text: "another one" });
  view.model.receive({ ...(await epochOf(6)), _scene: scene, ...listed(2, [0, 0, 6]) });
  expect(words(view)[0]).not.toContain("60.0 %");
  view.model.receive(replyTo(view.model, "link_curve", curves(5, 0)));
  expect(words(view)[0]).not.toContain("60.0 %");
});

it("answers in a page without a kernel, at each checkpoint that was saved", async () => {
  const { _scene, _rows } = await epochOf(2);
  const state = {
    position: 4,
    pinned: 4,
    ...(await epochOf(3)),
    ...listed(1, [2, 3, 0]),
    _kept: [{ _scene, _rows }],
    _opened: ["link_curve", "checkpoints"],
    _reply: { link_curve: { ...curves(3, 0), number: 1 } },
  };
  const view = show(new PageModel(state), document.body, MODULES, ENTRIES);
  await view.shown(4);
  point(view.span(2));
  expect(words(view)[0]).toContain("At 200: 10.0 % of the row");
  axis(view).focus();
  await userEvent.keyboard("{ArrowLeft}");
  expect(words(view)[0]).toContain("At 100: 5.0 % of the row");
  expect(document.activeElement).toBe(axis(view));
  press(view.span(4));
  point(view.span(7));
  await vi.waitFor(() =>
    expect(status(view)).toBe("Of this output nothing was saved with the page."),
  );
});

it("can be read by everybody, in light and dark, and fits into 320 pixels", async () => {
  const view = await opened();
  point(view.span(2));
  view.el.style.width = "320px";
  await frames();
  for (const one of view.el.querySelectorAll<HTMLElement>(
    ".rnnviz-link-curve, .rnnviz-link-curve-facet",
  )) {
    expect(one.scrollWidth).toBeLessThanOrEqual(320);
  }
  for (const ground of ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]) {
    document.body.style.background = ground;
    await frames();
    const { violations } = await axe.run(view.el);
    expect(violations.map(({ id, nodes }) => [id, nodes.map((one) => one.html)])).toEqual([]);
  }
  document.body.style.background = "";
});
