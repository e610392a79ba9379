/** The panels that open under the header: the controls and the help sheet. */
import { consume, listen } from "../core/dom";
import type { Options } from "../state/options";
import type { Facet } from "../wire";
import type { ClassSearch } from "./class-search-field";
import { type ChosenNames, type ControlHandlers, type Controls, makeControls } from "./controls";
import { Fold, type OpenParts } from "./fold";
import { Help } from "./help";
import type { InstrumentSlots } from "./instrument-slots";
import type { KeyPanels } from "./pointing";

export interface PanelsHandlers extends ControlHandlers {
  readonly opened: OpenParts;
  /** Opens the editor; null if the text can't be changed. */
  readonly edit: HTMLElement | null;
  /** Makes the class search; null if no class can be chosen. */
  readonly makeSearch: (() => ClassSearch) | null;
  /** Other elements among the controls. */
  readonly words: HTMLElement;
  readonly freeze: HTMLElement;
  readonly instruments: InstrumentSlots;
  /** Returns the focus to the facet that it came from. */
  focusFacet(index: number): void;
}

export interface Panels extends KeyPanels {
  readonly controls: Fold<Controls>;
  readonly keys: Fold<Help>;
  /** The class search, while it is open. */
  classSearch(): ClassSearch | null;
  /** The options as set by the reader, and what is chosen for all models that have nothing of their own. */
  show(change: { readonly options?: Options; readonly chosen?: ChosenNames }): void;
}

export function makePanels(
  facets: readonly Facet[],
  handlers: PanelsHandlers,
  signal: AbortSignal,
): Panels {
  const { opened, edit, makeSearch, words, freeze, instruments } = handlers;
  let options: Options | null = null;
  let chosen: ChosenNames = {};
  /** The facet that the focus came from; null: the button. */
  let from: number | null = null;
  const can = { choose: makeSearch !== null, edit: edit !== null };
  const title = "What keys, pointer and finger do";
  const keys = new Fold(
    "keys",
    opened,
    "keys",
    title,
    () => new Help(can, instruments.keys),
    signal,
  );
  const more = [...(edit === null ? [] : [edit]), words, keys.button, freeze];
  const make = () => {
    const { buttons } = instruments;
    const guests = { classSearch: makeSearch?.() ?? null, instruments: buttons, more };
    return makeControls(facets, handlers, guests, signal);
  };
  const what = "What is explained, how it is measured and how it is drawn (key C)";
  const controls = new Fold("controls", opened, "controls", what, make, signal);
  listen(controls.slot, "keydown", (e) => e.key === "Escape" && close() && consume(e), signal);
  listen(controls.button, "click", () => enterFrom(null), signal);
  controls.restore();
  keys.restore();
  return {
    controls,
    keys,
    classSearch: () => controls.part?.classSearch ?? null,
    show: (change) => {
      ({ options = options, chosen = chosen } = change);
      update();
    },
    help: () => keys.toggle(),
    edit: () => edit?.click(),
    press: (letter) => instruments.press(letter),
    enter: (facet) => {
      controls.toggle(true);
      enterFrom(facet);
      controls.part?.focus();
    },
    close,
  };

  function enterFrom(facet: number | null): void {
    from = facet;
    update();
  }

  function update(): void {
    if (options !== null) controls.part?.show(options, chosen);
  }

  /** Restores the focus within the controls. */
  function close(): boolean {
    if (!controls.open) return false;
    const inside = controls.slot.matches(":focus-within");
    controls.toggle(false);
    if (inside && from === null) controls.button.focus({ preventScroll: true });
    else if (inside) handlers.focusFacet(from ?? 0);
    return true;
  }
}
