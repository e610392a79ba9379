/** The strongest units at the character shown, as chips: pointed at, a unit colours the text; pressed, it stays. */
import { listen, make, makeButton, mark, onHoverOrFocus, write } from "../core/dom";
import type { UnitStates } from "../state/unit-states";
import { stateNumber } from "../state/unit-words";

const MOST = 6;

export interface ChipHandlers {
  point(unit: number | null): void;
  press(unit: number): void;
}

export class UnitChips {
  readonly el = make("div", "unit-chips");
  readonly #words = make("span", "unit-chips-words");
  readonly #chips: readonly HTMLButtonElement[];
  #units: readonly number[] = [];

  constructor(handlers: ChipHandlers, signal: AbortSignal) {
    this.#chips = Array.from({ length: MOST }, (_, n) => {
      const chip = makeButton("button unit-chip", "");
      const unit = make("strong", "unit-chip-unit");
      chip.append(make("span", "spoken", "unit "), unit, " ", make("span", "unit-chip-state"));
      const own = () => this.#units[n];
      onHoverOrFocus(chip, (here) => handlers.point(here ? (own() ?? null) : null), signal);
      const press = () => {
        const pressed = own();
        if (pressed !== undefined) handlers.press(pressed);
      };
      listen(chip, "click", press, signal);
      return chip;
    });
    this.el.append(this.#words, ...this.#chips);
  }

  show(states: UnitStates, step: number, place: string, pinned: number | null): void {
    const found = states.strongest(step, MOST);
    write(this.#words, found === null ? `${place}: not here yet` : `strongest at ${place}:`);
    this.#units = (found ?? []).map(({ unit }) => unit);
    this.#chips.forEach((chip, n) => {
      const one = found?.[n];
      chip.hidden = one === undefined;
      if (one === undefined) return;
      const number = stateNumber(one.value, states.places(one.unit));
      const [, unit, value] = chip.children as unknown as [Element, Element, Element];
      write(unit, String(states.facts.index[one.unit] ?? one.unit));
      write(value, number);
      mark(chip, "aria-pressed", String(one.unit === pinned));
    });
  }
}
