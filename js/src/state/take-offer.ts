/** Which predictions in the picture the editor would insert into the text. */
export interface TakeOffer {
  /** The character at which they must be shown; null: any, while the text in the field is not read yet. */
  readonly position: number | null;
  /** For each facet, whether its predictions can be inserted. */
  readonly takeable: readonly boolean[];
  /** Whether the reader is typing: then pressing a prediction inserts it instead of explaining it. */
  readonly typing: boolean;
  /** Whether the tab key inserts the first of them. */
  readonly armed: boolean;
}
