/** The callbacks of the editor. */

export interface EditorHandlers {
  /** The reader has typed; `position` is the character before the caret. */
  typed(text: string, position: number): void;
  /** The caret has moved in the text that is shown. */
  moved(position: number): void;
  /** The editor was opened or closed. */
  opened(open: boolean): void;
  /** The reader is about to type. */
  start(): void;
  /** The character that the picture explains. */
  shown(): number;
  /** Which predictions would be inserted has changed. */
  offered(): void;
  /** The predictions in the picture. */
  predictions(): PredictionsToTake | null;
}

/** Predictions that can be inserted into the text. */
export interface PredictionsToTake {
  /** Inserts the first of them, or moves the focus to it; returns whether there was one. */
  takeFirst(): boolean;
  focus(): boolean;
}

export interface EditorOptions {
  /** A line about what reads the text, and details. */
  readonly about?: string;
  readonly details?: string;
  /** Whether it can't be closed. */
  readonly fixed: boolean;
}
