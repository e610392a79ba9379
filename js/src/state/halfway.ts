/** Where a row's connectivity lies, in words. */
import { percent, visible } from "../core/format";
import { shareOn } from "../core/scales";
import { trimmed, type Words } from "../core/words";
import type { Facet } from "../wire";
import type { FacetHeat } from "./heat";
import { halfway, standsAt } from "./memory";

/** Below this a word is not worth naming. */
const NAMED = 0.01;

/**
 * The word besides the current one that carries most, and how far away half of it all lies. One output for the whole
 * text stands at its end, and no word is the current one.
 */
export function halfwaySentence(
  characters: readonly string[],
  facet: Facet,
  heat: Pick<FacetHeat, "tokens" | "weights">,
  position: number,
  { ends }: Words,
): string {
  let [word, most] = ["", 0];
  for (let start = 0; start < characters.length; ) {
    const end = Math.max(ends[start] ?? 0, start + 1);
    const share = shareOn(heat, { start, end });
    const current = start <= position && position < end && !facet.oneOutput;
    if (share > most && !current) {
      most = share;
      const inner = trimmed(characters, { start, end });
      word = characters.slice(inner.start, inner.end).join("");
    }
    start = end;
  }
  const half = halfway(facet.starts, standsAt(facet, position), heat.tokens);
  if (half === null) return "";
  const named =
    most >= NAMED && word !== "" ? `${percent(most)} of it lies on “${visible(word)}”, ` : "";
  const way = facet.causal ? "back" : facet.reads.backward ? "ahead" : "away";
  const where = facet.oneOutput ? "before the end" : way;
  return `; ${named}half of it ${half} or more characters ${where}`;
}
