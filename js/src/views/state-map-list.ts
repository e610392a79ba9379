/** The states nearest to a point, as a list: each with its text, how near it is, and what is predicted there. */
import { listen, make, mark, onHoverOrFocus, write } from "../core/dom";
import { contextOf, type NearPoint, nearTo, stepOf } from "../state/map-points";
import { nearWords, predictionWords } from "../state/map-words";
import type { PointMap } from "../wire/state-map";
import { makePlaceLine } from "./place-line";

export interface NearListHandlers {
  point(point: number | null): void;
  press(point: number): void;
  /** The nearest of a point are wanted that are not here; null: no longer. */
  needNear(point: number | null): void;
  /** Whether there is no kernel to compute them. */
  readonly alone: boolean;
}

export class NearList {
  readonly el = make("div", "map-near");
  readonly #words = make("div", "map-near-words");
  readonly #list = make("ol", "place-list");
  #shown: readonly unknown[] = [];
  #kept: number | null = null;
  #last: Parameters<NearList["show"]> | null = null;

  constructor(
    private readonly characters: readonly string[],
    model: string,
    private readonly handlers: NearListHandlers,
    private readonly signal: AbortSignal,
  ) {
    mark(this.#list, "aria-label", `Nearest states in ${model}`);
    this.el.append(this.#words, this.#list);
  }

  /** Keeps the nearest of a point, so that the pointer can go to the list and along it; null: no longer. */
  keep(point: number | null): void {
    this.#kept = point;
  }

  /** The pointer is gone: none is kept. */
  release(): void {
    this.keep(null);
    if (this.#last !== null) this.show(...this.#last);
  }

  /** The nearest of the point that is kept, or else of this one. */
  show(map: PointMap, other: number): void {
    this.#last = [map, other];
    const point = this.#kept ?? other;
    const { needNear, alone } = this.handlers;
    const found = nearTo(map, point);
    needNear(found === null ? point : null);
    const near = found ?? [];
    write(this.#words, nearWords(map, this.characters, point, alone));
    const key = [map, point, near.length];
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
    const press = () => {
      this.keep(null);
      this.handlers.press(point);
    };
    listen(line, "click", press, this.signal);
    return make("li", "place-item", line);
  }
}
