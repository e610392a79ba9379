/** What opens under the header while the reader wants it: the panel of controls and the sheet of keys. */
import { listen } from "../core/dom";
import type { Options } from "../state/options";
import type { Facet } from "../wire";
import type { ClassSearch } from "./class-search";
import { type ControlHandlers, Controls } from "./controls";
import { Fold, type OpenParts } from "./fold";
import { Help } from "./help";

export interface PanelsHandlers extends ControlHandlers {
  readonly opened: OpenParts;
  /** Opens the editor; null where the text can't be another. */
  readonly edit: HTMLElement | null;
  /** Makes the field to find any class with; null where none can be chosen. */
  readonly makeSearch: (() => ClassSearch) | null;
  /** What else has a place among the controls. */
  readonly words: HTMLElement;
  readonly freeze: HTMLElement;
  /** Gives the keyboard back to the facet that it came from. */
  focusFacet(index: number): void;
}

export class Panels {
  readonly controls: Fold<Controls>;
  readonly keys: Fold<Help>;
  #options: Options | null = null;
  #measure = "";
  /** The facet that the keyboard came from; null: from the button. */
  #from: number | null = null;

  constructor(
    facets: readonly Facet[],
    private readonly handlers: PanelsHandlers,
    signal: AbortSignal,
  ) {
    const { opened, edit, makeSearch, words, freeze } = handlers;
    const can = { choose: makeSearch !== null, edit: edit !== null };
    const title = "What keys, pointer and finger do";
    this.keys = new Fold("keys", opened, "keys", title, () => new Help(can), signal);
    const more = [...(edit === null ? [] : [edit]), words, this.keys.button, freeze];
    const makeControls = () => {
      const guests = { classSearch: makeSearch?.() ?? null, more };
      return new Controls(facets, handlers, guests, signal);
    };
    const what = "What is explained, how it is measured and how it is drawn (key C)";
    this.controls = new Fold("controls", opened, "controls", what, makeControls, signal);
    listen(this.controls.slot, "keydown", (event) => this.#escape(event), signal);
    listen(this.controls.button, "click", () => this.#opened(null), signal);
    this.controls.restore();
    this.keys.restore();
  }

  /** The field to find any class with, while it is there. */
  get classSearch(): ClassSearch | null {
    return this.controls.part?.classSearch ?? null;
  }

  set options(options: Options) {
    this.#options = options;
    this.#show();
  }

  /** The measure of all models that have none of their own. */
  set measure(name: string) {
    this.#measure = name;
    this.#show();
  }

  /** Opens the controls, where they are not, and gives them the keyboard of a facet. */
  enter(facet: number): void {
    this.controls.toggle(true);
    this.#opened(facet);
    this.controls.part?.focus();
  }

  /** Closes the controls and gives the keyboard back; tells whether they were open. */
  close(): boolean {
    const { controls } = this;
    if (!controls.open) return false;
    const inside = controls.slot.matches(":focus-within");
    controls.toggle(false);
    if (inside && this.#from === null) controls.button.focus({ preventScroll: true });
    else if (inside) this.handlers.focusFacet(this.#from ?? 0);
    return true;
  }

  #opened(from: number | null): void {
    this.#from = from;
    this.#show();
  }

  #show(): void {
    if (this.#options !== null) this.controls.part?.show(this.#options, this.#measure);
  }

  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.close()) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
