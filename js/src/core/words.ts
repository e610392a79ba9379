/** Which word a character belongs to: a word begins with the white space before it, which announces it. As `words.py`. */
import type { Span } from "./scales";
import { isWhiteSpace } from "./white-space";

export interface Words {
  /** The first character of each character's word, and the one after its last. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export function wordsOf(characters: readonly string[]): Words {
  const { length } = characters;
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  let start = 0;
  for (let p = 0; p < length; p++) {
    if (isWhiteSpace(characters[p] ?? "")) start = p;
    starts[p] = start;
  }
  let end = length;
  for (let p = length - 1; p >= 0; p--) {
    ends[p] = end;
    if (isWhiteSpace(characters[p] ?? "")) end = p;
  }
  return { starts, ends };
}

/** A span of characters without the white space that announces its first word. */
export function trimmed(characters: readonly string[], { start, end }: Span): Span {
  let from = start;
  while (from < end && isWhiteSpace(characters[from] ?? "")) from += 1;
  return { start: from, end };
}
