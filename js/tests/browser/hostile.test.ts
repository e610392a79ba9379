/** Saved pages that somebody has damaged: a picture, or words, and never a page that fails. */
import { expect, it, onTestFinished, vi } from "vitest";
import { PageModel } from "../../src/hosts/page-model";
import { damaged, type Json, random } from "../damaged";
import {
  allRows,
  answerMessage,
  bytes,
  deflate,
  rowsMessage,
  sceneMessage,
  scoresOf,
} from "../messages";
import { expectPicture, frames, point, show, TEXT } from "./helpers";

const LENGTH = TEXT.length;

async function savedState(): Promise<Json> {
  return {
    position: 4,
    pinned: null,
    direction: "sources",
    scale: "share",
    by: "character",
    sharpness: 4,
    brush: [1, 3],
    bars: true,
    playing: false,
    _scene: sceneMessage(),
    _answer: answerMessage(4, [scoresOf(0, 4), scoresOf(1, 4)]),
    _rows: await rowsMessage(LENGTH, [allRows(0, LENGTH), allRows(1, LENGTH)]),
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
  };
}

const words = (el: HTMLElement) => el.textContent ?? "";

it("says that saved rows are damaged, and goes on with the text, the predictions and the answer", async () => {
  const state = await savedState();
  state._rows.facets[0].data = bytes(await deflate(new Uint8Array(100_000_000)));
  const view = show(new PageModel(state));
  await view.shown(4);
  expectPicture(view, 4, [scoresOf(0, 4), scoresOf(1, 4)]);
  await vi.waitFor(() =>
    expect(words(view.el)).toMatch(/The saved rows are damaged: .*inflate to more/),
  );
  point(view.span(7));
  await vi.waitFor(() => expect(words(view.el)).toMatch(/not saved with the page/));
  expect(words(view.facet(0))).toContain("learning");
});

it("draws a picture where positions and options point out of the text", async () => {
  const state = await savedState();
  Object.assign(state, {
    position: 1e15,
    pinned: 2 ** 31,
    brush: [2, 2 ** 53 - 1],
    sharpness: Number.POSITIVE_INFINITY,
    scale: "sparsemax",
    by: "word",
    direction: "influence",
    _answer: {},
  });
  const view = show(new PageModel(state));
  await view.shown(LENGTH - 1);
  expect(words(view.el)).not.toMatch(/failed|can't be/);
});

it("shows a picture or says why not, whatever part of a saved page is another", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const uncaught = vi.fn((event: Event) => event.preventDefault());
  window.addEventListener("unhandledrejection", uncaught);
  window.addEventListener("error", uncaught);
  onTestFinished(() => {
    errors.mockRestore();
    window.removeEventListener("unhandledrejection", uncaught);
    window.removeEventListener("error", uncaught);
  });
  const state = await savedState();
  const next = random(14);
  for (let n = 0; n < 150; n++) {
    const view = show(new PageModel(damaged(state, next)));
    const drawn = () => view.el.querySelector(".rnnviz-explorer, .rnnviz-message");
    await vi.waitFor(() => expect(drawn()).not.toBeNull());
    const span = view.el.querySelector<HTMLElement>('[data-p="7"]');
    if (span !== null) point(span);
    await frames();
    expect(words(view.el)).not.toMatch(/This view failed/);
    expect(words(view.el).trim()).not.toBe("");
    view.close();
  }
  expect(errors).not.toHaveBeenCalled();
  expect(uncaught).not.toHaveBeenCalled();
});
