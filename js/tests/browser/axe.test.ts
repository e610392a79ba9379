/** axe-core finds nothing, on light and dark grounds, in whatever the picture shows. */

import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { css, type Rgb } from "../../src/core/color";
import { lastAsk, reply } from "../asks";
import { answerMessage, foundMessage, partOf, previewMessage, scoresOf } from "../messages";
import { controls, filledModel, modelOf, press, show, unfold } from "./helpers";

const GROUNDS: Readonly<Record<string, Rgb>> = { light: [255, 255, 255], dark: [17, 19, 23] };

async function findings(el: HTMLElement): Promise<string[]> {
  const { violations } = await axe.run(el, {
    resultTypes: ["violations"],
    // What belongs to a whole page is the host's.
    rules: { region: { enabled: false } },
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

function ground(name: string): HTMLElement {
  const el = document.createElement("div");
  el.style.backgroundColor = css(GROUNDS[name] ?? [0, 0, 0]);
  document.body.append(el);
  return el;
}

it.each(Object.keys(GROUNDS))("in a whole picture, pinned, on a %s ground", async (name) => {
  const view = show(await filledModel(), ground(name));
  await view.shown(4);
  expect(await findings(view.el)).toEqual([]);
  press(view.span(6));
  await vi.waitFor(() => expect(view.root().dataset["pinned"]).toBe("true"));
  view.model.receive({ _freeze: "ready", scale: "sparsemax", by: "word" });
  expect(await findings(view.el)).toEqual([]);
  unfold(view, "words-button");
  expect(view.el.querySelector(".rnnviz-controls, .rnnviz-in-words")).not.toBeNull();
  expect(await findings(view.el)).toEqual([]);
});

it.each(Object.keys(GROUNDS))(
  "with a span, bars and the sheet of keys, either way round, on a %s ground",
  async (name) => {
    const view = show(await filledModel({}, { brush: [1, 4], bars: true }), ground(name));
    await view.shown(4);
    unfold(view, "keys-button");
    expect(view.el.querySelector(".rnnviz-brush-value")?.textContent).toMatch(/%$/);
    expect(await findings(view.el)).toEqual([]);
    view.model.receive({ direction: "influence", playing: true });
    expect(await findings(view.el)).toEqual([]);
  },
);

it.each(Object.keys(GROUNDS))(
  "where a row failed or is on its way, on a %s ground",
  async (name) => {
    const rows = ["ValueError: no", partOf(scoresOf(1, 4), 2)] as const;
    const facets = [
      { note: "a note", unknown: [1] },
      { name: "LSTM", causal: false },
    ];
    const view = show(modelOf({}, { _answer: answerMessage(4, rows) }), ground(name));
    await vi.waitFor(() => expect(view.root().dataset["partial"]).toBe("4"));
    expect(await findings(view.el)).toEqual([]);
    const other = show(modelOf({ facets }, { _answer: {} }), ground(name));
    await vi.waitFor(() => expect(other.root().dataset["ready"]).toBe("true"));
    expect(await findings(other.el)).toEqual([]);
  },
);

it.each(Object.keys(GROUNDS))(
  "with classes found, and one looked at, on a %s ground",
  async (name) => {
    const facets = [{ rival: 1 }, { name: "LSTM", rival: 3 }];
    const view = show(
      await filledModel({ target: ["learning", "legal"], signed: true, facets }),
      ground(name),
    );
    await view.shown(4);
    expect(await findings(view.el)).toEqual([]);
    const field = controls(view).querySelector<HTMLInputElement>("[role=combobox]")!;
    field.focus();
    field.click();
    const { serial } = lastAsk(view.model, "classes");
    const names = { level: [0.044, 0.3], "<b>": [0.1, 0.002] };
    reply(view.model, "classes", foundMessage(serial, "", names));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    await vi.waitFor(() => expect(lastAsk(view.model, "preview")).toHaveProperty("serial"));
    const ask = lastAsk(view.model, "preview");
    const rows = ["no such class", scoresOf(0, 4)];
    reply(view.model, "preview", previewMessage(4, rows, { ...ask, name: "level" }));
    await vi.waitFor(() => expect(view.root().dataset["previewed"]).toBe("true"));
    expect(view.el.querySelector("[aria-expanded=true]")).not.toBeNull();
    expect(await findings(view.el)).toEqual([]);
    reply(view.model, "classes", foundMessage(serial, "", {}));
    expect(await findings(view.el)).toEqual([]);
  },
);
