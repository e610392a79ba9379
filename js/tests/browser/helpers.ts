import { expect, onTestFinished, vi } from "vitest";
import { contrast, css, makePalette, niceCap, type Rgb, stepOf } from "../../src/core/color";
import { ModulesHere } from "../../src/hosts/page-modules";
import type { HostModel } from "../../src/hosts/position-sync";
import { makeTextEditing } from "../../src/hosts/text-editing";
import type { Instruments } from "../../src/hosts/view-instruments";
import { INSTRUMENTS, renderWidget } from "../../src/hosts/widget";
import { makeCheck } from "../../src/views/check";
import { makeClassSearch } from "../../src/views/class-search";
import type { InstrumentEntry } from "../../src/views/instruments";
import { ROW_STEPS } from "../../src/wire";
import "../../src/editor/editor.css";
import "../../src/views/class-search.css";
import { FakeModel } from "../fake-model";
import {
  allRows,
  answerMessage,
  partOf,
  rowsMessage,
  type SceneOptions,
  sceneMessage,
  scoresOf,
} from "../messages";

export const TEXT = "advanced le";

/** Scores of two models at a position. */
export const both = (p: number) => [scoresOf(0, p), scoresOf(1, p)];
/** The part of each of these rows from an input on. */
export const parts = (p: number, from: number) => both(p).map((row) => partOf(row, from));

/** The page's modules from their sources, whose style sheets are in the document. */
export const MODULES = new ModulesHere({
  editor: { make: makeTextEditing, style: "" },
  "class-search": { make: makeClassSearch, style: "" },
  check: { make: makeCheck, style: "" },
});

/** A model with a scene and its first answer, as the kernel makes it. */
export function modelOf(options: SceneOptions = {}, traits: Record<string, unknown> = {}) {
  return new FakeModel({
    position: 4,
    _scene: sceneMessage(options),
    _status: { epoch: 1, done: 0, total: 22, state: "idle", message: null },
    ...traits,
  });
}

/** A model whose rows are all in the page. */
export async function filledModel(options: SceneOptions = {}, traits = {}) {
  const text = options.text ?? TEXT;
  const length = Array.from(text).length;
  const facets = (options.facets ?? [{}, {}]).map((_, i) => allRows(i, length));
  return modelOf(options, { _rows: await rowsMessage(length, facets), ...traits });
}

export interface View<Model = FakeModel> {
  readonly el: HTMLElement;
  readonly model: Model;
  close(): void;
  root(): HTMLElement;
  facet(index: number): HTMLElement;
  span(position: number, facet?: number): HTMLElement;
  shown(position: number): Promise<void>;
}

/** Shows a widget; `modules` is where its modules come from: here they are there from the beginning. It has no instruments but `entries`. */
export function show<Model extends HostModel>(
  model: Model,
  parent: Element | ShadowRoot = document.body,
  modules: Instruments["modules"] = () => MODULES,
  entries: readonly InstrumentEntry[] = [],
): View<Model> {
  const el = document.createElement("div");
  parent.append(el);
  const end = new AbortController();
  renderWidget({ model, el, signal: end.signal }, { ...INSTRUMENTS, modules, entries });
  const close = () => {
    end.abort();
    el.remove();
  };
  onTestFinished(close);
  const find = (selector: string): HTMLElement => {
    const found = el.querySelector<HTMLElement>(selector);
    if (found === null) throw new Error(`no ${selector} in ${el.innerHTML.slice(0, 300)}`);
    return found;
  };
  const facet = (index: number) => find(`.rnnviz-facet:nth-of-type(${index + 1})`);
  return {
    el,
    model,
    close,
    root: () => find(".rnnviz-explorer"),
    facet,
    span: (position, index = 0) => {
      const span = facet(index).querySelector<HTMLElement>(`[data-p="${position}"]`);
      if (span === null) throw new Error(`no character ${position}`);
      return span;
    },
    shown: (position) =>
      vi.waitFor(() => expect(find(".rnnviz-explorer").dataset["shown"]).toBe(String(position))),
  };
}

/** The mouse over a character, as the browser tells it. */
export function point(span: Element, type = "pointermove", pointerType = "mouse"): void {
  const rect = span.getBoundingClientRect();
  span.dispatchEvent(
    new PointerEvent(type, {
      bubbles: true,
      composed: true,
      cancelable: true,
      pointerType,
      clientX: rect.left + rect.width / 2,
      clientY: rect.top + rect.height / 2,
      screenX: rect.left + rect.width / 2,
      screenY: rect.top + rect.height / 2,
    }),
  );
}

export function press(span: Element, pointerType = "mouse"): void {
  point(span, "pointerdown", pointerType);
  point(span, "pointerup", pointerType);
  point(span, "click", pointerType);
}

/** What was asked for in this frame has been painted. */
export async function frames(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(done));
}

/** Waits for what needs no clock, while those of the page stand. */
export async function withoutClock(act: () => void, done: () => boolean): Promise<void> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    act();
    while (!done()) await frames();
  } finally {
    vi.useRealTimers();
  }
}

/** The panel of controls, opened where it is not. */
export function controls(view: View<HostModel>): HTMLElement {
  const button = view.el.querySelector<HTMLElement>(".rnnviz-controls-button")!;
  if (button.getAttribute("aria-expanded") !== "true") button.click();
  return view.el.querySelector<HTMLElement>(".rnnviz-controls")!;
}

/** Opens the sheet of keys, the picture in words or the editor, by its button among the controls. */
export function unfold(view: View<HostModel>, what: "keys-button" | "words-button" | "edit"): void {
  controls(view).querySelector<HTMLElement>(`.rnnviz-${what}`)!.click();
}

/** How many characters of a facet have the dots of what is being computed. */
export function dotCount(view: View<HostModel>, i = 0): number {
  return view.facet(i).querySelectorAll(".rnnviz-computing").length;
}

export function background(el: Element): string {
  return getComputedStyle(el).backgroundColor;
}

export function rgbOf(color: string): Rgb {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}

export const NONE = "rgba(0, 0, 0, 0)";

/** What a facet must look like, from its scores: a colour for every character. */
export function colours(
  rows: readonly (readonly number[])[],
  facet: number,
  length: number,
  { ground = [255, 255, 255] as Rgb, signed = false } = {},
): string[] {
  const shares = rows.map((row) => {
    const total = row.reduce((sum, value) => sum + Math.abs(value), 0);
    const peak = Math.max(...row.map(Math.abs));
    // Values travel in steps of the peak.
    return row.map(
      (value) => (Math.round((ROW_STEPS * value) / peak) / ROW_STEPS) * (peak / total),
    );
  });
  const cap = niceCap(shares.map((row) => Math.max(...row.map(Math.abs))));
  const palette = makePalette(ground, signed);
  return Array.from({ length }, (_, p) => {
    const step = stepOf((shares[facet]?.[p] ?? 0) / cap);
    const arm = step < 0 ? palette.falling : palette.rising;
    const look = arm[Math.abs(step)];
    return step === 0 || look === undefined ? NONE : css(look.background);
  });
}

/** Every facet shows exactly these rows, under this underline. */
export function expectPicture(
  view: View<HostModel>,
  position: number,
  rows: readonly (readonly number[])[],
) {
  rows.forEach((_, i) => {
    const spans = [...view.facet(i).querySelectorAll<HTMLElement>("[data-p]")];
    expect(spans.map(background)).toEqual(colours(rows, i, spans.length));
    const underlined = spans.filter((span) => span.classList.contains("rnnviz-selected"));
    expect(underlined.map((span) => span.dataset["p"])).toEqual([String(position)]);
  });
}

export function readable(el: Element, under = background(el)): number {
  return contrast(rgbOf(getComputedStyle(el).color), rgbOf(under));
}

export { answerMessage };

let steps = 0;

/** The pointer moves onto an element, or along it. */
export function hover(el: Element, pointerType = "mouse"): void {
  steps -= 1;
  el.dispatchEvent(new PointerEvent("pointermove", { pointerType, screenX: steps }));
}

/** An element is no longer under the pointer. */
export function leave(el: Element): void {
  el.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "mouse" }));
}
