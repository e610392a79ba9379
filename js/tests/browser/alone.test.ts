/** A page without a kernel: what was saved answers, the rest says so. */
import { describe, expect, it, vi } from "vitest";
import { PageModel } from "../../src/hosts/page-model";
import { allRows, answerMessage, rowsMessage, sceneMessage } from "../messages";
import {
  both,
  controls,
  expectPicture,
  modelOf,
  point,
  press,
  show,
  TEXT,
  type View,
} from "./helpers";

const LENGTH = TEXT.length;

async function saved(known = allRows(0, LENGTH)) {
  return new PageModel({
    position: 4,
    pinned: null,
    _scene: sceneMessage(),
    _answer: {},
    _rows: await rowsMessage(LENGTH, [known, allRows(1, LENGTH)]),
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
  });
}

describe("a saved page", () => {
  it("answers every hover and pin from its own rows", async () => {
    const view = show(await saved());
    await view.shown(4);
    expectPicture(view, 4, both(4));
    for (const p of [0, 7, LENGTH - 1]) {
      point(view.span(p));
      await view.shown(p);
      expectPicture(view, p, both(p));
    }
    press(view.span(6));
    await vi.waitFor(() => expect(view.root().dataset["pinned"]).toBe("true"));
    point(view.span(9));
    await view.shown(6);
    expectPicture(view, 6, both(6));
    expect(controls(view).querySelector(".rnnviz-freeze")).toHaveProperty("hidden", true);
  });

  it("says at once which characters were not saved, and goes on with the others", async () => {
    const known = allRows(0, LENGTH);
    known.delete(8);
    const view = show(await saved(known));
    await view.shown(4);
    const notice = () => view.el.querySelector(".rnnviz-notice")?.textContent;
    point(view.span(8));
    await vi.waitFor(() => expect(notice()).toMatch(/not saved with the page.*notebook/));
    expect(view.facet(0).querySelector(".rnnviz-numbers")?.textContent).toContain("not saved");
    expect(view.root().dataset["shown"]).toBeUndefined();
    point(view.span(3));
    await view.shown(3);
    expectPicture(view, 3, both(3));
    expect(notice()).toBe("");
  });
});

it("is alone as long as what stands in for a kernel does not answer", () => {
  const answerer = { answers: false, changed: () => {} };
  const model = new PageModel({}, answerer);
  expect(model.alone).toBe(true);
  answerer.answers = true;
  expect(model.alone).toBe(false);
});

describe("the freeze button", () => {
  const answered = { _answer: answerMessage(4, both(4)) };
  const button = (view: View) => controls(view).querySelector<HTMLButtonElement>(".rnnviz-freeze")!;

  it("is there when the kernel can replace the output, asks once and says what came of it", async () => {
    const view = show(modelOf({}, { ...answered, _freeze: "" }));
    await view.shown(4);
    expect(button(view).hidden).toBe(true);
    view.model.receive({ _freeze: "ready" });
    expect(button(view).hidden).toBe(false);
    button(view).click();
    expect(view.model.saved).toEqual([{ _freeze: "asked" }]);
    expect(button(view).disabled).toBe(true);
    expect(button(view).textContent).toBe("freezing…");
    const words = "This output could not be frozen: <b>disk</b>";
    view.model.receive({ _freeze: words });
    expect(button(view).disabled).toBe(false);
    expect(view.root().textContent).toContain(words);
    expect(view.el.querySelector("b")).toBeNull();
  });

  it("is not there where a saved state tells of another page", async () => {
    const view = show(modelOf({}, { ...answered, _freeze: "ready", _page: 1 }));
    await view.shown(4);
    expect(button(view).hidden).toBe(true);
  });

  it("tells the kernel once which page it stands in", async () => {
    const model = modelOf({}, { ...answered, _page: 0 });
    show(model);
    show(model);
    expect(model.saved).toEqual([{ _page: performance.timeOrigin }]);
  });
});
