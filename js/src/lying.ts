/** Where a row's connectivity lies, in words. */
import { percent, visible } from "./format";
import type { Words } from "./words";

/** Below this a word is not worth naming. */
const NAMED = 0.01;

/**
 * The word before the current one that carries most, and how far back half of it all lies. `shares` are of characters;
 * `back` is false of a model that reads ahead, whose sources may lie on either side.
 */
export function lying(
  characters: readonly string[],
  shares: Float64Array,
  position: number,
  { starts, ends }: Words,
  back: boolean,
): string {
  const current = starts[position] ?? 0;
  let [word, most] = ["", 0];
  for (let start = 0; start < current; ) {
    const end = Math.min(ends[start] ?? current, current);
    let sum = 0;
    for (let p = start; p < end; p++) sum += Math.abs(shares[p] ?? 0);
    if (sum > most) {
      most = sum;
      word = characters.slice(start, end).join("").trim();
    }
    start = Math.max(end, start + 1);
  }
  const half = halfway(shares, position);
  if (half === null) return "";
  const named =
    most >= NAMED && word !== "" ? `${percent(most)} of it lies on “${visible(word)}”, ` : "";
  return `; ${named}half of it ${half} or more characters ${back ? "back" : "away"}`;
}

/** Half of what is there lies so many characters away or more; null where there is nothing. */
function halfway(shares: Float64Array, position: number): number | null {
  let total = 0;
  for (const share of shares) total += Math.abs(share);
  if (total === 0) return null;
  const farthest = Math.max(position, shares.length - 1 - position);
  let beyond = 0;
  for (let distance = farthest; distance > 0; distance--) {
    beyond +=
      Math.abs(shares[position - distance] ?? 0) + Math.abs(shares[position + distance] ?? 0);
    if (beyond >= total * (0.5 - 1e-9)) return distance;
  }
  return 0;
}
