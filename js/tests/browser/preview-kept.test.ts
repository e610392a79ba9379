/** Previews by keys, of two classes, and of a class that is then chosen or refused. */

import { expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { css, makePalette } from "../../src/core/color";
import { lastAsk, refuse } from "../asks";
import { answerMessage, sceneMessage, scoresOf } from "../messages";
import { expectPicture, frames, hover, leave, press, unfold } from "./helpers";
import { AT, answer, chip, MIXED, OTHER, open, previewAsk, rest, said } from "./previewing";

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
  leave(on);
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
    else hover(chip(view, "legal"));
    vi.advanceTimersByTime(2900);
    expect(waits()).toBe(false);
    vi.advanceTimersByTime(300);
    expect(waits()).toBe(true);
    if (act === "chooses") {
      view.model.receive({ _scene: sceneMessage({ epoch: 2, target: ["legal"] }) });
      vi.advanceTimersByTime(300);
    } else {
      leave(chip(view, "legal"));
    }
    expect(waits()).toBe(false);
    vi.advanceTimersByTime(9000);
    expect(waits()).toBe(false);
  },
);

it("compares with the class that was chosen last, though none of its rows is here yet", async () => {
  const view = await open();
  const compare = (name: string) => {
    const init = { bubbles: true, shiftKey: true };
    chip(view, name).dispatchEvent(new MouseEvent("click", init));
    return lastAsk(view.model, "target").target;
  };
  press(chip(view, "legal"));
  expect(compare("length")).toEqual(["legal", "length"]);
  refuse(view.model, "target", "there is no such class");
  expect(compare("length")).toEqual(["learning", "length"]);
});

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
