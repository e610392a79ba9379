/** The slider over checkpoints: what the page shows at once, what it asks for, and what it says. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import { makeCheckpointAxis } from "../../src/views/checkpoint-axis";
import "../../src/views/checkpoint-axis.css";
import { newAsks, refuse } from "../asks";
import { FakeModel } from "../fake-model";
import { allRows, rowsMessage, sceneMessage } from "../messages";
import { frames, show, TEXT, type View } from "./helpers";

const MODULES = new ModulesHere({ checkpoints: { make: makeCheckpointAxis, style: "" } });
const LABELS = ["100", "200", "300"];
const STATUS = { done: 22, total: 22, state: "done", message: null };

/** The scene and the rows of an epoch; in each the model has another name. */
async function epochOf(epoch: number) {
  const facets = [{ name: `at ${epoch}` }, {}];
  const rows = await rowsMessage(
    TEXT.length,
    [allRows(epoch, TEXT.length), allRows(1, TEXT.length)],
    { epoch },
  );
  return {
    _scene: sceneMessage({ epoch, facets }),
    _rows: rows,
    _answer: {},
    _status: { epoch, ...STATUS },
  };
}

/** Which checkpoint the kernel shows, with the epochs of all of them. */
function listed(shown: number, epochs: readonly number[]) {
  const checkpoints = LABELS.map((label, k) => ({ label, epoch: epochs[k] }));
  return { _checkpoints: { epoch: epochs[shown], shown, checkpoints } };
}

async function shownAt(shown = 2, epochs = [0, 0, 1]) {
  const traits = { position: 4, ...(await epochOf(epochs[shown] ?? 0)), ...listed(shown, epochs) };
  return show(new FakeModel(traits), document.body, () => MODULES);
}

type Shown = Pick<View, "el" | "root" | "span">;

const slider = ({ el }: Shown) => {
  const found = el.querySelector<HTMLInputElement>(".rnnviz-checkpoint-slider");
  if (found === null) throw new Error("no slider");
  return found;
};
const words = ({ el }: Shown) => el.querySelector(".rnnviz-checkpoint-words")?.textContent;
const trouble = ({ el }: Shown) => el.querySelector(".rnnviz-checkpoint-trouble")?.textContent;
const model = (view: Shown) => view.root().querySelector(".rnnviz-facet-name")?.textContent;
const asked = ({ model: of }: View) =>
  newAsks(of, "checkpoint").map((ask: { checkpoint: number }) => ask.checkpoint);
const colour = (view: Shown, position: number) =>
  getComputedStyle(view.span(position)).backgroundColor;

function move(view: Shown, checkpoint: number) {
  slider(view).value = String(checkpoint);
  slider(view).dispatchEvent(new Event("input", { bubbles: true }));
}

/** The kernel shows a checkpoint. */
async function kernelShows(view: View, shown: number, epochs: readonly number[]) {
  view.model.receive({ ...(await epochOf(epochs[shown] ?? 0)), ...listed(shown, epochs) });
}

it("stands above the picture, and says which checkpoint is shown", async () => {
  const view = await shownAt();
  expect(slider(view)).toMatchObject({ min: "0", max: "2", value: "2" });
  expect(words(view)).toBe("300 (3 of 3)");
  expect(slider(view).getAttribute("aria-valuetext")).toBe("300 (3 of 3)");
  expect(view.el.textContent).toContain("checkpoint");
});

it("is not there where models have no checkpoints", async () => {
  const view = show(new FakeModel({ ...(await epochOf(1)) }), document.body, () => MODULES);
  expect(view.el.querySelector(".rnnviz-checkpoint-slot")).toBeNull();
});

it("asks for a checkpoint that the page has not, and keeps the picture until it comes", async () => {
  const view = await shownAt();
  const picture = view.root();
  slider(view).focus();
  move(view, 0);
  expect(asked(view)).toEqual([0]);
  expect(model(view)).toBe("at 1");
  expect(words(view)).toBe("100 (1 of 3): the models read the text …");
  await kernelShows(view, 0, [2, 0, 1]);
  expect(model(view)).toBe("at 2");
  expect(words(view)).toBe("100 (1 of 3)");
  expect(document.activeElement).toBe(slider(view));
  // A model of another name can't be shown by the same elements.
  expect(view.root()).not.toBe(picture);
});

it("shows one that it has before the kernel does, with its rows, and no row of the other", async () => {
  const view = await shownAt();
  await vi.waitFor(() => expect(colour(view, 0)).not.toBe("rgba(0, 0, 0, 0)"));
  const last = colour(view, 0);
  move(view, 0);
  await kernelShows(view, 0, [2, 0, 1]);
  await vi.waitFor(() => expect(colour(view, 0)).not.toBe(last));
  const first = colour(view, 0);
  move(view, 2);
  expect(model(view)).toBe("at 1");
  expect(asked(view)).toEqual([0, 2]);
  // With the event itself, so that the next frame has its colours.
  expect(colour(view, 0)).toBe(last);
  // More of the epoch that the kernel still shows must not be drawn.
  view.model.receive({
    _rows: await rowsMessage(TEXT.length, [new Map(), new Map()], { epoch: 2 }),
  });
  await frames();
  expect(colour(view, 0)).toBe(last);
  await kernelShows(view, 2, [2, 0, 1]);
  await frames();
  expect(model(view)).toBe("at 1");
  expect(colour(view, 0)).toBe(last);
  move(view, 0);
  await vi.waitFor(() => expect(colour(view, 0)).toBe(first));
});

it("unpacks the rows that a page was saved with before they are chosen", async () => {
  const { _checkpoints } = listed(1, [2, 3, 0]);
  const { _scene, _rows } = await epochOf(2);
  const state = { position: 4, ...(await epochOf(3)), _checkpoints, _kept: [{ _scene, _rows }] };
  const view = show(new PageModel(state), document.body, () => MODULES);
  await view.shown(4);
  await vi.waitFor(() => {
    move(view, 1);
    move(view, 0);
    expect(view.root().dataset["shown"]).toBe("4");
  });
  expect(colour(view, 0)).not.toBe("rgba(0, 0, 0, 0)");
});

/** Scores of 11 outputs whose largest is this share of the row. */
const peaked = (share: number) => {
  const row = (s: number) =>
    Array.from({ length: s + 1 }, (_, t) => (t === 0 ? (s === 0 ? 1 : share) : (1 - share) / s));
  return new Map(Array.from(TEXT, (_, s) => [s, row(s)] as const));
};

async function peakedEpoch(epoch: number, share: number) {
  const sent = await epochOf(epoch);
  const rows = [peaked(share), peaked(share)];
  return { ...sent, _rows: await rowsMessage(TEXT.length, rows, { epoch }) };
}

it("has full colour stand for the same at all checkpoints that it has, unless the reader wants each its own", async () => {
  const traits = { position: 10, ...(await peakedEpoch(1, 0.2)), ...listed(2, [0, 0, 1]) };
  const view = show(new FakeModel(traits), document.body, () => MODULES);
  const high = () => view.root().querySelectorAll(".rnnviz-legend-end")[1]?.textContent;
  const common = () => view.el.querySelector(".rnnviz-checkpoint-common") as HTMLElement;
  await view.shown(10);
  expect(high()).toBe("20 %");
  expect(common().getAttribute("aria-pressed")).toBe("true");
  const strong = colour(view, 0);
  move(view, 0);
  view.model.receive({ ...(await peakedEpoch(2, 0.5)), ...listed(0, [2, 0, 1]) });
  await view.shown(10);
  expect(high()).toBe("50 %");
  expect(colour(view, 0)).toBe(strong);
  move(view, 2);
  expect(high()).toBe("50 %");
  expect(colour(view, 0)).not.toBe(strong);
  common().click();
  expect(view.model.get("common_scale")).toBe(false);
  expect(common().getAttribute("aria-pressed")).toBe("false");
  expect(high()).toBe("20 %");
  expect(colour(view, 0)).toBe(strong);
  move(view, 0);
  expect(high()).toBe("50 %");
  view.model.receive({ common_scale: true });
  move(view, 2);
  expect(high()).toBe("50 %");
  // Relative scales are the same at each anyway.
  view.model.receive({ scale: "row" });
  expect(colour(view, 0)).toBe(strong);
});

it("asks for the newest choice once the kernel has shown the one before", async () => {
  const view = await shownAt();
  move(view, 0);
  move(view, 1);
  move(view, 2);
  move(view, 1);
  expect(asked(view)).toEqual([0]);
  await kernelShows(view, 0, [2, 0, 1]);
  expect(asked(view)).toEqual([0, 1]);
  expect(words(view)).toContain("200 (2 of 3)");
  await kernelShows(view, 1, [2, 3, 1]);
  expect(model(view)).toBe("at 3");
  expect(asked(view)).toEqual([0, 1]);
});

it("follows Python, in hosts too that set one trait after the other", async () => {
  const view = await shownAt();
  const { _checkpoints } = listed(1, [0, 2, 1]);
  view.model.receiveOneByOne({ _checkpoints, ...(await epochOf(2)) });
  expect(slider(view).value).toBe("1");
  expect(model(view)).toBe("at 2");
  expect(asked(view)).toEqual([]);
});

it("says why a checkpoint can't be shown, and goes back to the one that is", async () => {
  const view = await shownAt();
  move(view, 1);
  refuse(view.model, "checkpoint", "checkpoint 200 can't be shown: 200.pt can't be read");
  expect(trouble(view)).toBe("checkpoint 200 can't be shown: 200.pt can't be read");
  expect(slider(view).value).toBe("2");
  expect(words(view)).toBe("300 (3 of 3)");
  move(view, 0);
  expect(trouble(view)).toBe("");
});

it("answers in a page without a kernel from what was saved", async () => {
  const { _checkpoints } = listed(1, [2, 3, 0]);
  const { _scene, _rows } = await epochOf(2);
  const state = { position: 4, ...(await epochOf(3)), _checkpoints, _kept: [{ _scene, _rows }] };
  const view = show(new PageModel(state), document.body, () => MODULES);
  expect(words(view)).toBe("200 (2 of 3)");
  move(view, 0);
  expect(model(view)).toBe("at 2");
  await vi.waitFor(() => expect(colour(view, 0)).not.toBe("rgba(0, 0, 0, 0)"));
  move(view, 2);
  expect(words(view)).toBe("300 (3 of 3): not saved here");
  expect(model(view)).toBe("at 2");
  move(view, 1);
  expect(model(view)).toBe("at 3");
});

it("has names for who does not see it, and fits into 320 pixels", async () => {
  const view = await shownAt();
  view.el.style.width = "320px";
  await frames();
  const axis = view.el.querySelector(".rnnviz-checkpoint-axis") as HTMLElement;
  expect(axis.scrollWidth).toBeLessThanOrEqual(320);
  for (const ground of ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]) {
    document.body.style.background = ground;
    await frames();
    const { violations } = await axe.run(view.el);
    expect(violations.map(({ id, nodes }) => [id, nodes.map((one) => one.html)])).toEqual([]);
  }
  document.body.style.background = "";
});
