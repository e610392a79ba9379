/** Two measures beside each other, and a choice of one. */

import axe from "axe-core";
import { describe, expect, it, vi } from "vitest";
import { css, type Rgb } from "../../src/core/color";
import type { Measure } from "../../src/wire";
import { lastAsk, refuse, reply } from "../asks";
import { answerMessage, previewMessage, sceneMessage } from "../messages";
import { background, colours, controls, hover, modelOf, show } from "./helpers";

const AT = 4;
const METHOD: Measure = {
  name: "occlusion",
  signed: true,
  label: "how far the logit falls",
  of: null,
};
const FACETS = [{}, { name: "GRU, occlusion", measure: METHOD }];
const ROWS = [
  [1, 2, 3, 4, 10],
  [1, -6, 3, 4, -6],
];
const OFFERED = [
  ["norm", "gradient norm"],
  ["occlusion", "occlusion"],
];

async function open(traits = {}, parent?: HTMLElement) {
  const _answer = answerMessage(AT, ROWS, { signed: [false, true] });
  const view = show(
    modelOf({ target: "truth", facets: FACETS }, { position: AT, _answer, ...traits }),
    parent,
  );
  await view.shown(AT);
  return view;
}

const legend = (view: Awaited<ReturnType<typeof open>>) =>
  view.el.querySelector(".rnnviz-legend-words")!.textContent;

describe("a signed measure beside one that is not", () => {
  it("has one ramp with two arms, on one scale of shares", async () => {
    const view = await open();
    for (const i of [0, 1]) {
      const drawn = Array.from({ length: 5 }, (_, p) => background(view.span(p, i)));
      expect(drawn).toEqual(colours(ROWS, i, 5, { signed: true }));
    }
    const ends = [...view.el.querySelectorAll(".rnnviz-legend-end")].map((el) => el.textContent);
    expect(ends).toEqual(["≤ −30 %", "≥ +30 %"]);
  });

  it("is told apart in the legend, each with the name of its model", async () => {
    const view = await open();
    expect(legend(view)).toBe(
      "GRU: L2 norm of the gradient (no sign); GRU, occlusion: how far the logit falls, as a " +
        "share of its sum of magnitudes over all that was read; one scale for all models",
    );
    view.model.receive({ direction: "influence" });
    expect(legend(view)).toContain("each later output’s own measure that lies on this input (GRU:");
  });

  it("offers no scale in a unit that they have not in common, and draws shares where it is set", async () => {
    const view = await open({ scale: "one" });
    expect(controls(view).querySelector("[data-choice=share]")).not.toBeNull();
    expect(controls(view).querySelector("[data-choice=one]")).toBeNull();
    expect(controls(view).querySelector("[data-choice=published]")).toBeNull();
    expect(view.root().dataset["scale"]).toBe("share");
    expect(legend(view)).toContain("as a share of its sum");
  });

  it("keeps to each facet's own where something else is looked at", async () => {
    const view = await open();
    const chip = view.facet(0).querySelector<HTMLElement>('[data-class="legal"]')!;
    hover(chip);
    await vi.waitFor(() => expect(lastAsk(view.model, "preview")).toHaveProperty("serial"));
    const { serial } = lastAsk(view.model, "preview");
    const message = previewMessage(AT, ROWS, { serial });
    const { facets } = answerMessage(AT, ROWS, { signed: [false, true] });
    const own = [{}, { measure: METHOD }];
    const previewed = message["facets"] as object[];
    reply(view.model, "preview", {
      ...message,
      facets: previewed.map((facet, i) => ({ ...facet, ...Object(facets)[i], ...own[i] })),
    });
    await vi.waitFor(() => expect(view.root().dataset["previewed"]).toBe("true"));
    expect(background(view.span(1, 1))).toBe(colours(ROWS, 1, 5, { signed: true })[1]);
    expect(legend(view)).toContain("GRU: L2 (no sign); GRU, occlusion: how far the logit falls");
  });

  it.each([
    ["light", [255, 255, 255]],
    ["dark", [17, 19, 23]],
  ] as [string, Rgb][])("has nothing for axe to find on a %s ground", async (_, ground) => {
    const parent = document.createElement("div");
    parent.style.backgroundColor = css(ground);
    document.body.append(parent);
    const view = await open({ _choices: { measure: OFFERED }, measure: "norm" }, parent);
    const { violations } = await axe.run(view.el, { rules: { region: { enabled: false } } });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    parent.remove();
  });
});

describe("a choice of measures", () => {
  const select = (view: Awaited<ReturnType<typeof open>>) =>
    controls(view).querySelector<HTMLSelectElement>("select");

  it("lists what the kernel can do, and shows what is", async () => {
    const view = await open({ _choices: { measure: OFFERED }, measure: "occlusion" });
    const options = [...select(view)!.options].map(({ value, text }) => [value, text]);
    expect(options).toEqual(OFFERED);
    expect(select(view)!.value).toBe("occlusion");
    expect(select(view)!.labels[0]?.textContent).toContain("measure");
    view.model.receive({ measure: "norm" });
    expect(select(view)!.value).toBe("norm");
  });

  it("is asked for, and keeps the picture until the next one has its rows", async () => {
    const view = await open({ _choices: { measure: OFFERED }, measure: "norm" });
    const before = view.root();
    select(view)!.value = "occlusion";
    select(view)!.dispatchEvent(new Event("change"));
    expect(lastAsk(view.model, "measure").value).toBe("occlusion");
    view.model.receive({ measure: "occlusion" });
    view.model.receive({ _scene: sceneMessage({ epoch: 2, facets: FACETS }) });
    expect(view.root()).toBe(before);
    view.model.receive({
      _answer: answerMessage(AT, ROWS, { epoch: 2, signed: [false, true] }),
    });
    await vi.waitFor(() => expect(view.root().dataset["epoch"]).toBe("2"));
    expect(select(view)!.value).toBe("occlusion");
  });

  it("says what is refused, and goes back", async () => {
    const view = await open({ _choices: { measure: OFFERED }, measure: "norm" });
    select(view)!.value = "occlusion";
    select(view)!.dispatchEvent(new Event("change"));
    const message = "it can't serve GRU";
    refuse(view.model, "measure", message);
    expect(view.el.textContent).toContain(message);
    expect(select(view)!.value).toBe("norm");
  });

  it("of the numbers of a class stands beside it, and each is asked for by itself", async () => {
    const numbers = [
      ["logit", "logit"],
      ["log_prob", "log probability"],
    ];
    const _choices = { measure: OFFERED, of: numbers };
    const view = await open({ _choices, measure: "norm", of: "logit" });
    const [of, measure] = controls(view).querySelectorAll("select");
    expect(of!.labels[0]?.textContent).toContain("of the target");
    expect([...of!.options].map(({ value, text }) => [value, text])).toEqual(numbers);
    of!.value = "log_prob";
    of!.dispatchEvent(new Event("change"));
    expect(lastAsk(view.model, "of").value).toBe("log_prob");
    refuse(view.model, "of", "it has no log probability");
    expect(view.el.textContent).toContain("it has no log probability");
    expect([of!.value, measure!.value]).toEqual(["logit", "norm"]);
    view.model.receive({ of: "log_prob" });
    expect([of!.value, measure!.value]).toEqual(["log_prob", "norm"]);
  });

  it("is not there where there is none, nor without a kernel", async () => {
    expect(select(await open())).toBeNull();
    expect(select(await open({ _choices: { measure: [["norm", "gradient norm"]] } }))).toBeNull();
  });
});
