/** The parts of the view of units that stand beside its strips, each in files of its own. */
import type { Fields } from "../wire/fields";
import type { UnitWindows } from "../wire/states";
import type { Drawing } from "./drawing";
import type { InstrumentHost } from "./instruments";

/** What a part may use. */
export interface UnitPartHost extends Omit<InstrumentHost, "ask"> {
  /** What the part wants to know is another thing than before: the view asks, once for all its parts. */
  changed(): void;
  /** Shows a unit of a model's layer in its strip, and keeps it. */
  showUnit(facet: number, layer: string, unit: number): void;
}

/** The layer and the unit that the first strip of a model shows; null: none. */
export interface ShownUnit {
  readonly layer: string | null;
  /** Its index in the layer, of the unit pointed at, else of the one that is kept. */
  readonly unit: number | null;
}

/** What the view shows. */
export interface ShownUnits {
  readonly drawing: Drawing;
  /** The character that is pointed at while another one is pinned. */
  readonly pointed: number | null;
  /** Of each model. */
  readonly units: readonly ShownUnit[];
}

export interface UnitPart {
  /** Its buttons among the choices of the view. */
  readonly choices: readonly HTMLElement[];
  /** What it adds to each ask of the view. */
  fields(): Fields;
  /** The view was drawn: of another character, with other units, or in other colours. */
  show(shown: ShownUnits): void;
  /** A reply to the view's newest ask. */
  read(reply: UnitWindows): void;
}

/** `signal` ends it: the reader closes the view, or another scene is shown. */
export type MakeUnitPart = (host: UnitPartHost, signal: AbortSignal) => UnitPart;

/** In the order in which they stand. */
export const UNIT_PARTS: readonly MakeUnitPart[] = [];
