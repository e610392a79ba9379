/** The entry script for Jupyter, and the function with which every entry script shows a widget. */
import { errorMessage } from "../core/errors";
import { makeClassSearchField } from "../views/class-search-field";
import { makePredictionGrid } from "../views/prediction-grid";
import type { AskDoor } from "./asks";
import { EditorSlot } from "./editor-slot";
import { KernelModules } from "./kernel-modules";
import type { HostModel } from "./position-sync";
import type { Instruments } from "./view-instruments";
import { WidgetView } from "./widget-view";
import "../views/widget.css";

export interface RenderProps {
  readonly model: HostModel;
  readonly el: HTMLElement;
  readonly signal?: AbortSignal;
}

/** Shows the widget with these parts. Not called `render`, which hosts would call themselves. */
export function renderWidget(
  { model, el, signal }: RenderProps,
  instruments: Instruments,
): () => void {
  el.classList.add("rnnviz-host");
  const end = new AbortController();
  signal?.addEventListener("abort", () => end.abort());
  try {
    new WidgetView(model, el, end.signal, instruments);
    sayWhichPage(model);
  } catch (error) {
    el.textContent = `This view failed: ${errorMessage(error)}`;
    console.error(error);
  }
  return () => end.abort();
}

/** Those that Jupyter's page has. */
export const INSTRUMENTS = {
  modules: (model: HostModel, asks: AskDoor, signal: AbortSignal) =>
    new KernelModules(model, asks, signal),
  editorSlot: EditorSlot,
  makeClassSearchField,
  makePredictionGrid,
};

export default {
  /** Nothing is done before there is a view: it would only delay the kernel's messages. */
  initialize(): void {},

  render: (props: RenderProps): (() => void) => renderWidget(props, INSTRUMENTS),
};

/**
 * Tells the kernel which page this is: an output can be replaced only in the page in which it was made. The kernel then says
 * whether there is one to freeze; a saved state about another page does not count.
 */
function sayWhichPage(model: HostModel): void {
  const loaded = performance.timeOrigin;
  const known = model.get("_page");
  if (typeof known !== "number" || known === loaded) return;
  if (known !== 0) model.set("_freeze", "");
  model.set("_page", loaded);
  model.save_changes?.();
}
