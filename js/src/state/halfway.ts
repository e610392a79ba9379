/** A sentence on how far back a row's connectivity lies. */
import { least_named_share } from "../../../rnnviz_widget/picture/numbers.json";
import * as wording from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import { percent, visible } from "../core/format";
import { shareOn } from "../core/scales";
import { trimmed, type Words } from "../core/words";
import type { Facet } from "../wire";
import type { FacetHeat } from "./heat";
import { halfway, standsAt } from "./memory";

/**
 * The word with the largest share besides the current one, and how far away half of the row lies. With one output for the
 * whole text there is no current word, and distances are from the text's end.
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
    most >= least_named_share && word !== ""
      ? fill(wording.strongest_word, { share: percent(most), word: visible(word) })
      : "";
  const away = facet.reads.backward ? wording.ahead : wording.away;
  const way = facet.causal ? wording.back : away;
  const direction = facet.oneOutput ? wording.before_the_end : way;
  return fill(wording.halfway, { word: named, distance: half, direction });
}
