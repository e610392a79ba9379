/** The callbacks of the editor. */

export interface EditorHandlers {
  /** The reader has typed; `position` is the character before the caret. */
  typed(text: string, position: number): void;
  /** The caret has moved in the text that is shown. */
  moved(position: number): void;
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

/** Where the reader types. */
export interface EditorField {
  /** The text area of the slot that the editor fills; the reader may have typed in it already. */
  readonly input: HTMLTextAreaElement;
  /** Closes the editor; null: it is always open. */
  readonly close: (() => void) | null;
}

/** What the editor says about the models in the page that read the text: a line, and details. */
export interface TextReaders {
  readonly about: string;
  readonly details: string;
}
