/** The field to find any class with, by its name. What searches and lists comes when the reader first goes there. */
import { listen, make, mark, suppressShortcuts } from "../core/dom";
import { type ModuleRequest, type PageModule, styleOf } from "../state/page-module";
import type { TargetToPreview } from "../state/preview-request";
import type { Facet, FoundClasses } from "../wire";
import type { makeClassSearch } from "./class-search";
import { makeWaitingWords } from "./waiting-words";

/** What the kernel is asked to find. */
export interface ClassSearchRequest {
  readonly prefix: string;
  readonly serial: number;
}

export interface ClassSearchHandlers {
  /** The position that is shown. */
  shown(): number;
  /** The epoch of the scene that is shown. */
  epoch(): number;
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

/** Lists what was found. */
export interface FoundClassesView {
  /** What was found; probabilities are at the position that is shown. */
  found(found: FoundClasses): void;
  /** Another position or scene may be shown, where the classes are not as likely. */
  show(): void;
}

export interface ClassSearch extends FoundClassesView {
  readonly el: HTMLElement;
}

/** `models` are the facets, whose probabilities stand side by side. */
export function makeClassSearchField(
  models: readonly Pick<Facet, "name" | "unit">[],
  handlers: ClassSearchHandlers,
  request: ModuleRequest<typeof makeClassSearch>,
  signal: AbortSignal,
): ClassSearch {
  const input = suppressShortcuts(make("input", "any-input"));
  const field = make("label", "any-label", make("span", "any-said", "explain "), input);
  const el = make("div", "any", field);
  const waiting = makeWaitingWords("the search");
  let list: FoundClassesView | null = null;
  /** What the reader did in the field while nobody listened, to be done again then. */
  let missed: "click" | "input" | null = null;
  input.placeholder = "any class…";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.title = "Explain any class: type how its name begins. With Shift and Enter compare";
  mark(input, "role", "combobox");
  mark(input, "autocapitalize", "off");
  mark(input, "aria-autocomplete", "list");
  mark(input, "aria-expanded", "false");
  // What is typed here is no business of the host, nor of the rest of the widget.
  listen(input, "keydown", (event) => event.stopPropagation(), signal);
  const module = request.here();
  if (module === null) awaitModule();
  else begin(module);
  return {
    el,
    found: (found) => list?.found(found),
    show: () => list?.show(),
  };

  function awaitModule(): void {
    let asked = false;
    const ask = () => {
      if (asked || list !== null) return;
      asked = true;
      el.append(waiting.el);
      request.open(begin, waiting.say);
    };
    listen(input, "focus", ask, signal);
    for (const type of ["click", "input"] as const) {
      listen(input, type, () => miss(type), signal);
    }
    listen(input, "keydown", key, signal);
    listen(input, "blur", leave, signal);

    function miss(type: "click" | "input"): void {
      if (list !== null) return;
      missed = type;
      ask();
    }

    function key(event: KeyboardEvent): void {
      if (list !== null || event.isComposing) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") miss("click");
      else if (event.key === "Escape") handlers.leave();
      else return;
      event.preventDefault();
    }

    function leave(): void {
      missed = null;
      asked = false;
    }
  }

  function begin(module: PageModule<typeof makeClassSearch>): void {
    if (list !== null || signal.aborted) return;
    waiting.el.remove();
    el.append(styleOf(module));
    list = module.make(el, input, models, handlers, signal);
    if (missed !== null) input.dispatchEvent(new Event(missed));
  }
}
