/** The best predictions at the caret, a row for each model and one below the other, so that models compare down a column. */
import { make, mark, write } from "../core/dom";
import { amount, visible } from "../core/format";
import type { Facet, Truth } from "../wire";

/** How many of each model are shown. */
const SHOWN = 3;

export interface SuggestionHandlers {
  take(name: string, truth: Truth): void;
  /** Back to the field. */
  leave(): void;
}

interface SuggestionSlot {
  readonly el: HTMLElement;
  readonly name: HTMLElement;
  readonly value: HTMLElement;
}

export class Suggestions {
  /** For each model: its name, and its row. */
  readonly rows: readonly { readonly name: HTMLElement; readonly el: HTMLElement }[];
  readonly #slots: readonly (readonly SuggestionSlot[])[];

  constructor(
    private readonly facets: readonly Pick<Facet, "name" | "truth">[],
    private readonly handlers: SuggestionHandlers,
    signal: AbortSignal,
  ) {
    this.#slots = facets.map(({ truth }) =>
      Array.from({ length: SHOWN }, () => makeSlot(truth !== null)),
    );
    this.rows = facets.map(({ name }, i) => {
      const el = make("div", "suggestions", ...(this.#slots[i] ?? []).map((one) => one.el));
      el.setAttribute("role", "group");
      el.setAttribute("aria-label", `${name} predicts`);
      return { name: make("div", "suggestions-name", name), el };
    });
    facets.forEach(({ truth }, i) => {
      if (truth === null) return;
      for (const { el } of this.#slots[i] ?? []) {
        const listen = { signal };
        // The field keeps the keyboard, and a telephone its keys on the screen.
        el.addEventListener("pointerdown", (event) => event.preventDefault(), listen);
        el.addEventListener("mousedown", (event) => event.preventDefault(), listen);
        el.addEventListener("click", () => this.#take(el, truth), listen);
        el.addEventListener("keydown", (event) => this.#key(event), listen);
        el.addEventListener("focus", () => this.#rove(el), listen);
      }
    });
  }

  /** What is predicted of each facet's output s; -1 has none. `takeable` tells of which a prediction could be taken here. */
  show(facets: readonly Facet[], outputs: readonly number[], takeable: readonly boolean[]): void {
    facets.forEach((facet, i) => {
      const s = outputs[i] ?? -1;
      this.#slots[i]?.forEach(({ el, name, value }, n) => {
        const index = s < 0 || n >= facet.k ? -1 : (facet.top[s * facet.k + n] ?? -1);
        const found = facet.classes[index];
        const p = facet.topP[s * facet.k + n] ?? Number.NaN;
        const shown = found === undefined ? "" : visible(found);
        el.classList.toggle("rnnviz-absent", found === undefined);
        write(name, shown);
        write(value, found === undefined ? "" : amount(p, facet.unit));
        const likely = Number.isFinite(p) && found && facet.unit === null;
        el.style.setProperty("--rnnviz-p", String(likely ? p : 0));
        if (el instanceof HTMLButtonElement) {
          const able = found !== undefined && found !== "" && takeable[i] === true;
          el.disabled = !able;
          mark(el, "data-class", able ? found : null);
        }
        el.title = shown;
      });
    });
    this.#rove(this.#able().find((el) => el.tabIndex === 0) ?? this.#able()[0]);
  }

  /** Takes the first that can be; tells whether there was one. */
  takeFirst(): boolean {
    const i = this.#first();
    const el = this.#slots[i]?.[0]?.el;
    const truth = this.facets[i]?.truth ?? null;
    if (el === undefined || truth === null) return false;
    this.#take(el, truth);
    return true;
  }

  /** Outlines the one that the tab key takes. */
  point(armed: boolean): void {
    const first = armed ? this.#first() : -1;
    this.#slots.forEach((row, i) => {
      const el = row[0]?.el;
      if (el === undefined) return;
      mark(el, "data-first", i === first ? "true" : null);
      mark(el, "aria-keyshortcuts", i === first ? "Tab" : null);
    });
  }

  /** Gives the keyboard to the first; tells whether there was one. */
  focus(): boolean {
    const el = this.#able()[0];
    el?.focus();
    return el !== undefined;
  }

  #first(): number {
    return this.#slots.findIndex((row) => row[0]?.el.dataset["class"] !== undefined);
  }

  #able(): HTMLElement[] {
    return this.#slots.flat().flatMap(({ el }) => (el.dataset["class"] === undefined ? [] : el));
  }

  #take(el: HTMLElement, truth: Truth): void {
    const name = el.dataset["class"];
    if (name !== undefined) this.handlers.take(name, truth);
  }

  /** The tab key stops once at all of them. */
  #rove(at: HTMLElement | undefined): void {
    for (const { el } of this.#slots.flat()) {
      if (el instanceof HTMLButtonElement) el.tabIndex = el === at ? 0 : -1;
    }
  }

  #key(event: KeyboardEvent): void {
    const step = {
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
    }[event.key];
    if (step === undefined && event.key !== "Escape") return;
    event.preventDefault();
    if (step === undefined) {
      this.handlers.leave();
      return;
    }
    const [down = 0, right = 0] = step;
    let i = this.#slots.findIndex((row) => row.some(({ el }) => el === event.target));
    const n = (this.#slots[i] ?? []).findIndex(({ el }) => el === event.target) + right;
    // Models whose predictions can't be taken are passed over.
    do i += down;
    while (down !== 0 && this.#slots[i] && !this.#slots[i]?.[n]?.el.dataset["class"]);
    if (i < 0) this.handlers.leave();
    else this.#slots[i]?.[n]?.el.focus();
  }
}

function makeSlot(takeable: boolean): SuggestionSlot {
  const name = make("span", "suggestion-name");
  const value = make("span", "suggestion-value");
  const el = make(takeable ? "button" : "span", "suggestion", name, value);
  if (el instanceof HTMLButtonElement) el.type = "button";
  el.dataset["lmSuppressShortcuts"] = "true";
  return { el, name, value };
}
