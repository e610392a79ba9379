/** Looks: for as long as the reader rests on a class the picture explains that one, and then its own again. */

import { expect, it, vi } from "vitest";
import { css, makePalette } from "../../src/core/color";
import { newAsks, reply } from "../asks";
import { answerMessage, partOf, SIGNED_LABEL, scoresOf } from "../messages";
import {
  background,
  colours,
  dotCount,
  expectPicture,
  filledModel,
  frames,
  hover,
  leave,
  modelOf,
  point,
  show,
  unfold,
  type View,
} from "./helpers";
import { AT, answer, chip, MIXED, OTHER, open, previewAsk, rest, said } from "./previewing";

const OWN = [scoresOf(0, AT), scoresOf(1, AT)];
const previewAsks = (view: View) => newAsks(view.model, "preview");

/** All of the picture, but for what comes by itself a while later. */
function copyOf(view: View): Node {
  const copy = view.root().cloneNode(true) as HTMLElement;
  for (const el of copy.querySelectorAll(".rnnviz-spoken, .rnnviz-memory-text")) el.remove();
  return copy;
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

  leave(on);
  expect(previewAsk(view).target).toBeNull();
  await frames();
  expectPicture(view, AT, OWN);
  expect(copyOf(view).isEqualNode(before)).toBe(true);
});

it("is never kept: another view, and coming back, show the scene's own rows", async () => {
  const view = await open();
  const on = chip(view, "legal");
  await answer(view, OTHER, { serial: await rest(view, on) });
  leave(on);
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
  expect(view.el.textContent).toContain("A preview can't be read");
  await answer(view, OTHER, { serial, name: "length" });
  expectPicture(view, AT, OTHER);
  // Gone from it, the reader has nothing of it any more.
  leave(chip(view, "length"));
  await answer(view, OTHER, { serial, name: "length" });
  expectPicture(view, AT, OWN);
});

it("draws a part of a row as a part, the longest there is", async () => {
  const view = await open();
  const serial = await rest(view, chip(view, "legal"));
  const part = (from: number) => OTHER.map((row) => partOf(row, from));
  await answer(view, part(3), { serial });
  await vi.waitFor(() => expect(dotCount(view)).toBe(3));
  expect(view.root().dataset["partial"]).toBe(String(AT));
  expect(view.root().dataset["shown"]).toBeUndefined();
  await answer(view, part(1), { serial });
  expect(dotCount(view)).toBe(1);
  await answer(view, part(3), { serial });
  expect(dotCount(view)).toBe(1);
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
    leave(on);
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
  leave(on);
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
    hover(chip(view, "learning"));
    vi.advanceTimersByTime(1000);
    hover(chip(view, "legal"));
    vi.advanceTimersByTime(100);
    leave(chip(view, "legal"));
    hover(chip(view, "legal"), "touch");
    vi.advanceTimersByTime(1000);
    expect(previewAsks(view)).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

it("is not asked for either class of the contrast that is explained", async () => {
  const facets = [{ rival: 2 }, { rival: 2 }];
  const view = await open({ signed: true, facets });
  const explained = [...view.facet(0).querySelectorAll<HTMLElement>("[data-target],[data-rival]")];
  expect(explained.map((el) => el.dataset["rival"] !== undefined)).toEqual([false, true]);
  vi.useFakeTimers();
  try {
    for (const el of explained) {
      hover(el);
      vi.advanceTimersByTime(1000);
    }
    expect(previewAsks(view)).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

it("is not asked for again by Shift's release once a contrast is chosen", async () => {
  const view = await open();
  const on = chip(view, "legal");
  vi.useFakeTimers();
  try {
    hover(on);
    on.dispatchEvent(new PointerEvent("pointermove", { bubbles: true, shiftKey: true }));
    vi.advanceTimersByTime(1000);
    const before = previewAsks(view).length;
    expect(before).toBeGreaterThan(0);
    on.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
    window.dispatchEvent(new KeyboardEvent("keyup", { key: "Shift" }));
    vi.advanceTimersByTime(1000);
    expect(previewAsks(view).length).toBe(before);
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
      hover(chip(view, "legal"));
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
