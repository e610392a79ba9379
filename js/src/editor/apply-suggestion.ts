/** Inserting a prediction into a text, according to what the class is to it; pure functions. */
import { isWhiteSpace } from "../core/white-space";
import type { Truth } from "../wire";

/** The range that is replaced, and the text that replaces it; in UTF-16 units, like a field's caret. */
export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Inserts a class at the caret: a word replaces the whole word being typed; a token is added. */
export function applySuggestion(
  text: string,
  caret: number,
  name: string,
  truth: Truth,
): TextChange {
  if (truth === "next") return { start: caret, end: caret, text: name };
  const blank = (at: number) => at >= text.length || isWhiteSpace(text.charAt(at));
  let start = caret;
  while (start > 0 && !blank(start - 1)) start--;
  let end = caret;
  // Before a word's first letter nothing of it is typed: insert in front of it.
  if (start < caret) while (!blank(end)) end++;
  // A space that is already there ends the word.
  if (text.charAt(end) === " ") end++;
  return { start, end, text: `${name} ` };
}
