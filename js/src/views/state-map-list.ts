/** The states nearest to a point, as a list: each with its text, how near it is, and what is predicted there. */
import { listen, make, mark, onHoverOrFocus, write } from "../core/dom";
import { contextOf, type NearPoint, stepOf } from "../state/map-points";
import { predictionWords } from "../state/map-words";
import type { PointMap } from "../wire/state-map";
import { makePlaceLine } from "./place-line";

export interface NearListHandlers {
  point(point: number | null): void;
  press(point: number): void;
}

export class NearList {
  readonly el = make("div", "map-near");
  readonly #words = make("div", "map-near-words");
  readonly #list = make("ol", "place-list");
  #shown: readonly unknown[] = [];

  constructor(
    private readonly characters: readonly string[],
    model: string,
    private readonly handlers: NearListHandlers,
    private readonly signal: AbortSignal,
  ) {
    mark(this.#list, "aria-label", `Nearest states in ${model}`);
    this.el.append(this.#words, this.#list);
  }

  /** `words`: of what they are the nearest, or why there are none. */
  show(map: PointMap, near: readonly NearPoint[], point: number, words: string): void {
    const key = [map, point, near.length];
    write(this.#words, words);
    if (key.every((part, n) => part === this.#shown[n])) return;
    this.#shown = key;
    this.#list.hidden = near.length === 0;
    this.#list.replaceChildren(...near.map((one) => this.#line(map, one)));
  }

  #line(map: PointMap, { point, similarity }: NearPoint): HTMLElement {
    const step = stepOf(map, point);
    const { before, own, after } = contextOf(map, this.characters, step);
    const { button: line } = makePlaceLine({
      ...{ before, own, after, predicted: predictionWords(map, step) },
      number: similarity.toFixed(3).replace("-", "−"),
    });
    onHoverOrFocus(line, (here) => this.handlers.point(here ? point : null), this.signal);
    listen(line, "click", () => this.handlers.press(point), this.signal);
    return make("li", "place-item", line);
  }
}
