/** What the picture reports to whoever shows it, and asks of them. */
import type { ShareOf } from "../state/influence";
import type { Options } from "../state/options";
import type { Truth } from "../wire";
import type { ClassSearch } from "./class-search";
import type { ControlHandlers } from "./controls";
import type { OpenParts } from "./fold";
import type { Selection } from "./pointing";
import type { PredictionGrid, PredictionTaker } from "./prediction-grid";
import type { TargetChoiceHandlers } from "./target-choice";

type TargetHandlers = Pick<TargetChoiceHandlers, "explain" | "preview" | "seek">;

/** Parts of the picture that need somebody who answers; pages where nobody does leave their code out. */
export interface ViewInstruments {
  /** Finds any class by its name. */
  readonly classSearch?: typeof ClassSearch;
  /** Lets the keyboard walk through predictions, and the editor take them. */
  readonly predictionGrid?: typeof PredictionGrid;
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
  /** The reader takes a prediction into the text. */
  take(name: string, truth: Truth): void;
}
