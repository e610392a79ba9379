/** The quiet line and the panel of controls: what is there at rest, and the way to all the rest. */

import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { lastAsk } from "../asks";
import { answerMessage, sceneMessage, scoresOf } from "../messages";
import { controls, filledModel, frames, show, type View } from "./helpers";

const AT = 4;

async function open(traits: Record<string, unknown> = {}): Promise<View> {
  const scene = { ...sceneMessage(), target: "truth" };
  const view = show(await filledModel({}, { _scene: scene, ...traits }));
  await view.shown(AT);
  return view;
}

const panel = (view: View) => view.el.querySelector<HTMLElement>(".rnnviz-controls");
const button = (view: View) => view.el.querySelector<HTMLElement>(".rnnviz-controls-button")!;
const text = (view: View, facet: number) =>
  view.facet(facet).querySelector<HTMLElement>(".rnnviz-text")!;
const visible = (view: View, selector: string) =>
  [...view.el.querySelectorAll<HTMLElement>(selector)].filter((el) => el.checkVisibility());

it("has one line and one button beside text and predictions at rest", async () => {
  const view = await open();
  expect(visible(view, "button, input, select, summary").map((el) => el.innerText)).toEqual([
    "controls",
  ]);
  const top = view.facet(0).getBoundingClientRect().top - view.root().getBoundingClientRect().top;
  expect(top).toBeLessThan(50);
  const last = view.facet(1).getBoundingClientRect().bottom;
  expect(view.root().getBoundingClientRect().bottom - last).toBeLessThan(20);
  expect(view.el.querySelector(".rnnviz-help, .rnnviz-in-words, .rnnviz-any")).toBeNull();
});

it("is in the page only while it is open, by question, and says what colours are", async () => {
  const view = await open({ _choices: { measure: [["norm", "gradient norm"], ["squared", "its square"]] } }); // biome-ignore format: one line
  expect(panel(view)).toBeNull();
  button(view).click();
  expect(button(view).getAttribute("aria-expanded")).toBe("true");
  const groups = [...panel(view)!.querySelectorAll<HTMLElement>(".rnnviz-group")];
  expect(groups.map((el) => el.querySelector(".rnnviz-question")?.textContent)).toEqual([
    "what is explained",
    "how it is measured",
    "how it is drawn",
    "what else",
  ]);
  const inside = (i: number, selector: string) => groups[i]?.querySelector(selector);
  expect(inside(0, "[role=combobox]")).not.toBeNull();
  expect(inside(0, "[data-choice=influence]")).not.toBeNull();
  expect(inside(1, "select")).not.toBeNull();
  expect(inside(1, "[data-choice=word]")).not.toBeNull();
  expect(inside(2, "[data-choice=sparsemax]")).not.toBeNull();
  expect(inside(2, ".rnnviz-toggle")).not.toBeNull();
  expect(visible(view, ".rnnviz-legend-words")).toHaveLength(1);
  const made = panel(view);
  button(view).click();
  expect(panel(view)).toBeNull();
  button(view).click();
  expect(panel(view)).toBe(made);
});

it("is entered by a key and left by Escape, which gives the keyboard back", async () => {
  const view = await open();
  const heard = vi.fn();
  document.addEventListener("keydown", heard);
  text(view, 1).focus();
  await userEvent.keyboard("c");
  expect(panel(view)?.contains(document.activeElement)).toBe(true);
  await userEvent.keyboard("{Tab}");
  expect(document.activeElement?.getAttribute("data-choice")).toBe("sources");
  await userEvent.keyboard("{Escape}");
  document.removeEventListener("keydown", heard);
  expect(panel(view)).toBeNull();
  expect(document.activeElement).toBe(text(view, 1));
  expect(heard).not.toHaveBeenCalled();
  button(view).focus();
  await userEvent.keyboard("{Enter}{Tab}");
  expect(panel(view)?.contains(document.activeElement)).toBe(true);
  await userEvent.keyboard("{Escape}");
  expect(document.activeElement).toBe(button(view));
});

it("is closed by Escape from the text too, after what is brushed and pinned", async () => {
  const view = await open({ brush: [1, 3], pinned: AT });
  controls(view);
  text(view, 0).focus();
  await userEvent.keyboard("{Escape}");
  expect(view.model.get("brush")).toBeNull();
  await userEvent.keyboard("{Escape}");
  await vi.waitFor(() => expect(view.model.get("pinned")).toBeNull());
  expect(panel(view)).not.toBeNull();
  await userEvent.keyboard("{Escape}");
  expect(panel(view)).toBeNull();
  expect(document.activeElement).toBe(text(view, 0));
});

it("stays open, with the keyboard where it was, when another picture comes", async () => {
  const view = await open({ _choices: { measure: [["norm", "gradient norm"], ["squared", "its square"]] } }); // biome-ignore format: one line
  text(view, 0).focus();
  await userEvent.keyboard("c");
  panel(view)!.querySelector<HTMLElement>("select")!.focus();
  const before = panel(view);
  view.model.receive({ _scene: { ...sceneMessage({ epoch: 2 }), target: "top" } });
  view.model.receive({ _answer: answerMessage(AT, [scoresOf(0, AT), scoresOf(1, AT)], { epoch: 2 }) }); // biome-ignore format: one line
  await vi.waitFor(() => expect(view.root().dataset["epoch"]).toBe("2"));
  expect(panel(view)).not.toBe(before);
  expect(document.activeElement).toBe(panel(view)!.querySelector("select"));
  expect(button(view).getAttribute("aria-expanded")).toBe("true");
});

it.each([
  ["direction", "influence", "influence ×", "sources"],
  ["scale", "row", "row maximum ×", "share"],
  ["by", "word", "by words ×", "character"],
  ["bars", true, "bars ×", false],
  ["playing", true, "playing ×", false],
] as const)(
  "says at rest that %s is set to %s, and a press takes it back",
  async (name, value, words, first) => {
    const view = await open({ [name]: value });
    const chosen = () => visible(view, ".rnnviz-chosen");
    expect(chosen().map((el) => el.innerText)).toEqual([words]);
    chosen()[0]!.click();
    expect(view.model.saved.at(-1)).toEqual({ [name]: first });
    expect(chosen()).toEqual([]);
  },
);

it("says how sharp a sparse scale is, where that is not the usual", async () => {
  const view = await open({ scale: "sparsemax", sharpness: 9.25 });
  expect(visible(view, ".rnnviz-chosen").map((el) => el.innerText)).toEqual(["sparse 9.25 ×"]);
});

it("shows at rest in a sentence what is measured, where that is not the norm", async () => {
  const measure = { name: "occlusion", signed: true, label: "how far it falls", of: null };
  const facets = [{ measure }, { name: "LSTM", measure }];
  const view = await open({ _scene: { ...sceneMessage({ facets }), target: "truth" } });
  expect(panel(view)).toBeNull();
  expect(visible(view, ".rnnviz-legend-words")).toHaveLength(1);
});

it.each([
  ["logit", 0],
  ["log_prob", 1],
] as const)(
  "shows at rest in a sentence that %s is explained, where that is not the usual",
  async (of, count) => {
    const measure = { name: "norm", signed: false, label: "a norm", of };
    const facets = [{ measure }, { name: "LSTM", measure }];
    const view = await open({ _scene: { ...sceneMessage({ facets }), target: "truth" } });
    expect(visible(view, ".rnnviz-legend-words")).toHaveLength(count);
  },
);

it("opens the editor by a key, and its own button closes it", async () => {
  const view = await open({ _scene: { ...sceneMessage({ editable: true }), target: "truth" } });
  text(view, 0).focus();
  await userEvent.keyboard("e");
  expect(document.activeElement?.tagName).toBe("TEXTAREA");
  await userEvent.click(view.el.querySelector(".rnnviz-close")!);
  expect(visible(view, "textarea")).toEqual([]);
  await frames();
  expect(lastAsk(view.model, "strips").wanted).toBe(false);
});
