/** The predictions of all facets, one below the other, as one stop of the tab key: arrows walk, and the editor takes of them. */
import { consume, listen } from "../core/dom";
import type { TakeOffer } from "../state/take-offer";
import type { Truth } from "../wire";
import type { Predictions } from "./predictions";

/** Who types the text that predictions are taken into. */
export interface PredictionTaker {
  /** A prediction goes into the text. */
  take(name: string, truth: Truth): void;
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

  /** `choosable`: a prediction that is not taken is explained. */
  constructor(
    private readonly rows: readonly Predictions[],
    private readonly taker: PredictionTaker | null,
    private readonly choosable: boolean,
    signal: AbortSignal,
  ) {
    rows.forEach((row, i) => {
      if (!row.interactive) return;
      // The field keeps the keyboard, and a telephone its keys on the screen.
      const keep = (event: Event) => this.#typing && this.#takes(i) && event.preventDefault();
      for (const el of row.elements) {
        listen(el, "pointerdown", keep, signal);
        listen(el, "mousedown", keep, signal);
        listen(el, "keydown", (event) => this.#key(event, i), signal);
        listen(el, "focus", () => this.#rove(el), signal);
        listen(el, "blur", (event) => this.#blur(event), signal);
      }
      listen(row.el, "pointerenter", () => this.#typing && taker?.aim(), signal);
    });
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

  /** Takes a prediction that is pressed, while it can be taken; tells whether it can. */
  press(i: number, name: string): boolean {
    return this.#takes(i) && this.#take(i, name);
  }

  /** Takes the first that can be; tells whether there was one. */
  takeFirst(): boolean {
    const i = this.#first;
    return this.#take(i, this.#present(i)[0]?.dataset["class"]);
  }

  /** Gives the keyboard to the first that the editor may take; tells whether there was one. */
  focus(): boolean {
    const i = this.rows.findIndex((_, i) => this.#offer?.takeable[i] && this.#present(i)[0]);
    this.#present(i)[0]?.focus();
    return i >= 0;
  }

  #take(i: number, name: string | undefined): boolean {
    const truth = this.rows[i]?.facet.truth;
    if (!name || !truth) return false;
    this.taker?.take(name, truth);
    return true;
  }

  get #typing(): boolean {
    return this.#offer?.typing === true;
  }

  get #first(): number {
    return this.rows.findIndex((_, i) => this.#able(i) && this.#present(i)[0]);
  }

  /** Whether predictions of a facet can be taken where they are shown. */
  #able(i: number): boolean {
    const { position, takeable } = this.#offer ?? { position: null, takeable: [] };
    return takeable[i] === true && (position === null || position === this.#shown);
  }

  /** Whether a press takes rather than explains. */
  #takes(i: number): boolean {
    return this.#able(i) && (this.#typing || !this.choosable);
  }

  #update(): void {
    const first = this.#offer?.armed ? this.#first : -1;
    this.rows.forEach((row, i) => {
      row.showTaking(this.#takes(i), i === first);
    });
    const all = this.rows.flatMap((_, i) => this.#present(i));
    this.#rove(all.find((el) => el.tabIndex === 0) ?? all[0]);
  }

  /** The chips of a facet that name something. */
  #present(i: number): readonly HTMLElement[] {
    const row = this.rows[i];
    return row?.interactive ? row.elements.filter((el) => el.dataset["class"]) : [];
  }

  #rove(at: HTMLElement | undefined): void {
    for (const { interactive, elements } of this.rows) {
      if (interactive) for (const el of elements) el.tabIndex = el === at ? 0 : -1;
    }
  }

  #blur({ relatedTarget }: FocusEvent): void {
    const to = relatedTarget as HTMLElement | null;
    if (!this.rows.some(({ el }) => el.contains(to))) this.taker?.left();
  }

  #key(event: KeyboardEvent, from: number): void {
    const [down = 0, right = 0] = STEPS[event.key] ?? [];
    const back = event.key === "Escape" && this.#typing;
    if (down === 0 && right === 0 && !back) return;
    consume(event);
    const n = this.#present(from).indexOf(event.target as HTMLElement) + right;
    let i = from + down;
    // Facets whose predictions can't be pressed are passed over.
    while (down !== 0 && this.rows[i] !== undefined && !this.#present(i)[n]) i += down;
    if (back || (i < 0 && this.#typing)) this.taker?.leave();
    else this.#present(i)[n]?.focus();
  }
}
