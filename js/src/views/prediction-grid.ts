/** The predictions of all facets as one stop of the tab key: arrows walk, and the editor inserts from them. */
import { consume, listen, onHoverOrFocus } from "../core/dom";
import type { TakeOffer } from "../state/take-offer";
import type { Truth } from "../wire";
import type { Predictions } from "./predictions";

/** The editor into whose text predictions are inserted. */
export interface PredictionTaker {
  /** Inserts a prediction into the text. */
  take(name: string, truth: Truth): void;
  /** The focus returns to the field. */
  leave(): void;
  /** The focus has left the predictions for another place. */
  left(): void;
  /** The reader is about to insert one: the predictions at the caret must be shown. */
  aim(): void;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
};

export interface PredictionGrid {
  /** What the editor would insert; null: no text is edited. */
  offer(offer: TakeOffer | null): void;
  /** Predictions at another position are shown. */
  show(position: number): void;
  /** Inserts a pressed prediction, if it can be inserted; returns whether it was. */
  press(facet: number, name: string): boolean;
  /** Inserts the first prediction that can be; returns whether there was one. */
  takeFirst(): boolean;
  /** Moves the focus to the first that the editor may insert; returns whether there was one. */
  focus(): boolean;
}

/** `choosable`: pressing a prediction that can't be inserted explains it. */
export function makePredictionGrid(
  rows: readonly Predictions[],
  taker: PredictionTaker | null,
  choosable: boolean,
  signal: AbortSignal,
): PredictionGrid {
  let offered: TakeOffer | null = null;
  let shown = 0;
  rows.forEach((row, i) => {
    if (!row.interactive) return;
    // The field keeps the focus, and a phone its on-screen keyboard.
    const keep = (event: Event) => offered?.typing && takes(i) && event.preventDefault();
    for (const el of row.elements) {
      listen(el, "pointerdown", keep, signal);
      listen(el, "mousedown", keep, signal);
      listen(el, "keydown", (event) => walk(event, i), signal);
      listen(el, "focus", () => rove(el), signal);
      listen(el, "blur", left, signal);
    }
    onHoverOrFocus(row.el, (here) => here && offered?.typing && taker?.aim(), signal);
  });
  return {
    offer: (offer) => {
      offered = offer;
      update();
    },
    show: (position) => {
      shown = position;
      update();
    },
    press: (i, name) => takes(i) && take(i, name),
    takeFirst: () => take(first(), present(first())[0]?.dataset["class"]),
    focus: () => {
      const i = rows.findIndex((_, i) => offered?.takeable[i] && present(i)[0]);
      present(i)[0]?.focus();
      return i >= 0;
    },
  };

  function take(i: number, name: string | undefined): boolean {
    const truth = rows[i]?.facet.truth;
    if (!name || !truth) return false;
    taker?.take(name, truth);
    return true;
  }

  function first(): number {
    return rows.findIndex((_, i) => able(i) && present(i)[0]);
  }

  /** Whether a facet's predictions can be inserted at the position shown. */
  function able(i: number): boolean {
    const { position, takeable } = offered ?? { position: null, takeable: [] };
    return takeable[i] === true && (position === null || position === shown);
  }

  /** Whether a press inserts a prediction instead of explaining it. */
  function takes(i: number): boolean {
    return able(i) && (offered?.typing || !choosable);
  }

  function update(): void {
    const armed = offered?.armed ? first() : -1;
    rows.forEach((row, i) => {
      row.showTaking(takes(i), i === armed);
    });
    const all = rows.flatMap((_, i) => present(i));
    rove(all.find((el) => el.tabIndex === 0) ?? all[0]);
  }

  /** The chips of a facet that show a class. */
  function present(i: number): readonly HTMLElement[] {
    const row = rows[i];
    return row?.interactive ? row.elements.filter((el) => el.dataset["class"]) : [];
  }

  /** All chips are one stop of the tab key. */
  function rove(at: HTMLElement | undefined): void {
    for (const { interactive, elements } of rows) {
      if (interactive) for (const el of elements) el.tabIndex = el === at ? 0 : -1;
    }
  }

  function left({ relatedTarget }: FocusEvent): void {
    const to = relatedTarget as HTMLElement | null;
    if (!rows.some(({ el }) => el.contains(to))) taker?.left();
  }

  function walk(event: KeyboardEvent, from: number): void {
    const [down = 0, right = 0] = STEPS[event.key] ?? [];
    const back = event.key === "Escape" && offered?.typing;
    if (down === 0 && right === 0 && !back) return;
    consume(event);
    const n = present(from).indexOf(event.target as HTMLElement) + right;
    let i = from + down;
    // Facets whose predictions can't be pressed are skipped.
    while (down !== 0 && rows[i] !== undefined && !present(i)[n]) i += down;
    if (back || (i < 0 && offered?.typing)) taker?.leave();
    else present(i)[n]?.focus();
  }
}
