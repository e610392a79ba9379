/** The predictions of all facets, one below the other, as one stop of the tab key: arrows walk, and the editor takes of them. */
import { listen } from "../core/dom";
import type { TakeOffer } from "../state/take-offer";
import type { Predictions } from "./predictions";

/** Who types the text that predictions are taken into. */
export interface PredictionTaker {
  /** The keyboard goes back to the field. */
  leave(): void;
  /** The keyboard has gone from the predictions somewhere else. */
  left(): void;
  /** The reader is about to take one: those after the caret must be shown. */
  aim(): void;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
};

export class PredictionGrid {
  #offer: TakeOffer | null = null;
  #shown = 0;

  constructor(
    private readonly rows: readonly Predictions[],
    private readonly taker: PredictionTaker | null,
    signal: AbortSignal,
  ) {
    for (const row of rows.filter(({ interactive }) => interactive)) {
      // The field keeps the keyboard, and a telephone its keys on the screen.
      const keep = (event: Event) => this.#typing && row.takes && event.preventDefault();
      for (const el of row.elements) {
        listen(el, "pointerdown", keep, signal);
        listen(el, "mousedown", keep, signal);
        listen(el, "keydown", (event) => this.#key(event, row), signal);
        listen(el, "focus", () => this.#rove(el), signal);
        listen(el, "blur", (event) => this.#blur(event), signal);
      }
      listen(row.el, "pointerenter", () => this.#typing && taker?.aim(), signal);
    }
  }

  /** What the editor would take; null: no text is edited. */
  get offer(): TakeOffer | null {
    return this.#offer;
  }

  set offer(offer: TakeOffer | null) {
    this.#offer = offer;
    this.#update();
  }

  /** The predictions at another position are shown. */
  show(position: number): void {
    this.#shown = position;
    this.#update();
  }

  /** Takes the first that can be; tells whether there was one. */
  takeFirst(): boolean {
    const row = this.#first();
    row?.take();
    return row !== undefined;
  }

  /** Gives the keyboard to the first that the editor may take; tells whether there was one. */
  focus(): boolean {
    const row = this.rows.findIndex((_, i) => this.#offer?.takeable[i] && this.#at(i, 0));
    this.#at(row, 0)?.focus();
    return row >= 0;
  }

  get #typing(): boolean {
    return this.#offer?.typing === true;
  }

  #first(): Predictions | undefined {
    return this.rows.find((row, i) => this.#able(i) && row.elements[0]?.dataset["class"]);
  }

  #able(i: number): boolean {
    const { position, takeable } = this.#offer ?? { position: null, takeable: [] };
    return takeable[i] === true && (position === null || position === this.#shown);
  }

  #update(): void {
    const first = this.#offer?.armed ? this.#first() : undefined;
    this.rows.forEach((row, i) => {
      row.taking = { able: this.#able(i), typing: this.#typing, first: row === first };
    });
    const all = this.rows.flatMap((_, i) => this.#present(i));
    this.#rove(all.find((el) => el.tabIndex === 0) ?? all[0]);
  }

  /** The chips of a facet that name something. */
  #present(i: number): readonly HTMLElement[] {
    const row = this.rows[i];
    if (!row?.interactive) return [];
    return row.elements.filter((el) => el.dataset["class"] !== undefined);
  }

  #at(i: number, n: number): HTMLElement | undefined {
    return this.#present(i)[n];
  }

  #rove(at: HTMLElement | undefined): void {
    for (const row of this.rows.filter(({ interactive }) => interactive)) {
      for (const el of row.elements) el.tabIndex = el === at ? 0 : -1;
    }
  }

  #blur({ relatedTarget }: FocusEvent): void {
    const to = relatedTarget as HTMLElement | null;
    if (!this.rows.some(({ el }) => el.contains(to))) this.taker?.left();
  }

  #key(event: KeyboardEvent, row: Predictions): void {
    const [down = 0, right = 0] = STEPS[event.key] ?? [];
    const back = event.key === "Escape" && this.#typing;
    if (down === 0 && right === 0 && !back) return;
    event.preventDefault();
    event.stopPropagation();
    let i = this.rows.indexOf(row);
    const n = this.#present(i).indexOf(event.target as HTMLElement) + right;
    // Facets whose predictions can't be pressed are passed over.
    if (down !== 0) {
      do i += down;
      while (this.rows[i] !== undefined && this.#at(i, n) === undefined);
    }
    if (back || (i < 0 && this.#typing)) this.taker?.leave();
    else this.#at(i, n)?.focus();
  }
}
