/** The callbacks of the picture. */
import type { ShareOf } from "../state/influence";
import type { Options } from "../state/options";
import type { After } from "../state/shown-position";
import type { Facet } from "../wire";
import type { ClassSearch, ClassSearchHandlers } from "./class-search-field";
import type { ControlHandlers } from "./controls";
import type { OpenParts } from "./fold";
import type { InstrumentHost, OfferedInstrument } from "./instruments";
import type { Selection } from "./pointing";
import type { makePredictionGrid, PredictionTaker } from "./prediction-grid";
import type { TargetChoiceHandlers } from "./target-choice";

type TargetHandlers = Pick<TargetChoiceHandlers, "explain" | "wished" | "preview" | "seek">;

/** Makes the field to find any class with, for these models. */
export type ClassSearchMaker = (
  models: readonly Pick<Facet, "name" | "unit">[],
  handlers: ClassSearchHandlers,
  signal: AbortSignal,
) => ClassSearch;

/** Parts of the picture that need a kernel or models; pages without either leave their code out. */
export interface ViewInstruments {
  /** Makes the field that searches classes by name. */
  readonly makeClassSearch?: ClassSearchMaker;
  /** Makes predictions walkable by keyboard, so that the editor can insert them. */
  readonly makePredictionGrid?: typeof makePredictionGrid;
}

export interface ExplorerHandlers extends ControlHandlers, TargetHandlers {
  readonly selection: Selection;
  /** The reader points at a character. */
  pointAt(position: number): void;
  /** The reader pins a character, or releases with null. */
  pin(position: number | null): void;
  /** Whether the page has no kernel. */
  readonly alone: boolean;
  /** The instruments that the page can open, and what they may use. */
  readonly offered: readonly OfferedInstrument[];
  readonly after: After;
  readonly readText: InstrumentHost["readText"];
  readonly begin: InstrumentHost["begin"];
  readonly axis: InstrumentHost["axis"];
  /** The complete row of an output, if the page has it. */
  readonly row: InstrumentHost["row"];
  /** The share of an output's row on an input, if it is known. */
  readonly share: ShareOf;
  /** The reader changes an option of the picture. */
  choose(change: Partial<Options>): void;
  /** The reader asks to freeze the output. */
  freeze(): void;
  /** Which parts the reader has open; outlives this picture. */
  readonly opened: OpenParts;
  readonly instruments: ViewInstruments;
  /** The text editor; null if the text can't be changed. */
  readonly editing: TextEditor | null;
}

/** The editor, as the picture knows it. */
export interface TextEditor extends PredictionTaker {
  /** The button that opens and closes it; null: it is always open. */
  readonly toggle: HTMLElement | null;
}
