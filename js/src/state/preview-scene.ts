/** A scene with another class explained at one position. */
import type { Facet, Look, Rivals, Scene, Told, Weighed } from "../wire";

/** The scene as it would be were that explained: a copy that differs at the tokens looked at, and in its measure. */
export function lookedScene(scene: Scene, look: Look): Scene {
  const facets = scene.facets.map((facet, i) => {
    const s = look.facets[i]?.row;
    const measure = look.measures[i] ?? look.measure;
    const own = { ...facet, measure };
    return s === undefined ? own : lookedFacet(own, s, look.told[i] ?? null);
  });
  return { ...scene, measure: look.measure, facets };
}

/** What a facet can't explain is no class at all. */
function lookedFacet(facet: Facet, s: number, told: Told | null): Facet {
  const named = [told?.name, told?.rival?.name].filter((name) => name !== undefined);
  const classes = [...facet.classes];
  for (const name of named) if (!classes.includes(name)) classes.push(name);
  const none = classes.length;
  // The number of classes stands for none of them, and there may be more now.
  const moved = (of: Int32Array) =>
    of.map((index) => (index < facet.classes.length ? index : none));
  const row = <T extends { [n: number]: number; slice(): T }>(of: T, value: number): T => {
    const copy = of.slice();
    copy[s] = value;
    return copy;
  };
  const at = (one: Weighed | null) => (one === null ? none : classes.indexOf(one.name));
  const rival = told?.rival ?? null;
  const before = facet.rivals ?? nothing(facet.tokens, none);
  const rivals: Rivals = {
    target: row(moved(before.target), at(rival)),
    p: row(before.p, rival?.p ?? Number.NaN),
    rank: row(before.rank, rival?.rank ?? 0),
  };
  return {
    ...facet,
    classes,
    top: moved(facet.top),
    target: row(moved(facet.target), at(told)),
    targetP: row(facet.targetP, told?.p ?? Number.NaN),
    targetRank: row(facet.targetRank, told?.rank ?? 0),
    rivals,
    reasons: [...facet.reasons, told?.reason ?? ""],
    reason: row(facet.reason, facet.reasons.length),
  };
}

function nothing(tokens: number, none: number): Rivals {
  return {
    target: new Int32Array(tokens).fill(none),
    p: new Float64Array(tokens).fill(Number.NaN),
    rank: new Int32Array(tokens),
  };
}
