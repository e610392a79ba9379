/** Units as chips: pointed at, one colours the text; pressed, it stays. */
import { listen, make, makeButton, mark, onHoverOrFocus, write } from "../core/dom";
import type { UnitStates } from "../state/unit-states";
import { stateNumber } from "../state/unit-words";

const MOST = 6;

export interface ChipHandlers {
  point(unit: number | null): void;
  press(unit: number): void;
}

/** A chip, and the elements of its unit's number and of what is said of it. */
export interface UnitChip {
  readonly el: HTMLButtonElement;
  readonly unit: HTMLElement;
  readonly said: HTMLElement;
}

/** `own`: the unit that it is of now, as an index into those that are here; null: it is of none. */
export function makeUnitChip(
  own: () => number | null,
  handlers: ChipHandlers,
  signal: AbortSignal,
): UnitChip {
  const el = makeButton("button unit-chip", "");
  const unit = make("strong", "unit-chip-unit");
  const said = make("span", "unit-chip-state");
  el.append(make("span", "spoken", "unit "), unit, " ", said);
  onHoverOrFocus(el, (here) => handlers.point(here ? own() : null), signal);
  const press = () => {
    const pressed = own();
    if (pressed !== null) handlers.press(pressed);
  };
  listen(el, "click", press, signal);
  return { el, unit, said };
}

/** The strongest units at the character shown. */
export class UnitChips {
  readonly el = make("div", "unit-chips");
  readonly #words = make("span", "unit-chips-words");
  readonly #chips: readonly UnitChip[];
  #units: readonly number[] = [];

  constructor(handlers: ChipHandlers, signal: AbortSignal) {
    this.#chips = Array.from({ length: MOST }, (_, n) =>
      makeUnitChip(() => this.#units[n] ?? null, handlers, signal),
    );
    this.el.append(this.#words, ...this.#chips.map(({ el }) => el));
  }

  show(states: UnitStates, step: number, place: string, pinned: number | null): void {
    const found = states.strongest(step, MOST);
    write(this.#words, found === null ? `${place}: not here yet` : `strongest at ${place}:`);
    this.#units = (found ?? []).map(({ unit }) => unit);
    this.#chips.forEach(({ el, unit, said }, n) => {
      const one = found?.[n];
      el.hidden = one === undefined;
      if (one === undefined) return;
      write(unit, String(states.facts.index[one.unit] ?? one.unit));
      write(said, stateNumber(one.value, states.places(one.unit)));
      mark(el, "aria-pressed", String(one.unit === pinned));
    });
  }
}
