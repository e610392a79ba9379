/** What one model's units report, and what is common to those of all models. */
import type { Span } from "../core/scales";
import type { UnitScale } from "../state/unit-colors";
import type { UnitMatch } from "../wire/generated";
import type { InstrumentHost } from "./instruments";

export interface UnitFacetHandlers extends Pick<InstrumentHost, "colourText" | "alone"> {
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
  /** A unit's whole curve is needed. */
  needCurve(): void;
  scrolled(x: number): void;
  /** To be said to who does not see the strip. */
  speak(words: string): void;
}

/** What is common to all models. */
export interface UnitOptions {
  readonly scale: UnitScale;
  readonly overview: boolean;
  /** The output and the input between which the route of the memory is shown; null: none is. */
  readonly route: readonly [number, number] | null;
  /** What is said in place of a route that is not here. */
  readonly waiting: string | null;
}
