/** The strips of all models at the caret, with a line about the bars, or about the one under the pointer. */
import { make, mark, onAbort, write } from "../core/dom";
import { grouped } from "../core/format";
import type { Facet, Strips } from "../wire";
import { ClassStrip } from "./class-strip";

export class ClassStrips {
  readonly #models = make("div", "strips");
  readonly #message = make("div", "editor-message");
  readonly elements = [this.#models, this.#message] as const;
  #strips: readonly ClassStrip[] = [];
  #shown: Strips | null = null;
  #noun = "classes";
  #shape = "";
  #shapeEnd = new AbortController();

  constructor(signal: AbortSignal) {
    onAbort(signal, () => this.#shapeEnd.abort());
  }

  /** Makes strips for these models; keeps the elements while the models are the same. */
  build(facets: readonly Facet[]): void {
    this.#noun = facets.every(({ truth }) => truth === "word") ? "words" : "classes";
    const shape = JSON.stringify(facets.map(({ name }) => name));
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#shapeEnd.abort();
    this.#shapeEnd = new AbortController();
    const { signal } = this.#shapeEnd;
    const pointed = (words: string | null) => write(this.#message, words ?? this.#meaning);
    this.#strips = facets.map(({ name }) => new ClassStrip(name, pointed, signal));
    const rows = facets.map(({ name }, i) =>
      make("div", "editor-model", make("div", "editor-name", name), this.#strips[i]?.el ?? ""),
    );
    this.#models.replaceChildren(...rows);
  }

  /** Null: the strips at the caret are awaited; those before stay, paler. */
  show(strips: Strips | null): void {
    mark(this.#models, "data-waiting", strips === null);
    if (strips === null) return;
    this.#shown = strips;
    for (const [i, view] of this.#strips.entries()) view.show(strips.facets[i] ?? null);
    write(this.#message, this.#meaning);
  }

  /** The line about the bars. */
  get #meaning(): string {
    const facets = this.#shown?.facets ?? [];
    const counts = new Set(facets.flatMap((strip) => strip?.classes ?? []));
    const [count] = counts;
    if (count === undefined) return "";
    const cells = Math.max(...facets.map((strip) => strip?.p.length ?? 0));
    const all = counts.size > 1 ? `All ${this.#noun}` : `All ${grouped(count)} ${this.#noun}`;
    return (
      `${all} in alphabetical order, in ${cells} bars; ` +
      "their height is the square root of the probability, full at 100 %."
    );
  }
}
