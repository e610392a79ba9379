/** What a key means on the text. */

import { isWhiteSpace } from "./white-space";
export type Move = "left" | "right" | "word-left" | "word-right" | "up" | "down" | "home" | "end";
export type Action =
  | { readonly move: Move; readonly brush: boolean }
  | "pin"
  | "release"
  | "play"
  | "controls"
  | "edit"
  | "help"
  /** A letter with no meaning of its own, which may open an instrument. */
  | { readonly letter: string };

const MOVES: Readonly<Record<string, Move>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "home",
  End: "end",
};

const LETTERS: Readonly<Record<string, Action>> = {
  p: "play",
  c: "controls",
  e: "edit",
  escape: "release",
};

const MIRRORED: Partial<Record<Move, Move>> = {
  left: "right",
  right: "left",
  "word-left": "word-right",
  "word-right": "word-left",
};

/** The key for the opposite direction, where the text runs from right to left. */
export function mirrored(move: Move): Move {
  return MIRRORED[move] ?? move;
}

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey">;

export function actionOf({ key, ctrlKey, altKey, metaKey, shiftKey }: Key): Action | null {
  if (metaKey) return null;
  const brush = shiftKey;
  if (ctrlKey || altKey) {
    if (key === "ArrowLeft") return { move: "word-left", brush };
    if (key === "ArrowRight") return { move: "word-right", brush };
    return null;
  }
  const move = MOVES[key];
  if (move !== undefined) return { move, brush };
  if (key === "?") return "help";
  if (shiftKey) return null;
  if (key === "Enter" || key === " ") return "pin";
  return LETTERS[key.toLowerCase()] ?? (/^[a-z]$/i.test(key) ? { letter: key } : null);
}

/** The character that a move along the text leads to; up and down depend on the layout and are not known here. */
export function moved(characters: readonly string[], from: number, move: Move): number {
  const last = characters.length - 1;
  const blank = (p: number) => isWhiteSpace(characters[p] ?? " ");
  let p = from;
  switch (move) {
    case "left":
      return Math.max(0, from - 1);
    case "right":
      return Math.min(last, from + 1);
    case "home":
      return 0;
    case "end":
      return last;
    case "word-left":
      p -= 1;
      while (p > 0 && blank(p)) p -= 1;
      while (p > 0 && !blank(p - 1)) p -= 1;
      return Math.max(0, p);
    case "word-right":
      while (p < last && !blank(p)) p += 1;
      while (p < last && blank(p)) p += 1;
      return p;
    default:
      return from;
  }
}
