/** What the colours and marks mean, in words. */
import scales from "../../../rnnviz_widget/picture/scales.json";
import * as wording from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import { grouped } from "../core/format";
import { SCALE_LABELS, type ScaleName } from "../core/scales";
import type { Scene } from "../wire";
import type { Heat } from "./heat";
import type { Influence } from "./influence";
import { haveOneMeasure, isSigned, isSquared, labelOf } from "./measures";
import type { By } from "./options";

/** The words left and right of the colour bar. */
export function legendEnds({ facets }: Scene, { scaling }: Heat): { low: string; high: string } {
  if (scaling === null) return { low: "", high: "" };
  const signed = isSigned(facets);
  const high = `${signed ? "+" : ""}${scaling.high}`;
  const mirrored = `−${scaling.high}`;
  if (!scaling.clipped) return { low: signed ? mirrored : scaling.low, high };
  return {
    low: signed ? fill(wording.at_most, { value: mirrored }) : scaling.low,
    high: fill(wording.at_least, { value: high }),
  };
}

/** What hatching means. */
export function hatchedWords({ facets }: Scene, influence: boolean): string {
  const forward = facets.every(({ causal, leftOut }) => causal && !leftOut.includes(1));
  if (influence) return forward ? "read before it" : "does not read it";
  return forward ? wording.not_read_yet : wording.not_read;
}

/** What colours mean, for the measure. */
export function measureWords(
  { facets }: Scene,
  { zero, scaling }: Heat,
  scale: ScaleName,
  by: By,
): string {
  const label = labelOf(facets);
  if (zero) return fill(wording.zero, { label });
  const several = facets.length > 1;
  const share = fill(wording.share, {
    sum: isSigned(facets) ? wording.sum_of_magnitudes : wording.sum,
    whole: facets.every((facet) => facet.causal) ? wording.all_read : wording.whole_row,
  });
  const waits = scale === "expected" && scaling?.name === "share";
  const meaning = fill(scales[waits ? "share" : scale].meaning, {
    share,
    squared: isSquared(facets) ? "" : wording.squared,
    cut: scaling?.cut ? `: ${scaling.cut}` : "",
    one_scale: several ? wording.one_scale : "",
    own_scales: several ? wording.own_scales : "",
  });
  const rest = waits ? wording.awaits_all_rows : "";
  const over = by === "word" ? wording.over_words : "";
  return fill(wording.colors, { label, by: over, meaning: meaning + rest });
}

/** What colours mean, for an input's influence. */
export function influenceWords(
  { facets }: Scene,
  { of, scaling, known, outputs }: Influence,
): string {
  const before = facets.every(({ reads }) => reads.backward) ? "earlier " : "";
  const later = facets.every((facet) => facet.causal) ? "later " : before;
  const name = scaling === null || scaling.name === "share" ? "" : SCALE_LABELS[scaling.name];
  const missing =
    known < outputs ? `; ${grouped(known)} of ${grouped(outputs)} outputs are here` : "";
  const [label, one] = [labelOf(facets), haveOneMeasure(facets)];
  const share = `the share of each ${later}output’s ${one ? label : "own measure"} that lies on ${of.end > of.start + 1 ? "these inputs" : "this input"}${one ? "" : ` (${label})`}`;
  return `${share}${name && `, ${name}`}${missing}`;
}
