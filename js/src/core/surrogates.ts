/** Halves of surrogate pairs: JavaScript strings can hold them, but they can't be sent to a kernel. */

function isHalf(character: string): boolean {
  return /^[\ud800-\udfff]$/.test(character);
}

/** Which of a text's characters (code points) are halves. */
export function loneSurrogates(text: string): number[] {
  return Array.from(text).flatMap((character, p) => (isHalf(character) ? [p] : []));
}

/** The text with U+FFFD for every half. */
export function wellFormed(text: string): string {
  return Array.from(text, (character) => (isHalf(character) ? "\ufffd" : character)).join("");
}
