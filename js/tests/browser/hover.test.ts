import { describe, expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { allRows, answerMessage, rowsMessage, scoresOf } from "../messages";
import {
  background,
  both,
  expectPicture,
  filledModel,
  frames,
  modelOf,
  NONE,
  point,
  show,
  withoutClock,
} from "./helpers";

describe("with every row in the page", () => {
  it("a real mouse over a character shows it in every facet, in colours that the numbers say", async () => {
    const view = show(await filledModel());
    await view.shown(4);
    expectPicture(view, 4, both(4));
    await userEvent.hover(view.span(9, 1));
    await view.shown(9);
    expectPicture(view, 9, both(9));
    expect(view.model.get("position")).toBe(9);
    expect(view.root().dataset["filled"]).toBe("true");
  });

  it("keeps the selection when the pointer leaves", async () => {
    const view = show(await filledModel());
    await userEvent.hover(view.span(7));
    await view.shown(7);
    await userEvent.hover(view.el.querySelector(".rnnviz-legend") as Element);
    await userEvent.unhover(view.el);
    expect(view.root().dataset["shown"]).toBe("7");
  });

  it("paints in the next frame and waits for nothing", async () => {
    const view = show(await filledModel());
    await view.shown(4);
    for (const p of [0, 10, 3, 8]) {
      point(view.span(p));
      await frames();
      expect(view.root().dataset["shown"]).toBe(String(p));
      expectPicture(view, p, both(p));
    }
  });

  it("does so where nobody answers and nothing can be saved", async () => {
    const model = await filledModel();
    model.save_changes = () => {
      throw new Error("no kernel");
    };
    const view = show(model);
    await view.shown(4);
    for (const p of [10, 0, 5]) {
      point(view.span(p, 1));
      await view.shown(p);
      expectPicture(view, p, both(p));
    }
    expect(view.el.querySelector(".rnnviz-notice")?.textContent).toBe("");
  });
});

describe("with a kernel that answers", () => {
  it("never shows the heat of one position under the underline of another", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    // The page's patience does not end while this test looks.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    point(view.span(8));
    await frames();
    expect(view.span(8).classList).toContain("rnnviz-pending");
    expectPicture(view, 4, both(4));
    expect(view.el.querySelector(".rnnviz-header")?.textContent).toContain("After “advan”");

    view.model.receive({ _answer: answerMessage(6, both(6)) });
    await frames();
    expectPicture(view, 4, both(4));
    view.model.receive({ _answer: answerMessage(8, both(8)) });
    await frames();
    expectPicture(view, 8, both(8));
    expect(view.el.querySelector(".rnnviz-pending")).toBeNull();

    // The answer that nobody waited for was kept.
    point(view.span(6));
    await frames();
    expectPicture(view, 6, both(6));
  });

  it("moves on when the row takes long: chips, no heat, no number", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    point(view.span(8));
    await vi.waitFor(() => expect(view.facet(0).dataset["state"]).toBe("computing"));
    expect(view.root().dataset["shown"]).toBeUndefined();
    for (const i of [0, 1]) {
      const spans = [...view.facet(i).querySelectorAll("[data-p]")];
      expect(spans.map(background)).toEqual(spans.map(() => NONE));
      expect(view.facet(i).querySelector(".rnnviz-numbers")?.textContent).toContain("computing…");
      expect(view.facet(i).querySelector(".rnnviz-numbers")?.textContent).not.toContain("%");
      expect(view.span(8, i).classList).toContain("rnnviz-selected");
      expect(view.facet(i).querySelector(".rnnviz-chips")?.textContent).toContain("learning");
    }
    view.model.receive({ _answer: answerMessage(8, both(8)) });
    await view.shown(8);
    expectPicture(view, 8, both(8));
  });

  it("asks for one position at a time, the newest next", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    for (const p of [5, 6, 7, 8, 9]) {
      point(view.span(p));
      await vi.waitFor(() => expect(view.model.get("position")).toBe(p));
    }
    expect(view.model.saved).toEqual([{ position: 5 }]);
    view.model.receive({ _answer: answerMessage(5, both(5)) });
    expect(view.model.saved.at(-1)).toEqual({ position: 9 });
    view.model.receive({ _answer: answerMessage(9, both(9)) });
    await view.shown(9);
    expect(view.model.saved.length).toBe(2);
    expectPicture(view, 9, both(9));
  });

  it("shows what the kernel selects", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    view.model.receive({ position: 2 });
    view.model.receive({ _answer: answerMessage(2, both(2)) });
    await view.shown(2);
    expectPicture(view, 2, both(2));
    expect(view.model.saved).toEqual([]);
  });

  it("says when no answer comes, and stops saying it when one does", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    const notice = () => view.el.querySelector(".rnnviz-notice")?.textContent;
    point(view.span(8));
    await vi.waitFor(() => expect(notice()).toMatch(/No answer from the kernel.*run the cell/), {
      timeout: 30_000,
    });
    // What was read can still be hovered.
    point(view.span(4));
    await view.shown(4);
    expectPicture(view, 4, both(4));
    view.model.receive({ _answer: answerMessage(8, both(8)) });
    await vi.waitFor(() => expect(notice()).toBe(""));
  });

  it("shows an error where it happened, as text, and goes on elsewhere", async () => {
    const words = "RuntimeError: <b>no</b> \n gradient";
    const rows = [words, scoresOf(1, 4)] as const;
    const view = show(modelOf({}, { _answer: answerMessage(4, rows) }));
    await view.shown(4);
    expect(view.facet(0).dataset["state"]).toBe("error");
    expect(view.facet(0).querySelector(".rnnviz-facet-state")?.textContent).toBe(words);
    expect(view.el.querySelector("b")).toBeNull();
    expect(background(view.span(4, 0))).toBe(NONE);
    expect(view.facet(1).dataset["state"]).toBe("painted");
    expect(background(view.span(4, 1))).not.toBe(NONE);
  });
});

describe("the fill", () => {
  it("is told quietly while it lasts", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    const progress = () => view.el.querySelector(".rnnviz-progress")?.textContent;
    expect(progress()).toBe("");
    const status = { epoch: 1, done: 43, total: 100, message: null };
    view.model.receive({ _status: { ...status, state: "filling" } });
    expect(progress()).toBe("reading rows 43 %");
    const bar = () => view.el.querySelector(".rnnviz-progress[role=progressbar]");
    expect(bar()?.getAttribute("aria-label")).toBe("reading rows");
    expect(bar()?.getAttribute("aria-valuenow")).toBe("43");
    const checking = "<LM>: checking which characters each output reads";
    view.model.receive({ _status: { ...status, done: 7, state: "filling", message: checking } });
    expect(progress()).toBe(checking);
    expect(bar()?.getAttribute("aria-label")).toBe(checking);
    expect(bar()?.getAttribute("aria-valuenow")).toBe("7");
    view.model.receive({ _status: { ...status, state: "done" } });
    expect(progress()).toBe("");
    expect(bar()).toBeNull();
    view.model.receive({ _status: { ...status, state: "stopped", message: "Out of <memory>." } });
    expect(progress()).toBe("Out of <memory>.");
  });

  it("brings rows while a position is waited for", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    point(view.span(8));
    const rows = new Map([[8, scoresOf(0, 8)]]);
    const others = new Map([[8, scoresOf(1, 8)]]);
    view.model.receive({ _rows: await rowsMessage(11, [rows, others], { complete: false }) });
    await view.shown(8);
    expectPicture(view, 8, both(8));
    expect(view.root().dataset["filled"]).toBeUndefined();
    // Nobody will answer for a row that came so: the next position is asked for at once.
    const sent = () => view.model.saved.at(-1)?.["position"] === 9;
    await withoutClock(() => point(view.span(9)), sent);
  });

  it("is taken from the newest message, however long each takes to unpack", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    const old = await rowsMessage(11, [new Map(), new Map()], { complete: false });
    const rows = [allRows(0, 11), allRows(1, 11)];
    view.model.receive({ _rows: old });
    view.model.receive({ _rows: await rowsMessage(11, rows) });
    view.model.receive({ _rows: { ...(await rowsMessage(11, [new Map()], { epoch: 7 })) } });
    await vi.waitFor(() => expect(view.root().dataset["filled"]).toBe("true"));
    point(view.span(10));
    await view.shown(10);
    expectPicture(view, 10, both(10));
  });
});
