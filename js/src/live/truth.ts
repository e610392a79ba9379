/** The right answer and the target at each position, as in rnnviz_widget/models (symbols, truth, targets). */
import { isWhiteSpace } from "../core/white-space";
import type { ModelSpec } from "./message";

/** A text that a model can't read; the message says why. */
export class TextError extends Error {
  constructor(
    words: string,
    /** The characters that the model does not know. */
    readonly unknown: readonly number[] = [],
  ) {
    super(words);
  }
}

export interface TargetClass {
  /** The right class, or null. */
  readonly target: number | null;
  /** What this answer is, or why there is none. */
  readonly reason: string;
}

export interface Tokens {
  readonly characters: readonly string[];
  readonly symbols: readonly string[];
  readonly ids: readonly number[];
  readonly unknown: readonly number[];
}

/** One symbol a character. Throws a `TextError` if one is unknown and nothing replaces it. */
export function tokensOf(
  characters: readonly string[],
  { inputs, unknown, name }: ModelSpec,
  ids: ReadonlyMap<string, number>,
): Tokens {
  const strange = characters.flatMap((character, t) => (ids.has(character) ? [] : [t]));
  if (strange.length > 0 && unknown === null) {
    const words = unknownWords(characters, strange, inputs);
    throw new TextError(`${name} does not know ${words}`, strange);
  }
  const symbols = characters.map((c) => (ids.has(c) ? c : (unknown ?? "")));
  return { characters, symbols, ids: symbols.map((s) => ids.get(s) ?? 0), unknown: strange };
}

function unknownWords(
  characters: readonly string[],
  strange: readonly number[],
  inputs: readonly string[],
): string {
  const different = [...new Set(strange.map((t) => characters[t] ?? ""))];
  const shown = different.slice(0, 5).map(named).join(", ");
  const more = different.length > 5 ? ` and ${different.length - 5} more` : "";
  const place = `first as character ${(strange[0] ?? 0) + 1}`;
  const short = inputs.length <= 40 && inputs.every((symbol) => Array.from(symbol).length === 1);
  const known = short ? `it knows “${inputs.join("")}”` : `it knows ${inputs.length} symbols`;
  return `${shown}${more} (${place}); ${known}.`;
}

function named(character: string): string {
  if (character === "\n") return "a line break";
  if (character === "\t") return "a tab";
  const code = character.codePointAt(0) ?? 0;
  const unseen = /^[\p{C}\p{Z}]$/u.test(character) && character !== " ";
  return unseen ? `U+${code.toString(16).toUpperCase().padStart(4, "0")}` : `“${character}”`;
}

export function trueClasses(
  { truth, noTruth }: ModelSpec,
  tokens: Tokens,
  classes: ReadonlyMap<string, number>,
): TargetClass[] {
  if (truth === "next") return nextToken(tokens, classes);
  if (truth === "word") return wordBeingTyped(tokens, classes);
  return tokens.symbols.map(() => ({ target: null, reason: noTruth }));
}

function nextToken(tokens: Tokens, classes: ReadonlyMap<string, number>): TargetClass[] {
  const unknown = new Set(tokens.unknown);
  return tokens.symbols.map((_, s) => {
    const t = s + 1;
    const symbol = tokens.symbols[t];
    if (symbol === undefined) return { target: null, reason: "nothing follows the last position" };
    const target = unknown.has(t) ? undefined : classes.get(symbol);
    if (target !== undefined) return { target, reason: "the next token" };
    const reason = `“${tokens.characters[t]}”, which follows, is not among the classes`;
    return { target: null, reason };
  });
}

function wordBeingTyped(tokens: Tokens, classes: ReadonlyMap<string, number>): TargetClass[] {
  const { symbols, characters } = tokens;
  const none: TargetClass = { target: null, reason: "no word follows" };
  const answers: TargetClass[] = symbols.map(() => none);
  let start = 0;
  while (start < symbols.length) {
    let first = start;
    while (first < symbols.length && isWhiteSpace(symbols[first] ?? "")) first++;
    let end = first;
    while (end < symbols.length && !isWhiteSpace(symbols[end] ?? "")) end++;
    if (end > first) {
      const target = classes.get(symbols.slice(first, end).join(""));
      const shown = characters.slice(first, end).join("");
      answers.fill(
        target === undefined
          ? { target: null, reason: `“${shown}” is not a word the model can predict` }
          : { target, reason: "the word being typed" },
        start,
        end,
      );
    }
    start = end;
  }
  return answers;
}

/** The class to explain and why, if that is known without the model's predictions. */
export function targetClass({ target }: ModelSpec, answer: TargetClass): TargetClass {
  if (target === "top") return { target: null, reason: "the top prediction" };
  if (target !== "truth") return { target, reason: "the class you chose" };
  if (answer.target !== null) return answer;
  return { target: null, reason: `the top prediction, as ${answer.reason}` };
}
