/**
 * The page's one definition of white space: that of Python's `str.isspace`, by which the kernel finds words. JavaScript's
 * `\s` lacks U+001C to U+001F and U+0085, and adds U+FEFF.
 */
function isWhite(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (
    (code >= 0x1c && code <= 0x1f) || code === 0x85 || (/\s/.test(character) && code !== 0xfeff)
  );
}

/** Whether a character, or each character of a symbol, is white space; of "" it is not. */
export function isWhiteSpace(symbol: string): boolean {
  return symbol !== "" && Array.from(symbol).every(isWhite);
}
