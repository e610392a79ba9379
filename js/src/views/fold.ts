/** A part of the widget that is in the page only while it is open, and the button that opens and closes it. */
import { listen, make, makeButton, mark } from "../core/dom";

/** Which parts the reader has open; shared by all pictures of a widget, one after the other. */
export interface OpenParts {
  controls: boolean;
  keys: boolean;
  words: boolean;
  /** The names of the instruments. */
  readonly instruments: Set<string>;
  /** What instruments keep of the reader's choices from one scene to the next, by their names. */
  readonly kept: Map<string, unknown>;
}

/** At first: nothing, or the instruments with these names. */
export function nothingOpen(instruments: readonly string[] = []): OpenParts {
  return {
    controls: false,
    keys: false,
    words: false,
    instruments: new Set(instruments),
    kept: new Map(),
  };
}

export class Fold<Part extends { readonly el: HTMLElement }> {
  readonly button: HTMLButtonElement;
  /** The place of the part while it is open. */
  readonly slot = make("div", "fold");
  #part: Part | null = null;

  /** `makePart` is called when it is first opened. */
  constructor(
    private readonly name: Exclude<keyof OpenParts, "instruments" | "kept">,
    private readonly opened: OpenParts,
    words: string,
    title: string,
    private readonly makePart: () => Part,
    signal: AbortSignal,
  ) {
    this.button = makeButton(`button ${name}-button`, words, title);
    listen(this.button, "click", () => this.toggle(), signal);
    mark(this.button, "aria-expanded", "false");
  }

  get open(): boolean {
    return this.slot.childElementCount > 0;
  }

  /** The part while it is open. */
  get part(): Part | null {
    return this.open ? this.#part : null;
  }

  toggle(open = !this.open): void {
    this.opened[this.name] = open;
    mark(this.button, "aria-expanded", String(open));
    if (open) this.#part ??= this.makePart();
    this.slot.replaceChildren(...(open && this.#part !== null ? [this.#part.el] : []));
  }

  /** Opens it if the picture before this one had it open. */
  restore(): void {
    if (this.opened[this.name]) this.toggle(true);
  }
}
