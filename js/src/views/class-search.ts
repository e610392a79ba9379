/** Any class by its name: a field that finds the likeliest that begin so, and looks at each on the way along them. */
import { listen, make, mark, suppressShortcuts, write } from "../core/dom";
import { amount, visible } from "../core/format";
import { wellFormed } from "../core/surrogates";
import type { TargetToPreview } from "../state/preview-request";
import type { Facet, FoundClasses } from "../wire";

/** How long the reader has to pause in typing before names are sought. */
export const PAUSE = 120;

/** What the kernel is asked to find. */
export interface ClassSearchRequest {
  readonly prefix: string;
  readonly serial: number;
}

export interface ClassSearchHandlers {
  seek(request: ClassSearchRequest): void;
  /** The reader looks at a class, or with null away. */
  preview(wanted: TargetToPreview | null): void;
  /** Whether it is explained already. */
  explains(name: string): boolean;
  /** The reader chooses a class; `pair`: it rather than the one explained now. */
  choose(name: string, pair: boolean): void;
  /** The keyboard goes back to where it was. */
  leave(): void;
}

interface Option {
  readonly el: HTMLElement;
  readonly name: string;
}

/** Ids must be the only ones of their kind in a page. */
let fields = 0;

export class ClassSearch {
  readonly el: HTMLElement;
  readonly #id = `rnnviz-any-${++fields}`;
  readonly #input = suppressShortcuts(make("input", "any-input"));
  readonly #list = make("div", "any-list");
  readonly #note = make("div", "any-note");
  readonly #popup: HTMLElement;
  // Several pages may ask one kernel, and all of them hear what it replies.
  #serial = Math.floor(Math.random() * 2 ** 40);
  #pausing: ReturnType<typeof setTimeout> | undefined;
  #searching = false;
  #options: readonly Option[] = [];
  #active = -1;
  #position = -1;

  /** `models` are the facets, whose probabilities stand side by side. */
  constructor(
    private readonly models: readonly Pick<Facet, "name" | "unit">[],
    private readonly handlers: ClassSearchHandlers,
    signal: AbortSignal,
  ) {
    const input = this.#input;
    const head = make(
      "div",
      "any-head",
      cell("name", ""),
      ...models.map(({ name }) => cell("p", name)),
    );
    head.hidden = models.length < 2;
    mark(head, "aria-hidden", "true");
    this.#popup = make("div", "any-popup", head, this.#list, this.#note);
    this.#popup.style.setProperty("--rnnviz-n", String(models.length));
    const label = make("label", "any-label", make("span", "any-said", "explain "), input);
    this.el = make("div", "any", label, this.#popup);
    this.#list.id = this.#id;
    mark(this.#list, "role", "listbox");
    mark(
      this.#list,
      "aria-label",
      `Classes, each with its probability by ${models.map(({ name }) => name).join(", ")}`,
    );
    mark(this.#note, "role", "status");
    input.placeholder = "any class…";
    input.autocomplete = "off";
    input.spellcheck = false;
    input.title = "Explain any class: type how its name begins. With Shift and Enter compare";
    mark(input, "role", "combobox");
    mark(input, "autocapitalize", "off");
    mark(input, "aria-autocomplete", "list");
    mark(input, "aria-controls", this.#id);
    listen(input, "keydown", (event) => this.#key(event), signal);
    listen(input, "input", () => this.#typed(), signal);
    listen(input, "click", () => this.#seek(), signal);
    listen(input, "blur", () => this.#close(), signal);
    // The field keeps the keyboard.
    listen(this.#popup, "pointerdown", (event) => event.preventDefault(), signal);
    listen(this.#list, "pointermove", (event) => this.#activate(this.#at(event)), signal);
    listen(this.#list, "pointerleave", () => this.#activate(-1), signal);
    listen(this.#list, "click", (event) => this.#press(event), signal);
    signal.addEventListener("abort", () => clearTimeout(this.#pausing));
    this.#close();
  }

  /** What was found; probabilities are at the position that is shown. */
  found({ serial, names }: FoundClasses): void {
    if (serial !== this.#serial || !this.#searching) return;
    this.#activate(-1);
    this.#options = names.map(({ name, p }, i) => ({ name, el: this.#option(i, name, p) }));
    this.#list.replaceChildren(...this.#options.map(({ el }) => el));
    this.#list.hidden = names.length === 0;
    write(this.#note, names.length > 0 ? "" : "no class of all models begins so");
    this.#popup.hidden = false;
    mark(this.#input, "aria-expanded", String(names.length > 0));
  }

  /** Another position is shown, where the classes are not as likely. */
  show(position: number): void {
    if (position !== this.#position && this.#searching) this.#seek();
    this.#position = position;
  }

  #option(i: number, name: string, odds: readonly number[]): HTMLElement {
    const shown = visible(name);
    const cells = this.models.map(({ unit }, m) => cell("p", amount(odds[m] ?? Number.NaN, unit)));
    const el = make("div", "any-option", cell("name", shown), ...cells);
    el.id = `${this.#id}-${i}`;
    mark(el, "role", "option");
    el.title = shown;
    mark(el, "aria-selected", "false");
    return el;
  }

  #typed(): void {
    clearTimeout(this.#pausing);
    this.#searching = true;
    this.#pausing = setTimeout(() => this.#seek(), PAUSE);
  }

  #seek(): void {
    clearTimeout(this.#pausing);
    this.#searching = true;
    this.handlers.seek({ prefix: wellFormed(this.#input.value), serial: ++this.#serial });
  }

  #close(): void {
    this.#hide();
    this.#activate(-1);
  }

  #hide(): void {
    clearTimeout(this.#pausing);
    this.#searching = false;
    this.#popup.hidden = true;
    mark(this.#input, "aria-expanded", "false");
    mark(this.#input, "aria-activedescendant", null);
  }

  /** Makes an option the active one, and looks at it; -1: none. */
  #activate(to: number): void {
    if (to === this.#active) return;
    const [before, now] = [this.#options[this.#active], this.#options[to]];
    this.#active = now === undefined ? -1 : to;
    if (before !== undefined) mark(before.el, "aria-selected", "false");
    if (now !== undefined) mark(now.el, "aria-selected", "true");
    mark(this.#input, "aria-activedescendant", now?.el.id ?? null);
    const { preview, explains } = this.handlers;
    preview(now === undefined ? null : () => (explains(now.name) ? null : [now.name]));
  }

  /** Which option the pointer is on, or -1. */
  #at({ target }: Event): number {
    return this.#options.findIndex(({ el }) => el.contains(target as Node));
  }

  #press(event: MouseEvent): void {
    const option = this.#options[this.#at(event)];
    if (option !== undefined) this.#choose(option.name, event.shiftKey);
  }

  /** What was typed stays, for the kernel may refuse it; so does what is looked at, till it is explained. */
  #choose(name: string, pair: boolean): void {
    this.handlers.choose(name, pair);
    this.#hide();
  }

  #key(event: KeyboardEvent): void {
    // What is typed here is no business of the host, nor of the rest of the widget.
    event.stopPropagation();
    if (event.isComposing) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") this.#step(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter") this.#enter(event.shiftKey);
    else if (key === "Escape") this.#escape();
    else return;
    event.preventDefault();
  }

  #step(by: 1 | -1): void {
    const { length } = this.#options;
    if (this.#popup.hidden || length === 0) {
      this.#seek();
      return;
    }
    // Past the last comes the field itself, and then the first.
    const to = (this.#active + 1 + by + length + 1) % (length + 1);
    this.#activate(to - 1);
    this.#options[to - 1]?.el.scrollIntoView({ block: "nearest" });
  }

  #enter(pair: boolean): void {
    const option = this.#popup.hidden ? undefined : this.#options[this.#active];
    const name = option?.name ?? wellFormed(this.#input.value);
    if (name !== "") this.#choose(name, pair);
  }

  #escape(): void {
    const open = !this.#popup.hidden;
    this.#close();
    if (open) return;
    this.#input.value = "";
    this.handlers.leave();
  }
}

function cell(name: "name" | "p", words: string): HTMLElement {
  return make("span", `any-${name}`, words);
}
