/** Says where another scale would rank two models the other way round: on a word, each scale has another model ahead. */
import { visible } from "../core/format";
import { makeScaling, type Reversal, reversalOn, SCALE_LABELS, type Span } from "../core/scales";
import { trimmed, type Words } from "../core/words";
import type { Scene } from "../wire";
import type { Heat } from "./heat";
import { sameMeasure } from "./measures";

/** In words, or "" if there is no such word. */
export function reversal(
  { characters, facets }: Scene,
  { scaling, facets: heats }: Heat,
  words: Words,
  shown: number,
  squared: boolean,
  brush: Span | null = null,
): string {
  if (scaling === null || facets.length < 2) return "";
  // Shares are compared with the scale in use, or else with the article's, which a reader may know.
  const published = facets.every(({ measure: { name } }) => name === "norm") || squared;
  const to = published ? "published" : "row";
  const other = scaling.name === "share" ? makeScaling(to, heats, { squared }) : scaling;
  let best: { readonly span: Span; readonly found: Reversal } | null = null;
  let clearest = 0;
  const spans = brush === null ? wordsBefore(characters, words, shown) : [brush];
  // With two measures the comparison would say nothing about the models.
  const groups = facets
    .map(({ measure }) => facets.map((facet) => sameMeasure(facet.measure, measure)))
    .filter((group, i) => group.indexOf(true) === i);
  for (const word of spans) {
    for (const group of groups) {
      const its = heats.map((heat, i) => (group[i] ? heat : null));
      const found = reversalOn(its, other, word);
      if (found === null) continue;
      const clear = (found.shares[0] - found.shares[1]) * (found.parts[1] - found.parts[0]);
      if (clear > clearest) [clearest, best] = [clear, { span: word, found }];
    }
  }
  if (best === null) return "";
  const { span, found } = best;
  const word = visible(characters.slice(span.start, span.end).join(""));
  const [share, part] = [facets[found.byShare]?.name ?? "", facets[found.byOther]?.name ?? ""];
  const percents = found.shares.map((value) => `${Math.round(100 * value)} %`).join(" to ");
  const parts = [...found.parts]
    .reverse()
    .map((value) => value.toFixed(2))
    .join(" to ");
  const label = SCALE_LABELS[other.name];
  return scaling.name === "share"
    ? `“${label}” would turn this round: there ${part} leans more on “${word}” (mean colour ${parts}), ` +
        `by share ${share} (${percents})`
    : `this scale shows ${part} leaning more on “${word}” (mean colour ${parts}); ` +
        `by share it is ${share} (${percents})`;
}

/** The words of two characters or more that were read before the current one. */
function wordsBefore(
  characters: readonly string[],
  { starts, ends }: Words,
  shown: number,
): Span[] {
  const found: Span[] = [];
  const end = starts[shown] ?? 0;
  for (let start = 0; start < end; start = ends[start] ?? end) {
    const word = trimmed(characters, { start, end: ends[start] ?? end });
    if (word.end - word.start >= 2) found.push(word);
  }
  return found;
}
