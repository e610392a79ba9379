/** What of the predictions in the picture the editor would take into the text. */
export interface TakeOffer {
  /** The character that they must be shown at; null: any, while the text in the field is not read yet. */
  readonly position: number | null;
  /** For each facet, whether its predictions can be taken. */
  readonly takeable: readonly boolean[];
  /** Whether the reader is typing: then pressing a prediction takes it rather than explains it. */
  readonly typing: boolean;
  /** Whether the tab key takes the first of them. */
  readonly armed: boolean;
}
