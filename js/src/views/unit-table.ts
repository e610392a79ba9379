/** The strongest units at the character shown, as a table. */
import { listen, make, makeButton, write } from "../core/dom";
import { quantity } from "../core/format";
import type { UnitStates } from "../state/unit-states";
import { signedPercent, stateNumber } from "../state/unit-words";
import type { Ask } from "../wire";
import type { UnitMemories } from "../wire/generated";
import { makeNumberTable } from "./number-table";

const MOST = 12;
/** Of so many units it is said that they remember longest. */
const LONGEST = 4;
const COLUMNS = ["unit", "state", "mean", "lowest", "highest"];
const MEMORY = ["half-life, steps", "reach, characters"];
const REACH =
  "Measure how far back the inputs lie that each unit of this layer depends on: takes seconds";

/** What is asked about the memory of units. */
export type MemoryQuestion = Ask<"states">["memory"];

export interface MemoryHandlers {
  /** The table is open, or the reach is to be measured; "none": neither any more. */
  askMemory(what: MemoryQuestion): void;
}

export class UnitTable {
  readonly el = make("details", "unit-table");
  readonly #body = make("div", "unit-table-body");
  #draw: (() => void) | null = null;

  readonly #alone: boolean;
  readonly #reach = makeButton("button", "measure the reach", REACH);
  readonly #memory = make("div", "unit-memory");

  constructor(
    { alone, askMemory }: MemoryHandlers & { readonly alone: boolean },
    signal: AbortSignal,
  ) {
    this.el.append(
      make("summary", "unit-table-name", "the strongest units as a table"),
      this.#body,
      this.#memory,
      this.#reach,
    );
    this.#alone = alone;
    listen(this.#reach, "click", () => askMemory("reach"), signal);
    const toggled = () => {
      if (this.el.open) this.#draw?.();
      if (!alone) askMemory(this.el.open ? "gates" : "none");
    };
    listen(this.el, "toggle", toggled, signal);
  }

  show(states: UnitStates, step: number, place: string): void {
    const { memory } = states.facts;
    // Once measured it is there for all units.
    const measured = memory !== null && !memory.reach.every(Number.isNaN);
    this.#reach.hidden = this.#alone || measured || memory?.halfLives.length === 0;
    write(this.#memory, memory === null ? "" : memoryWords(states, memory));
    this.#draw = () => this.#body.replaceChildren(table(states, step, place));
    if (this.el.open) this.#draw();
  }
}

function table(states: UnitStates, step: number, place: string): HTMLElement {
  const { index, low, high, mean, memory, carried, throughGate, shares } = states.facts;
  const remembers = memory !== null && memory.halfLives.length > 0;
  const lines = (states.strongest(step, MOST) ?? []).map(({ unit, value }) => {
    const numbers = [value, mean[unit], low[unit], high[unit]];
    const cells = numbers.map((one) => stateNumber(one ?? Number.NaN, states.places(unit)));
    if (remembers) cells.push(...memoryOf(memory, unit));
    if (carried !== null) cells.push(signedPercent(shares[unit] ?? Number.NaN));
    return { name: String(index[unit] ?? unit), cells };
  });
  const carries = carried === null ? [] : [throughGate ? "lets through" : "carries"];
  const columns = [...COLUMNS, ...(remembers ? MEMORY : []), ...carries];
  return makeNumberTable(`${states.words}, at ${place}`, columns, lines);
}

const memoryOf = ({ halfLives, reach }: UnitMemories, unit: number) => [
  steps(halfLives[unit]),
  Number.isNaN(reach[unit] ?? Number.NaN) ? "not measured" : quantity(reach[unit] ?? 0),
];

const steps = (count = Number.NaN) => (count === Number.POSITIVE_INFINITY ? "∞" : quantity(count));

/** By which gate half-lives are, and the units that remember longest. */
function memoryWords({ facts }: UnitStates, { halfLives, reach, words }: UnitMemories): string {
  const longest = (values: Float64Array) =>
    Array.from(values.keys())
      .filter((unit) => !Number.isNaN(values[unit] ?? Number.NaN))
      .sort((one, other) => (values[other] ?? 0) - (values[one] ?? 0))
      .slice(0, LONGEST)
      .map((unit) => `unit ${facts.index[unit] ?? unit} (${steps(values[unit])})`)
      .join(", ");
  if (halfLives.length === 0) return `No half-life: ${words}.`;
  const far = longest(reach);
  const reaching = far === "" ? "" : ` Farthest reach: ${far}.`;
  return `Half-life ${words}. Longest: ${longest(halfLives)}.${reaching}`;
}
