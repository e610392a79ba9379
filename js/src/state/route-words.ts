/** The route of a memory in words: what is left of a link without a unit, and shares of weak links. */
import { percent, quantity } from "../core/format";
import type { MemoryRoute } from "../wire/generated";
import { placeWords, signedPercent } from "./unit-words";

/** Whether a single unit carries more than there is in the end: what units carry cancels out, so that shares say little. */
export function isWeak({ strongest }: MemoryRoute): boolean {
  return strongest.some(({ share }) => Math.abs(share) > 1);
}

/** What one unit carries: its share, or of a weak link the amount. */
export function carriedWords(route: MemoryRoute, share: number): string {
  return isWeak(route) ? quantity(share * route.connectivity) : signedPercent(share);
}

/** What becomes of the link, and of the prediction, without the unit that carries most. */
export function checkWords(
  characters: readonly string[],
  { input, output, strongest, check }: MemoryRoute,
  layer: (name: string) => string,
): string {
  const [from, to] = [input, output].map((p) => placeWords(characters, p));
  const [unit] = strongest;
  if (check === null || unit === undefined)
    return `Nothing of ${from} reaches the output at ${to}.`;
  const { before, after, probabilityBefore, probabilityAfter } = check;
  const link = `the link from ${from} to ${to} goes from ${quantity(before)} to ${quantity(after)}`;
  const target = `the target from ${quantity(probabilityBefore)} to ${quantity(probabilityAfter)}`;
  return (
    `With unit ${unit.unit} (${layer(unit.layer)}) at its mean meanwhile, ` +
    `${link} (${changeWords(before, after)}), and ${target}.`
  );
}

function changeWords(before: number, after: number): string {
  if (before === after) return "it stays what it was";
  const left = before === 0 ? Number.POSITIVE_INFINITY : after / before;
  if (left > 1) return "it grew";
  if (left < 0) return "it turned its sign: too weak for a share";
  return `${percent(1 - left)} is gone`;
}
