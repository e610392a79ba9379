/** What comes after the first picture: other epochs, and what can't be drawn. */

import { describe, expect, it, vi } from "vitest";
import { FakeModel } from "../fake-model";
import { answerMessage, sceneMessage } from "../messages";
import { background, both, expectPicture, modelOf, NONE, show } from "./helpers";

describe("another epoch", () => {
  it("is drawn anew; position, pin and keyboard stay", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)), pinned: 4 }));
    await view.shown(4);
    view.facet(1).querySelector<HTMLElement>(".rnnviz-text")?.focus();
    view.model.receive({ _scene: sceneMessage({ epoch: 2, facets: [{}, { name: "LSTM" }] }) });
    expect(view.root().dataset["epoch"]).toBe("2");
    // The old epoch's rows are nothing to it.
    expect(view.root().dataset["shown"]).toBeUndefined();
    expect(background(view.span(2))).toBe(NONE);
    const rows = [
      [5, 4, 3, 2, 1],
      [1, 2, 3, 4, 5],
    ];
    view.model.receive({ _answer: answerMessage(4, rows, { epoch: 2 }) });
    await view.shown(4);
    expectPicture(view, 4, rows);
    expect(view.root().dataset["pinned"]).toBe("true");
    expect(document.activeElement).toBe(view.facet(1).querySelector(".rnnviz-text"));
  });

  it("may come trait by trait, the answer before the scene", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    const rows = [
      [5, 4, 3, 2, 1],
      [1, 2, 3, 4, 5],
    ];
    view.model.receiveOneByOne({
      _answer: answerMessage(4, rows, { epoch: 2 }),
      _scene: sceneMessage({ epoch: 2 }),
    });
    await view.shown(4);
    expectPicture(view, 4, rows);
  });

  it("may have a shorter text", async () => {
    const view = show(modelOf({}, { position: 10, _answer: answerMessage(10, both(10)) }));
    await view.shown(10);
    view.model.receive({ _scene: sceneMessage({ epoch: 2, text: "abc" }) });
    view.model.receive({ _answer: answerMessage(2, both(2), { epoch: 2 }) });
    await view.shown(2);
  });
});

describe("what cannot be drawn is said", () => {
  it.each([
    ["no scene yet", {}, /Waiting for the kernel/],
    ["a newer version", { ...sceneMessage(), version: 9 }, /can't be shown: it is of version 9/],
    ["a broken scene", { ...sceneMessage(), facets: 3 }, /not a list/],
    ["no text", sceneMessage({ text: "" }), /text is empty/],
    ["no model", sceneMessage({ facets: [] }), /no model/],
  ])("%s", (_, scene, words) => {
    const view = show(modelOf({}, { _scene: scene }));
    expect(view.el.textContent).toMatch(words);
  });

  it("beside a picture that goes on, when an answer or the rows are broken", async () => {
    const view = show(modelOf({}, { _answer: answerMessage(4, both(4)) }));
    await view.shown(4);
    view.model.receive({ _answer: { epoch: 1, position: 5, facets: [{ row: 5, data: 7 }] } });
    expect(view.el.querySelector(".rnnviz-footer")?.textContent).toContain("data is not bytes");
    view.model.receive({ _rows: { epoch: 1, complete: true, facets: [{ known: 1 }] } });
    await vi.waitFor(() =>
      expect(view.el.querySelector(".rnnviz-footer")?.textContent).toContain("can't be unpacked"),
    );
    expectPicture(view, 4, both(4));
  });

  it("and what comes later is drawn", async () => {
    const view = show(new FakeModel({ position: 4 }));
    view.model.receive({ _scene: sceneMessage() });
    view.model.receive({ _answer: answerMessage(4, both(4)) });
    await view.shown(4);
  });
});
