/** What one layer's units report, and what is common to those of all strips. */
import type { Span } from "../core/scales";
import type { UnitScale } from "../state/unit-colors";
import type { UnitMatch } from "../wire/generated";
import type { TextColours } from "./text-view";
import type { InterventionHandlers } from "./unit-interventions";
import type { MemoryHandlers } from "./unit-table";

export interface UnitFacetHandlers extends InterventionHandlers, MemoryHandlers {
  /** Whether no kernel answers. */
  readonly alone: boolean;
  /** Whether it is the first strip of its model. */
  readonly first: boolean;
  /** The model's text is to show these colours; null: it needs no others than those of connectivity. */
  colourText(colours: TextColours | null): void;
  /** The reader wants another strip of the model, or this one no longer. */
  addOrRemove(): void;
  /** Another unit is kept, or none any more. */
  kept(): void;
  /** The reader chooses another layer. */
  choose(layer: string): void;
  /** The pointer, or a key, is at a character of the strip. */
  pointAt(position: number): void;
  /** The reader brushes characters, or clears the brush. */
  brush(span: Span | null): void;
  /** The reader goes to a match, which may be in another text, or comes back with null. */
  go(match: UnitMatch | null): void;
  /** Whether matches in other texts can be shown. */
  readonly canVisit: boolean;
  /** Other states may be needed: of columns that came into view, or a unit's whole curve. */
  needMore(): void;
  scrolled(x: number): void;
  /** To be said to who does not see the strip. */
  speak(words: string): void;
}

/** What is common to all strips; a route stands under the first strip of each model alone. */
export interface UnitOptions {
  readonly scale: UnitScale;
  readonly overview: boolean;
  /** The output and the input between which the route of the memory is shown; null: none is. */
  readonly route: readonly [number, number] | null;
  /** What is said in place of a route that is not here. */
  readonly waiting: string | null;
  /** What is said in place of what each layer would predict, where that is not here; null: it is not wanted. */
  readonly lens: string | null;
}
