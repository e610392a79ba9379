/** The strongest units at the character shown, as a table. */
import { listen, make } from "../core/dom";
import type { UnitStates } from "../state/unit-states";
import { signedPercent, stateNumber } from "../state/unit-words";

const MOST = 12;
const COLUMNS = ["unit", "state", "mean", "lowest", "highest"];

export class UnitTable {
  readonly el = make("details", "unit-table");
  readonly #body = make("div", "unit-table-body");
  #draw: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.el.append(
      make("summary", "unit-table-name", "the strongest units as a table"),
      this.#body,
    );
    listen(this.el, "toggle", () => this.el.open && this.#draw?.(), signal);
  }

  show(states: UnitStates, step: number, place: string): void {
    this.#draw = () => this.#body.replaceChildren(table(states, step, place));
    if (this.el.open) this.#draw();
  }
}

function table(states: UnitStates, step: number, place: string): HTMLElement {
  const { index, low, high, mean, carried, throughGate, shares } = states.facts;
  const lines = (states.strongest(step, MOST) ?? []).map(({ unit, value }) => {
    const numbers = [value, mean[unit], low[unit], high[unit]];
    const cells = numbers.map((one) =>
      make("td", "unit-cell", stateNumber(one ?? Number.NaN, states.places(unit))),
    );
    if (carried !== null) {
      cells.push(make("td", "unit-cell", signedPercent(shares[unit] ?? Number.NaN)));
    }
    const head = make("th", "unit-cell", String(index[unit] ?? unit));
    head.scope = "row";
    return make("tr", "unit-line", head, ...cells);
  });
  const carries = throughGate ? "lets through" : "carries";
  const heads = [...COLUMNS, ...(carried === null ? [] : [carries])].map((words) => {
    const head = make("th", "unit-cell", words);
    head.scope = "col";
    return head;
  });
  const caption = make("caption", "unit-caption", `${states.words}, at ${place}`);
  return make(
    "table",
    "unit-numbers",
    caption,
    make("thead", "unit-head", make("tr", "unit-line", ...heads)),
    make("tbody", "unit-body", ...lines),
  );
}
