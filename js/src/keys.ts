/** What a key means on the text. */

export type Move = "left" | "right" | "word-left" | "word-right" | "up" | "down" | "home" | "end";
export type Action = { move: Move } | "pin" | "release";

const MOVES: Readonly<Record<string, Move>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Home: "home",
  End: "end",
};

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey" | "shiftKey">;

export function actionOf({ key, ctrlKey, altKey, metaKey, shiftKey }: Key): Action | null {
  if (metaKey || shiftKey) return null;
  if (ctrlKey || altKey) {
    if (key === "ArrowLeft") return { move: "word-left" };
    if (key === "ArrowRight") return { move: "word-right" };
    return null;
  }
  if (key === "Enter" || key === " ") return "pin";
  if (key === "Escape") return "release";
  const move = MOVES[key];
  return move === undefined ? null : { move };
}

/** Where a move along the text leads; up and down depend on how it is laid out and are not known here. */
export function moved(characters: readonly string[], from: number, move: Move): number {
  const last = characters.length - 1;
  const blank = (p: number) => /^\s$/.test(characters[p] ?? " ");
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
