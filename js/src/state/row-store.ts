/** The rows of one scene that the page has, from all sources. */
import {
  type Answer,
  type Failure,
  type PackedRows,
  ROW_STEPS,
  type Row,
  type Scene,
} from "../wire";

export type Outcome = Row | Failure;

export function isRow(outcome: Outcome | undefined): outcome is Row {
  return outcome !== undefined && !("error" in outcome);
}

/** Whether these are only the nearest inputs of a row that is still being computed. */
export function isPart(outcome: Outcome | undefined): outcome is Row {
  return isRow(outcome) && outcome.from > 0;
}

/** Whether there is nothing more to wait for. */
export function isSettled(outcome: Outcome | undefined): boolean {
  return outcome !== undefined && !isPart(outcome);
}

export class RowStore {
  readonly #answered: Map<number, Outcome>[];
  #packed: PackedRows | null = null;

  constructor(private readonly scene: Scene) {
    this.#answered = scene.facets.map(() => new Map());
  }

  /** Whether the rows belong to this scene. */
  answer(answer: Answer): boolean {
    if (answer.epoch !== this.scene.epoch) return false;
    answer.facets.forEach(({ row, outcome }, i) => {
      const before = this.#answered[i]?.get(row);
      const shorter = isPart(outcome) && isRow(before) && before.from <= outcome.from;
      if (!shorter) this.#answered[i]?.set(row, outcome);
    });
    return true;
  }

  pack(rows: PackedRows): void {
    if (rows.epoch === this.scene.epoch) this.#packed = rows;
  }

  get complete(): boolean {
    return this.#packed?.complete ?? false;
  }

  /** What the page has for a facet at a position: a row or a part of it, an error, or nothing yet. */
  at(facet: number, position: number): Outcome | undefined {
    const s = this.scene.facets[facet]?.tokenAt[position];
    if (s === undefined) return undefined;
    const answered = this.#answered[facet];
    const known = answered?.get(s);
    if (isRow(known) && !isPart(known)) return known;
    const row = this.#packed?.facets[facet]?.row(s);
    if (row !== undefined) answered?.set(s, row);
    return row ?? known;
  }

  /** The complete row of an output, if the page has it. */
  row(facet: number, s: number): Row | undefined {
    const known = this.#answered[facet]?.get(s);
    const row = isRow(known) && !isPart(known) ? known : this.#packed?.facets[facet]?.row(s);
    return isRow(row) ? row : undefined;
  }

  /** The share of an output's row on an input, if the page has the complete row. */
  share(facet: number, s: number, t: number): number | undefined {
    const known = this.#answered[facet]?.get(s);
    if (!isRow(known) || isPart(known)) return this.#packed?.facets[facet]?.share(s, t);
    const { values, peak, total } = known;
    return total > 0 ? ((values[t] ?? 0) * peak) / total / ROW_STEPS : 0;
  }

  /** Whether everything at a position is there. */
  hasAll(position: number): boolean {
    return this.scene.facets.every((_, i) => isSettled(this.at(i, position)));
  }

  /** Whether every facet has something to show there, if only a part of a row. */
  canShow(position: number): boolean {
    return this.scene.facets.every((_, i) => this.at(i, position) !== undefined);
  }
}
