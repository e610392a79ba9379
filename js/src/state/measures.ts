/** The measures of the facets, which may differ. */
import * as wording from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import type { Facet, Measure } from "../wire";

type Measured = Pick<Facet, "name" | "measure">;

export function sameMeasure(one: Measure, other: Measure): boolean {
  return one.name === other.name && one.label === other.label;
}

/** Whether all facets have one measure. */
export function haveOneMeasure(facets: readonly Measured[]): boolean {
  return facets.every(({ measure }) => sameMeasure(measure, (facets[0] as Measured).measure));
}

/** Whether any numbers may be negative: then colours have two arms, in all facets. */
export function isSigned(facets: readonly Measured[]): boolean {
  return facets.some(({ measure }) => measure.signed);
}

export function isSquared(facets: readonly Measured[]): boolean {
  return facets.every(({ measure }) => measure.name === "squared");
}

/** What the numbers are in words; if facets differ, each label with the names of its facets. */
export function labelOf(facets: readonly Measured[]): string {
  if (haveOneMeasure(facets)) return facets[0]?.measure.label ?? "";
  const said = new Map<string, string>();
  const signed = isSigned(facets);
  for (const { name, measure } of facets) {
    const { label: plain } = measure;
    const label = signed && !measure.signed ? fill(wording.unsigned, { label: plain }) : plain;
    const before = said.get(label);
    said.set(label, before === undefined ? name : fill(wording.and, { names: before, name }));
  }
  return [...said].map(([label, names]) => fill(wording.own_label, { names, label })).join("; ");
}
