/** Writing numbers, characters and class names; Python must write the same (`tests/picture/words.json`). */
import { longest_name, longest_quote } from "../../../rnnviz_widget/picture/numbers.json";
import { empty_name, not_best, rank_unknown } from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "./fill";

/** "57.5 %"; very small and large probabilities stay distinct from 0 and 100 %. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "–";
  if (share > 0 && share < 0.0005) return "< 0.1 %";
  if (share < 1 && share >= 0.9995) return "> 99.9 %";
  return `${(100 * share).toFixed(1)} %`;
}

/** A number as it is: "0.1234", "−3.5", "1,234,567", "1.235e−7"; at least four digits of it. */
export function quantity(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  let said = "0";
  if (size > 0 && (size < 1e-4 || size >= 1e15)) {
    said = size
      .toExponential(3)
      .replace(/\.?0*e\+?/, "e")
      .replace("e-", "e−");
  } else if (size > 0 && size < 999.95) {
    said = String(Number(size.toPrecision(4)));
  } else if (size > 0) {
    // It is sent in single precision, which holds seven digits.
    said = grouped(Number(size < 1e7 ? size.toFixed(0) : size.toPrecision(7)));
  }
  return value < 0 ? `−${said}` : said;
}

/** A probability; or, if a model gives one number (its unit, maybe "", is given), that number. */
export function amount(p: number, unit: string | null): string {
  if (unit === null) return percent(p);
  return unit === "" ? quantity(p) : `${quantity(p)} ${unit}`;
}

/** A round number for the legend: "6 %", "0.3 %". */
export function roundPercent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}

/** A count: "1,204". */
export function grouped(n: number): string {
  return n.toLocaleString("en");
}

/** "1,204th"; 0, not known, becomes "not in the best 3" if 3 are known. */
export function ordinal(n: number, best = 0): string {
  if (n === 0) return best > 0 ? fill(not_best, { best }) : rank_unknown;
  const tens = n % 100;
  const suffix = tens > 10 && tens < 14 ? "th" : (["th", "st", "nd", "rd"][n % 10] ?? "th");
  return grouped(n) + suffix;
}

/** A character as it is drawn in the text; invisible ones get a visible sign. */
export function glyph(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\n") return "↵";
  if (character === "\t") return "→\t";
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  if (/^[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]$/u.test(character)) {
    return "□";
  }
  return /^\p{M}$/u.test(character) ? `◌${character}` : character;
}

/** A remark on a character whose shape does not show what it is, or null. */
export function describe(character: string): string | null {
  const code = character.codePointAt(0) ?? 0;
  if (character === "\n") return "line break";
  if (character === "\t") return "tab";
  if (glyph(character) !== character || (character !== " " && /^\p{Zs}$/u.test(character))) {
    return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return null;
}

/** A name of at most so many characters; the middle of a longer one is left out. */
export function shortened(name: string, most = longest_name): string {
  // A character takes one or two UTF-16 units.
  if (name.length <= most) return name;
  const characters = Array.from(name);
  if (characters.length <= most) return name;
  const first = Math.floor((2 * most) / 3);
  const [begin, end] = [characters.slice(0, first), characters.slice(first + 1 - most)];
  return `${begin.join("")}…${end.join("")}`;
}

/** A class's name without invisible characters. */
export function visible(name: string): string {
  if (name === "") return empty_name;
  const shown = Array.from(shortened(name), (character) =>
    character === "\t" ? "⇥" : glyph(character),
  ).join("");
  // Spaces within a name are visible; at its ends, or alone, they are not.
  return shown.replace(/^ +| +$/g, (spaces) => "␣".repeat(spaces.length));
}

/** The end of what was read, at most `most` characters, from the start of a word if possible. */
export function lastCharacters(
  characters: readonly string[],
  end: number,
  most = longest_quote,
): string {
  const start = Math.max(0, end - most);
  let from = start;
  if (start > 0 && characters[start - 1] !== " ") {
    const space = characters.indexOf(" ", start);
    if (space !== -1 && space < end - 1) from = space + 1;
  }
  const read = characters
    .slice(from, end)
    .map((character) => (character === "\t" ? "⇥" : glyph(character)));
  return (from > 0 ? "…" : "") + read.join("").replace(/ +$/, (s) => "␣".repeat(s.length));
}
