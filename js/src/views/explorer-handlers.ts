/** What the picture reports to whoever shows it, and asks of them. */
import type { ShareOf } from "../state/influence";
import type { Options } from "../state/options";
import type { Facet } from "../wire";
import type { ClassSearch, ClassSearchHandlers } from "./class-search-field";
import type { ControlHandlers } from "./controls";
import type { OpenParts } from "./fold";
import type { Selection } from "./pointing";
import type { makePredictionGrid, PredictionTaker } from "./prediction-grid";
import type { TargetChoiceHandlers } from "./target-choice";

type TargetHandlers = Pick<TargetChoiceHandlers, "explain" | "preview" | "seek">;

/** Makes the field to find any class with, for these models. */
export type ClassSearchMaker = (
  models: readonly Pick<Facet, "name" | "unit">[],
  handlers: ClassSearchHandlers,
  signal: AbortSignal,
) => ClassSearch;

/** Parts of the picture that need somebody who answers; pages where nobody does leave their code out. */
export interface ViewInstruments {
  /** The field to find any class with. */
  readonly makeClassSearch?: ClassSearchMaker;
  /** Lets the keyboard walk through predictions, and the editor take them. */
  readonly makePredictionGrid?: typeof makePredictionGrid;
}

export interface ExplorerHandlers extends ControlHandlers, TargetHandlers {
  readonly selection: Selection;
  /** The reader points at a character. */
  pointAt(position: number): void;
  /** The reader pins a character, or releases with null. */
  pin(position: number | null): void;
  /** Whether no kernel is behind the page. */
  readonly alone: boolean;
  /** The share of an output that lies on an input, where it is known. */
  readonly share: ShareOf;
  /** The reader chooses how the picture is drawn. */
  choose(change: Partial<Options>): void;
  /** The reader wants an output that needs no kernel in place of this one. */
  freeze(): void;
  /** What the reader has open; it outlives this picture. */
  readonly opened: OpenParts;
  readonly instruments: ViewInstruments;
  /** What edits the text; null where the text can't be another. */
  readonly editing: TextEditor | null;
}

/** The editor, as the picture knows it. */
export interface TextEditor extends PredictionTaker {
  /** Opens and closes it; null: it is always open. */
  readonly toggle: HTMLElement | null;
}
