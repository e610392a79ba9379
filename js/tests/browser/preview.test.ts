/** Looks: for as long as the reader rests on a class the picture explains that one, and then its own again. */

import { expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { css, makePalette } from "../../src/core/color";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import {
  answerMessage,
  type PreviewOptions,
  partOf,
  previewMessage,
  type RowOrError,
  type SceneOptions,
  SIGNED_LABEL,
  sceneMessage,
  scoresOf,
} from "../messages";
import {
  background,
  colours,
  expectPicture,
  filledModel,
  frames,
  modelOf,
  point,
  press,
  show,
  unfold,
  type View,
} from "./helpers";

const AT = 4;
const OWN = [scoresOf(0, AT), scoresOf(1, AT)];
const OTHER = [
  [1, 9, 2, 3, 4],
  [7, 1, 1, 1, 2],
];
const MIXED = [
  [1, -9, 2, 3, -4],
  [7, -1, 1, 1, 2],
];

async function open(options: SceneOptions = {}, traits = {}): Promise<View> {
  const view = show(await filledModel({ target: "truth", ...options }, traits));
  await view.shown(AT);
  return view;
}

const chip = (view: View, name: string, facet = 0) =>
  view.facet(facet).querySelector<HTMLElement>(`[data-class="${name}"]`)!;
const mouse = (el: Element, type: "pointerenter" | "pointerleave", pointerType = "mouse") =>
  el.dispatchEvent(new PointerEvent(type, { pointerType }));
const previewAsk = (view: View) => lastAsk(view.model, "preview");
const previewAsks = (view: View) => newAsks(view.model, "preview");
const said = (view: View) => view.el.querySelector(".rnnviz-explains")?.textContent;

/** All of the picture, but for what comes by itself a while later. */
function copyOf(view: View): Node {
  const copy = view.root().cloneNode(true) as HTMLElement;
  for (const el of copy.querySelectorAll(".rnnviz-spoken, .rnnviz-memory-text")) el.remove();
  return copy;
}

async function rest(view: View, on: HTMLElement): Promise<number> {
  const before = previewAsk(view)?.serial;
  mouse(on, "pointerenter");
  await vi.waitFor(() => {
    expect(previewAsk(view)?.serial).toBeTypeOf("number");
    expect(previewAsk(view).serial).not.toBe(before);
  });
  return previewAsk(view).serial;
}

async function answer(view: View, rows: readonly RowOrError[], options: PreviewOptions, at = AT) {
  reply(view.model, "preview", previewMessage(at, rows, options));
  await frames();
}

it("explains the class that the pointer rests on, all of the picture, and then its own again", async () => {
  const view = await open();
  unfold(view, "words-button");
  const before = copyOf(view);
  const on = chip(view, "legal");
  const serial = await rest(view, on);
  expect(previewAsk(view)).toEqual({ position: AT, target: ["legal"], serial });
  expect(view.model.saved.at(-1)).toHaveProperty("_ask.preview");
  await frames();
  expectPicture(view, AT, OWN);

  await answer(view, OTHER, { serial });
  expectPicture(view, AT, OTHER);
  expect(said(view)).toBe("explains legal, chosen");
  for (const facet of [0, 1]) {
    const marked = [...view.facet(facet).querySelectorAll<HTMLElement>("[data-target]")];
    expect(marked.map((el) => el.dataset["class"])).toEqual(["legal"]);
  }
  expect(view.el.querySelector(".rnnviz-words")?.textContent).toContain(
    "explained: legal, 7.6 %, 2nd; largest share 47.4 %",
  );
  expect(view.el.querySelector(".rnnviz-legend-words")?.textContent).toMatch(/^L2, /);
  expect(view.facet(0).querySelector(".rnnviz-facet-measure")?.textContent).toContain("47.4 %");
  expect(view.root().dataset["previewed"]).toBe("true");

  mouse(on, "pointerleave");
  expect(previewAsk(view).target).toBeNull();
  await frames();
  expectPicture(view, AT, OWN);
  expect(copyOf(view).isEqualNode(before)).toBe(true);
});

it("is never kept: another view, and coming back, show the scene's own rows", async () => {
  const view = await open();
  const on = chip(view, "legal");
  await answer(view, OTHER, { serial: await rest(view, on) });
  mouse(on, "pointerleave");
  for (const p of [6, AT]) {
    point(view.span(p));
    await view.shown(p);
    expectPicture(view, p, [scoresOf(0, p), scoresOf(1, p)]);
  }
  const other = show(view.model);
  await other.shown(AT);
  expectPicture(other, AT, OWN);
});

it("ignores what was asked for earlier, another epoch's, another position's, and what can't be read", async () => {
  const view = await open();
  const first = await rest(view, chip(view, "legal"));
  const serial = await rest(view, chip(view, "length"));
  expect(serial).not.toBe(first);
  await answer(view, OTHER, { serial: first });
  expectPicture(view, AT, OWN);
  await answer(view, OTHER, { serial, epoch: 2 });
  expectPicture(view, AT, OWN);
  await answer(view, [scoresOf(0, 5), scoresOf(1, 5)], { serial }, 5);
  expectPicture(view, AT, OWN);
  reply(view.model, "preview", { serial });
  await frames();
  expectPicture(view, AT, OWN);
  expect(view.el.textContent).toContain("A look can't be read");
  await answer(view, OTHER, { serial, name: "length" });
  expectPicture(view, AT, OTHER);
  // Gone from it, the reader has nothing of it any more.
  mouse(chip(view, "length"), "pointerleave");
  await answer(view, OTHER, { serial, name: "length" });
  expectPicture(view, AT, OWN);
});

it("draws a part of a row as a part, the longest there is", async () => {
  const view = await open();
  const serial = await rest(view, chip(view, "legal"));
  const part = (from: number) => OTHER.map((row) => partOf(row, from));
  const computing = () => view.facet(0).querySelectorAll(".rnnviz-computing").length;
  await answer(view, part(3), { serial });
  expect(computing()).toBe(3);
  expect(view.root().dataset["partial"]).toBe(String(AT));
  expect(view.root().dataset["shown"]).toBeUndefined();
  await answer(view, part(1), { serial });
  expect(computing()).toBe(1);
  await answer(view, part(3), { serial });
  expect(computing()).toBe(1);
  await answer(view, OTHER, { serial });
  expectPicture(view, AT, OTHER);
  expect(view.root().dataset["shown"]).toBe(String(AT));
});

it.each([false, true])(
  "has the colours of its own measure, in a scene signed: %s",
  async (signed) => {
    const facets = signed ? [{ rival: 2 }, { rival: 2 }] : [{}, {}];
    const rows = signed ? MIXED : OWN;
    const traits = { _answer: answerMessage(AT, rows, { signed }) };
    const view = show(modelOf({ target: "truth", signed, facets }, traits));
    await view.shown(AT);
    const before = copyOf(view);
    const drawn = () =>
      [0, 1].map((i) => [...view.facet(i).querySelectorAll("[data-p]")].map(background));
    const wanted = (of: readonly (readonly number[])[], arms: boolean) =>
      [0, 1].map((i) => colours(of, i, 11, { signed: arms }));
    expect(drawn()).toEqual(wanted(rows, signed));
    const on = chip(view, "legal");
    const other = signed ? OTHER : MIXED;
    await answer(view, other, { serial: await rest(view, on), signed: !signed, name: "legal" });
    expect(drawn()).toEqual(wanted(other, !signed));
    const bar = view.el.querySelector<HTMLElement>(".rnnviz-legend-bar")!;
    expect(
      bar.style.background.includes(
        css(makePalette([255, 255, 255], true).falling[64]!.background),
      ),
    ).toBe(!signed);
    const legend = view.el.querySelector(".rnnviz-legend-words")?.textContent;
    expect(legend?.startsWith(signed ? "L2" : SIGNED_LABEL)).toBe(true);
    mouse(on, "pointerleave");
    await frames();
    expect(drawn()).toEqual(wanted(rows, signed));
    expect(copyOf(view).isEqualNode(before)).toBe(true);
  },
);

it("of one model alone leaves the other bare, says why, and moves nothing", async () => {
  const view = await open();
  const top = () => view.facet(1).getBoundingClientRect().top;
  const before = top();
  const on = chip(view, "legal", 1);
  await answer(view, ["no such class <b>", OTHER[1]!], { serial: await rest(view, on) });
  expect(view.facet(0).dataset["state"]).toBe("error");
  const bare = [...view.facet(0).querySelectorAll("[data-p]")].map(background);
  expect(new Set(bare).size).toBe(1);
  expect(view.facet(0).querySelector("[data-target]")).toBeNull();
  expect([...view.facet(1).querySelectorAll("[data-p]")].map(background)).toEqual(
    colours([OTHER[1]!], 0, 11),
  );
  expect(said(view)).toBe("explains legal, chosen");
  expect(view.el.querySelector(".rnnviz-footer")?.textContent).toContain("GRU: no such class <b>");
  expect(top()).toBe(before);
  mouse(on, "pointerleave");
  await frames();
  expectPicture(view, AT, OWN);
  expect(view.el.textContent).not.toContain("no such class");
  expect(top()).toBe(before);
});

it("is not asked for what is explained already, by who only passes, nor by a finger", async () => {
  vi.useFakeTimers();
  try {
    const view = show(await filledModel({ target: "truth" }));
    vi.advanceTimersByTime(1000);
    mouse(chip(view, "learning"), "pointerenter");
    vi.advanceTimersByTime(1000);
    mouse(chip(view, "legal"), "pointerenter");
    vi.advanceTimersByTime(100);
    mouse(chip(view, "legal"), "pointerleave");
    mouse(chip(view, "legal"), "pointerenter", "touch");
    vi.advanceTimersByTime(1000);
    expect(previewAsks(view)).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

it("is not asked for where nothing can be chosen, nor of an influence", async () => {
  const fixed = show(await filledModel());
  await fixed.shown(AT);
  const turned = await open({}, { direction: "influence" });
  vi.useFakeTimers();
  try {
    for (const view of [fixed, turned]) {
      mouse(chip(view, "legal"), "pointerenter");
      vi.advanceTimersByTime(1000);
      expect(previewAsks(view)).toEqual([]);
    }
  } finally {
    vi.useRealTimers();
  }
});

it("ends where another position is selected, and gives way to an influence", async () => {
  const view = await open();
  await answer(view, OTHER, { serial: await rest(view, chip(view, "legal")) });
  expectPicture(view, AT, OTHER);
  view.model.receive({ direction: "influence" });
  expect(view.root().dataset["previewed"]).toBeUndefined();
  expect(view.el.querySelector(".rnnviz-legend-words")?.textContent).toContain("L2 norm of the");
  view.model.receive({ direction: "sources" });
  expectPicture(view, AT, OTHER);
  view.model.receive({ position: 6 });
  expect(previewAsk(view).target).toBeNull();
  await view.shown(6);
  expectPicture(view, 6, [scoresOf(0, 6), scoresOf(1, 6)]);
});

it("works by keyboard, with a pin, and says that it waits", async () => {
  const view = await open();
  await userEvent.click(view.span(6));
  await vi.waitFor(() => expect(view.root().dataset["pinned"]).toBe("true"));
  await userEvent.tab();
  for (let i = 0; i < 20 && !document.activeElement?.matches(".rnnviz-chip"); i++) {
    await userEvent.tab({ shift: true });
  }
  for (let i = 0; i < 3 && document.activeElement !== chip(view, "legal"); i++) {
    await userEvent.keyboard("{ArrowRight}");
  }
  expect(document.activeElement).toBe(chip(view, "legal"));
  await vi.waitFor(() => expect(previewAsk(view)?.target).toEqual(["legal"]));
  expect(previewAsk(view).position).toBe(6);
  expect(chip(view, "legal", 1).classList.contains("rnnviz-awaited")).toBe(true);
  const rows = [scoresOf(1, 6), scoresOf(0, 6)];
  await answer(view, rows, { serial: previewAsk(view).serial }, 6);
  expectPicture(view, 6, rows);
  expect(chip(view, "legal", 1).classList.contains("rnnviz-awaited")).toBe(false);
  (document.activeElement as HTMLElement).blur();
  expect(previewAsk(view).target).toBeNull();
  await frames();
  expectPicture(view, 6, [scoresOf(0, 6), scoresOf(1, 6)]);
});

it("compares while Shift is held, and does not turn the picture round meanwhile", async () => {
  const view = await open();
  const on = chip(view, "legal");
  await answer(view, OTHER, { serial: await rest(view, on) });
  const hold = (shiftKey: boolean) =>
    on.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, shiftKey }));
  hold(true);
  expect(view.root().dataset["direction"]).toBe("sources");
  expectPicture(view, AT, OTHER);
  await vi.waitFor(() => expect(previewAsk(view).target).toEqual(["learning", "legal"]));
  const names = { name: "learning", rival: "legal", signed: true };
  await answer(view, MIXED, { serial: previewAsk(view).serial, ...names });
  expect(said(view)).toBe("explains learning rather than legal, chosen");
  expect(on.dataset["rival"]).toBe("true");
  hold(false);
  await vi.waitFor(() => expect(previewAsk(view).target).toEqual(["legal"]));
  mouse(on, "pointerleave");
  hold(true);
  expect(view.root().dataset["direction"]).toBe("influence");
  hold(false);
});

it("keeps the scene's own class, apart from the best, in its place", async () => {
  const apart = { target: Array(11).fill(3), targetP: 0.003, rank: 14 };
  const view = await open({ facets: [apart, apart] });
  const place = () => view.facet(0).querySelector<HTMLElement>(".rnnviz-chip-apart")!;
  const words = place().textContent;
  expect(place().dataset["target"]).toBe("true");
  await answer(view, OTHER, { serial: await rest(view, chip(view, "legal")) });
  expect(place().textContent).toBe(words);
  expect(place().dataset["target"]).toBeUndefined();
  const serial = await rest(view, chip(view, "length"));
  await answer(view, OTHER, { serial, name: "<i>" });
  expect(place().textContent).toBe("<i>7.6 % · 2nd");
  expect(place().dataset["target"]).toBe("true");
});

it("of the truth is had from the way back to it", async () => {
  const view = await open({ target: ["legal"] });
  const back = view.el.querySelector<HTMLElement>(".rnnviz-back")!;
  const serial = await rest(view, back);
  expect(previewAsk(view).target).toEqual([{ choice: "truth" }]);
  await answer(view, OTHER, { serial, name: "level" });
  expectPicture(view, AT, OTHER);
  expect(said(view)).toBe("explains level, chosen");
});

it("stays when it is chosen, until its rows are the scene's, and the keyboard where it was", async () => {
  const view = await open();
  const on = chip(view, "legal");
  await answer(view, OTHER, { serial: await rest(view, on) });
  on.focus();
  press(on);
  expect(lastAsk(view.model, "target").target).toEqual(["legal"]);
  const facets = [{ target: Array(11).fill(1) }, { target: Array(11).fill(1) }];
  view.model.receive({ _scene: sceneMessage({ epoch: 2, target: ["legal"], facets }) });
  await frames();
  expect(previewAsk(view).target).toBeNull();
  expect(view.root().dataset["epoch"]).toBe("1");
  expectPicture(view, AT, OTHER);
  view.model.receive({ _answer: answerMessage(AT, OTHER, { epoch: 2 }) });
  await frames();
  expect(view.root().dataset["epoch"]).toBe("2");
  expectPicture(view, AT, OTHER);
  expect(document.activeElement).toBe(chip(view, "legal"));
});

it("does not wait for long for those rows", async () => {
  const view = await open();
  press(chip(view, "legal"));
  view.model.receive({ _scene: sceneMessage({ epoch: 2, target: ["legal"] }) });
  await vi.waitFor(() => expect(view.root().dataset["epoch"]).toBe("2"));
  expect(view.root().dataset["shown"]).toBeUndefined();
});

it.each(["chooses", "looks at"])(
  "says so where nothing answers what the reader %s",
  async (act) => {
    const view = await open();
    const waits = () => view.el.textContent?.includes("What you chose waits for it");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    if (act === "chooses") press(chip(view, "legal"));
    else mouse(chip(view, "legal"), "pointerenter");
    vi.advanceTimersByTime(2900);
    expect(waits()).toBe(false);
    vi.advanceTimersByTime(300);
    expect(waits()).toBe(true);
    if (act === "chooses") {
      view.model.receive({ _scene: sceneMessage({ epoch: 2, target: ["legal"] }) });
      vi.advanceTimersByTime(300);
    } else {
      mouse(chip(view, "legal"), "pointerleave");
    }
    expect(waits()).toBe(false);
    vi.advanceTimersByTime(9000);
    expect(waits()).toBe(false);
  },
);

it("says what the kernel does not look at", async () => {
  const view = await open();
  await rest(view, chip(view, "legal"));
  refuse(view.model, "preview", "no <b>");
  expect(view.el.querySelector(".rnnviz-footer")?.textContent).toContain("no <b>");
});

it("marks both classes of a pair, each in the hue that speaks for it", async () => {
  const facets = [{ rival: 2 }, { name: "LSTM", rival: 3 }];
  const view = await open({ target: ["learning", "length"], signed: true, facets });
  const palette = makePalette([255, 255, 255], true);
  const rival = chip(view, "length");
  expect(rival.dataset["rival"]).toBe("true");
  expect(rival.dataset["target"]).toBeUndefined();
  expect(rival.title).toContain("Compared with learning");
  expect(getComputedStyle(rival).borderColor).toBe(css(palette.falling[35]!.background));
  expect(getComputedStyle(rival).borderStyle).toBe("dashed");
  expect(getComputedStyle(chip(view, "learning")).borderColor).toBe(css(palette.mark));
  // Of the second model the rival is not among the best: it is told in words.
  expect(view.facet(1).querySelector("[data-rival]")).toBeNull();
  unfold(view, "words-button");
  expect(view.el.querySelector(".rnnviz-words")?.textContent).toContain(
    "LSTM predicts learning, 57.5 %; explained: learning, 57.5 %, 1st, rather than level, 4.4 %, 3rd",
  );
});
