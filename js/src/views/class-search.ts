/** Searching a class by its name: lists the likeliest classes with the typed prefix, and previews the active one. */
import { label, listen, make, mark, onAbort, setVariable, write } from "../core/dom";
import { amount, visible } from "../core/format";
import { wellFormed } from "../core/surrogates";
import type { Facet, FoundClasses } from "../wire";
import type { ClassSearchHandlers, FoundClassesView } from "./class-search-field";

/** How long typing must pause before classes are searched (debounce), in milliseconds. */
export const PAUSE = 120;

interface Option {
  readonly el: HTMLElement;
  readonly name: string;
}

/** Numbers the ids, which must be unique in a page. */
let fields = 0;

/** `el` and `input` are the field's; `models` are the facets, whose probabilities are listed side by side. */
export function makeClassSearch(
  el: HTMLElement,
  input: HTMLInputElement,
  models: readonly Pick<Facet, "name" | "unit">[],
  handlers: ClassSearchHandlers,
  signal: AbortSignal,
): FoundClassesView {
  const id = `rnnviz-any-${++fields}`;
  const list = make("div", "any-list");
  const note = make("div", "any-note");
  // Several pages may ask one kernel, and all of them get its replies.
  let serial = Math.floor(Math.random() * 2 ** 40);
  let pausing: ReturnType<typeof setTimeout> | undefined;
  let searching = false;
  let options: readonly Option[] = [];
  let active = -1;
  /** Of which position in which epoch the probabilities are that are listed. */
  let listed = "";

  const head = make(
    "div",
    "any-head",
    cell("name", ""),
    ...models.map(({ name }) => cell("p", name)),
  );
  head.hidden = models.length < 2;
  mark(head, "aria-hidden", "true");
  const popup = make("div", "any-popup", head, list, note);
  setVariable(popup, "n", models.length);
  el.append(popup);
  list.id = id;
  const names = models.map(({ name }) => name).join(", ");
  label(list, "listbox", `Classes, each with its probability by ${names}`);
  mark(note, "role", "status");
  mark(input, "aria-controls", id);
  listen(input, "keydown", key, signal);
  listen(input, "input", typed, signal);
  listen(input, "click", seek, signal);
  listen(input, "blur", close, signal);
  // The field keeps the keyboard focus.
  listen(popup, "pointerdown", (event) => event.preventDefault(), signal);
  listen(list, "pointermove", (event) => activate(at(event)), signal);
  listen(list, "pointerleave", () => activate(-1), signal);
  listen(list, "click", press, signal);
  onAbort(signal, () => clearTimeout(pausing));
  close();
  return { found, show };

  function found({ serial: answered, names }: FoundClasses): void {
    if (answered !== serial || !searching) return;
    activate(-1);
    options = names.map(({ name, p }, i) => ({ name, el: option(i, name, p) }));
    list.replaceChildren(...options.map(({ el }) => el));
    list.hidden = names.length === 0;
    write(note, names.length > 0 ? "" : "no class of all models begins so");
    popup.hidden = false;
    mark(input, "aria-expanded", String(names.length > 0));
  }

  function show(): void {
    if (searching && placeShown() !== listed) seek();
  }

  function placeShown(): string {
    return `${handlers.epoch()} ${handlers.shown()}`;
  }

  function option(i: number, name: string, odds: readonly number[]): HTMLElement {
    const shown = visible(name);
    const cells = models.map(({ unit }, m) => cell("p", amount(odds[m] ?? Number.NaN, unit)));
    const el = make("div", "any-option", cell("name", shown), ...cells);
    el.id = `${id}-${i}`;
    mark(el, "role", "option");
    el.title = shown;
    mark(el, "aria-selected", "false");
    return el;
  }

  function typed(): void {
    clearTimeout(pausing);
    searching = true;
    pausing = setTimeout(seek, PAUSE);
  }

  function seek(): void {
    clearTimeout(pausing);
    searching = true;
    listed = placeShown();
    handlers.seek({ prefix: wellFormed(input.value), serial: ++serial });
  }

  function close(): void {
    hide();
    activate(-1);
  }

  function hide(): void {
    clearTimeout(pausing);
    searching = false;
    popup.hidden = true;
    mark(input, "aria-expanded", "false");
    mark(input, "aria-activedescendant", null);
  }

  /** Makes an option the active one, and previews it; -1: none. */
  function activate(to: number): void {
    if (to === active) return;
    const [before, now] = [options[active], options[to]];
    active = now === undefined ? -1 : to;
    if (before !== undefined) mark(before.el, "aria-selected", "false");
    if (now !== undefined) mark(now.el, "aria-selected", "true");
    mark(input, "aria-activedescendant", now?.el.id ?? null);
    const { preview, explains } = handlers;
    preview(now === undefined ? null : () => (explains(now.name) ? null : [now.name]));
  }

  /** The option under the pointer, or -1. */
  function at({ target }: Event): number {
    return options.findIndex(({ el }) => el.contains(target as Node));
  }

  function press(event: MouseEvent): void {
    const option = options[at(event)];
    if (option !== undefined) choose(option.name, event.shiftKey);
  }

  /** Typed text stays, since the kernel may refuse it; so does the preview, until the class is explained. */
  function choose(name: string, pair: boolean): void {
    handlers.choose(name, pair);
    hide();
  }

  function key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") step(key === "ArrowDown" ? 1 : -1);
    else if (key === "Enter") enter(event.shiftKey);
    else if (key === "Escape") leave();
    else return;
    event.preventDefault();
  }

  function step(by: 1 | -1): void {
    const { length } = options;
    if (popup.hidden || length === 0) {
      seek();
      return;
    }
    // After the last option comes the field itself, then the first option.
    const to = (active + 1 + by + length + 1) % (length + 1);
    activate(to - 1);
    options[to - 1]?.el.scrollIntoView({ block: "nearest" });
  }

  function enter(pair: boolean): void {
    const option = popup.hidden ? undefined : options[active];
    const name = option?.name ?? wellFormed(input.value);
    if (name !== "") choose(name, pair);
  }

  function leave(): void {
    const open = !popup.hidden;
    close();
    if (open) return;
    input.value = "";
    handlers.leave();
  }
}

function cell(name: "name" | "p", words: string): HTMLElement {
  return make("span", `any-${name}`, words);
}
