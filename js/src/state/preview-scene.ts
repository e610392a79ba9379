/** A scene with another target explained at one position. */
import type { ExplainedClass, Facet, Preview, RankedClass, Rivals, Scene } from "../wire";

/** A copy of the scene that differs in the explained classes at the previewed tokens, and in its measure. */
export function previewScene(scene: Scene, preview: Preview): Scene {
  const facets = scene.facets.map((facet, i) => {
    const s = preview.facets[i]?.row;
    const measure = preview.measures[i] ?? preview.measure;
    const own = { ...facet, measure };
    return s === undefined ? own : previewFacet(own, s, preview.explained[i] ?? null);
  });
  return { ...scene, measure: preview.measure, facets };
}

/** The explained class of a facet that can't explain the target: none. */
function previewFacet(facet: Facet, s: number, explained: ExplainedClass | null): Facet {
  const named = [explained?.name, explained?.rival?.name].filter((name) => name !== undefined);
  const classes = [...facet.classes];
  for (const name of named) if (!classes.includes(name)) classes.push(name);
  const none = classes.length;
  // The number of classes stands for none; it grows if the preview adds classes.
  const moved = (of: Int32Array) =>
    of.map((index) => (index < facet.classes.length ? index : none));
  const row = <T extends { [n: number]: number; slice(): T }>(of: T, value: number): T => {
    const copy = of.slice();
    copy[s] = value;
    return copy;
  };
  const at = (one: RankedClass | null) => (one === null ? none : classes.indexOf(one.name));
  const rival = explained?.rival ?? null;
  const before = facet.rivals ?? noRivals(facet.tokens, none);
  const rivals: Rivals = {
    target: row(moved(before.target), at(rival)),
    p: row(before.p, rival?.p ?? Number.NaN),
    rank: row(before.rank, rival?.rank ?? 0),
  };
  return {
    ...facet,
    classes,
    top: moved(facet.top),
    target: row(moved(facet.target), at(explained)),
    targetP: row(facet.targetP, explained?.p ?? Number.NaN),
    targetRank: row(facet.targetRank, explained?.rank ?? 0),
    rivals,
    reasons: facet.reasons.map((one, n) => (n === s ? (explained?.reason ?? "") : one)),
  };
}

function noRivals(tokens: number, none: number): Rivals {
  return {
    target: new Int32Array(tokens).fill(none),
    p: new Float64Array(tokens).fill(Number.NaN),
    rank: new Int32Array(tokens),
  };
}
