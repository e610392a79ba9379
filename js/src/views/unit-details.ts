/** What stands below one model's strip: what can be done with units, a memory's route, what layers predict, matches, a table. */
import type { Palette } from "../core/color";
import { make } from "../core/dom";
import type { UnitStates } from "../state/unit-states";
import type { Facet } from "../wire";
import type { ChipHandlers } from "./unit-chips";
import type { UnitFacetHandlers, UnitOptions } from "./unit-facet-options";
import { UnitInterventions } from "./unit-interventions";
import { UnitLens } from "./unit-lens";
import { marksOf, type ShownSearch, UnitMatches } from "./unit-matches";
import { type RouteHandlers, UnitRoute } from "./unit-route";
import { UnitTable } from "./unit-table";

export interface ShownUnits {
  readonly states: UnitStates;
  readonly palette: Palette;
  readonly options: UnitOptions;
  /** The character shown, in words too, and the step that it belongs to. */
  readonly shown: number;
  readonly place: string;
  readonly step: number;
  /** The unit that stays, as an index into those that are here. */
  readonly pinned: number | null;
  /** What was found for the selected characters; null: nothing was searched for, or nothing has come. */
  readonly search: ShownSearch | null;
}

export class UnitDetails {
  readonly el = make("div", "unit-details");
  readonly #acts: UnitInterventions;
  readonly #route: UnitRoute;
  readonly #lens: UnitLens;
  readonly #matches: UnitMatches;
  readonly #table: UnitTable;

  constructor(
    characters: readonly string[],
    facet: Facet,
    handlers: UnitFacetHandlers,
    acts: ChipHandlers & RouteHandlers & { release(): void },
    signal: AbortSignal,
  ) {
    this.#acts = new UnitInterventions(characters, facet.tokenAt, handlers, acts.release, signal);
    this.#route = new UnitRoute(characters, acts, signal);
    this.#lens = new UnitLens(characters);
    this.#matches = new UnitMatches(facet.name, { ...handlers, ...acts }, signal);
    this.#table = new UnitTable(handlers, signal);
    const parts = [this.#acts, this.#route, this.#lens, this.#matches, this.#table];
    this.el.append(...parts.map((part) => part.el));
  }

  show({ states, palette, options, shown, place, step, pinned, search }: ShownUnits): void {
    const { lens, layers } = states.facts;
    this.#table.show(states, step, place);
    this.#acts.show(states, pinned, [...marksOf(search, states.name).units], shown);
    this.#lens.show(lens?.position === shown ? lens : null, layers, options.lens);
    this.#matches.show(states, search);
    this.#route.show(states.facts, options, palette);
  }
}
