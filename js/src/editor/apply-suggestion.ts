/** What taking a prediction does to a text, by what the class is to it; pure. */
import { isWhiteSpace } from "../core/white-space";
import type { Truth } from "../wire";

/** What is replaced, and by what; in UTF-16 units, as a field counts them. */
export interface TextChange {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Takes a class at the caret: the word being typed is finished, of which a caret inside replaces all; a token is put in. */
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
  // Before a word's first letter nothing of it is typed: another goes in front.
  if (start < caret) while (!blank(end)) end++;
  // A space that is there already is the one after the word.
  if (text.charAt(end) === " ") end++;
  return { start, end, text: `${name} ` };
}
