/** Which input of an output the reader looks at: it stands between its neighbours, is marked in the texts, and buttons go on. */
import { listen, make, makeButton, mark, toggle, write } from "../core/dom";
import { visible } from "../core/format";
import type { Drawing } from "./drawing";
import type { InstrumentHost } from "./instruments";

/** How many characters are shown on each side of the place. */
const AROUND = 12;

export class InputWalker {
  readonly el = make("span", "input-walker");
  readonly #before = make("span", "input-around");
  readonly #place = make("strong", "input-place");
  readonly #after = make("span", "input-around");
  readonly #context = make("span", "input-context", this.#before, this.#place, this.#after);
  #marked: Element[] = [];

  /** `walk` is called with -1 or 1 when the reader goes to the place before or after. */
  constructor(
    private readonly host: Pick<InstrumentHost, "scene" | "places">,
    canWalk: boolean,
    walk: (step: -1 | 1) => void,
    signal: AbortSignal,
  ) {
    const button = (sign: string, words: string, step: -1 | 1) => {
      const el = makeButton("button input-walk", sign, words);
      mark(el, "aria-label", words);
      listen(el, "click", () => walk(step), signal);
      return el;
    };
    this.el.append(
      button("‹", "The place before", -1),
      this.#context,
      button("›", "The next place", 1),
    );
    toggle(this.el, "input-fixed", !canWalk);
    mark(this.#context, "role", "img");
    signal.addEventListener("abort", () => this.#unmark());
  }

  /** Shows a place: the token of the first model there. */
  show(at: number): void {
    const { scene, places } = this.host;
    const { characters } = scene;
    const [facet] = scene.facets;
    const t = facet?.tokenAt[at] ?? 0;
    const start = Math.min(at, facet?.starts[t] ?? at);
    const stop = Math.max(at + 1, facet?.ends[t] ?? at + 1);
    const words = (from: number, to: number) => characters.slice(Math.max(0, from), to).join("");
    write(this.#before, (start > AROUND ? "…" : "") + words(start - AROUND, start));
    write(this.#place, visible(words(start, stop)));
    write(this.#after, words(stop, stop + AROUND) + (stop + AROUND < characters.length ? "…" : ""));
    mark(this.#context, "aria-label", `“${words(start, stop)}”, character ${at + 1}`);
    this.#unmark();
    this.#marked = places.flatMap((one) => [
      ...(one.parentElement?.querySelectorAll(`[data-p="${at}"]`) ?? []),
    ]);
    for (const span of this.#marked) span.classList.add("rnnviz-input-shown");
  }

  #unmark(): void {
    for (const span of this.#marked) span.classList.remove("rnnviz-input-shown");
  }
}

/** The strongest input of the output shown, of the first model whose row is here; null: of none. */
export function strongestInput({ heat, influence, shown }: Drawing): number | null {
  if (influence !== null) return shown;
  const own = heat.facets.find((one) => one !== null && one.part === null);
  if (!own) return null;
  let best = shown;
  for (let p = 0; p < own.shares.length; p++) {
    if (Math.abs(own.shares[p] ?? 0) > Math.abs(own.shares[best] ?? 0)) best = p;
  }
  return best;
}
