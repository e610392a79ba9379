/** The picture in words: what was read, what is explained, and all of it read aloud. */
import { longest_quote } from "../../../rnnviz_widget/picture/numbers.json";
import * as wording from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import { amount, grouped, lastCharacters, ordinal, percent, visible } from "../core/format";
import { type Span, shareOn } from "../core/scales";
import { wordsOf } from "../core/words";
import type { Facet, Scene } from "../wire";
import { halfwaySentence } from "./halfway";
import type { FacetHeat, Heat } from "./heat";
import type { Influence } from "./influence";
import type { Frame } from "./shown-position";

/** What is explained, and why; both empty if that is not known. */
export interface Explanation {
  readonly target: string;
  readonly reason: string;
}

/** What each facet explains at a position. */
export function explanations(facets: readonly Facet[], position: number): Explanation[] {
  return facets.map((facet) => {
    const s = facet.tokenAt[position] ?? 0;
    const target = facet.classes[facet.target[s] ?? -1];
    const rival = facet.classes[facet.rivals?.target[s] ?? -1];
    // Ready-made rows may have no target.
    const name = target === undefined ? "" : visible(target);
    return {
      target:
        rival === undefined
          ? name
          : fill(wording.rather_than, { target: name, rival: visible(rival) }),
      reason: facet.reasons[s] ?? "",
    };
  });
}

/** The rank of a class, by default the explained one. */
export function rankOf(facet: Facet, s: number, rank = facet.targetRank[s] ?? 0): string {
  const best = facet.top.slice(s * facet.k, (s + 1) * facet.k);
  const named = best.filter((index) => index < facet.classes.length).length;
  return ordinal(rank, named);
}

/** The explained class and its rival, each with probability and rank; "" if that is not known. */
function explainedText(facet: Facet, s: number): string {
  const { classes, target, targetP, rivals } = facet;
  const name = classes[target[s] ?? -1];
  const rival = classes[rivals?.target[s] ?? -1];
  const ranked = (of: string, p = Number.NaN, rank?: number) =>
    fill(wording.ranked, {
      name: visible(of),
      probability: percent(p),
      rank: rankOf(facet, s, rank),
    });
  if (name === undefined) return "";
  const first = ranked(name, targetP[s]);
  if (rival === undefined) return fill(wording.explained, { target: first });
  const second = ranked(rival, rivals?.p[s], rivals?.rank[s]);
  return fill(wording.explained_pair, { target: first, rival: second });
}

/** The words before the class that is explained; the reason follows it. */
export const EXPLAINS = wording.explains.split("{")[0] ?? "";

export function sameExplanation(
  one: Explanation | undefined,
  other: Explanation | undefined,
): boolean {
  return one?.target === other?.target && one?.reason === other?.reason;
}

/** Whether facets explain different classes anywhere, and so need room to say which. */
export function differsSomewhere({ characters, facets }: Scene): boolean {
  const raw = (facet: Facet, p: number) => {
    const s = facet.tokenAt[p] ?? 0;
    return `${facet.classes[facet.target[s] ?? -1]}\n${facet.reasons[s]}`;
  };
  return characters.some((_, p) => {
    // Names are formatted only where they differ, since a text may be long.
    const first = facets[0] === undefined ? "" : raw(facets[0], p);
    if (facets.every((facet) => raw(facet, p) === first)) return false;
    const said = explanations(facets, p);
    return !said.every((one) => sameExplanation(one, said[0]));
  });
}

/** The place in the text. */
export function textBefore({ characters, facets }: Scene, position: number): string {
  if (facets.some((facet) => !facet.causal)) {
    const character = visible(characters[position] ?? "");
    return fill(wording.at, { character, number: position + 1 });
  }
  const ends = facets.map((facet) => facet.ends[facet.tokenAt[position] ?? 0] ?? position + 1);
  const end = ends.every((one) => one === ends[0]) ? (ends[0] ?? position + 1) : position + 1;
  return fill(wording.after, { text: lastCharacters(characters, Math.max(end, position + 1)) });
}

/** How far rows are that are still being computed, whose numbers mean nothing yet. */
export function progressSentence(facets: readonly Facet[], heat: Heat): string {
  const parts = heat.facets.flatMap((one, i) =>
    one?.part ? [{ ...one.part, name: facets[i]?.name ?? "" }] : [],
  );
  const counts = new Set(parts.map(({ known, of }) => `${grouped(known)} of ${grouped(of)} `));
  const count = counts.size === 1 ? [...counts][0] : "";
  const names = parts.length < facets.length ? parts.map(({ name }) => ` ${name}`).join() : "";
  return `reading${names}: nearest ${count}inputs so far, colours not yet comparable`;
}

/** The picture read aloud, with exact numbers. */
export function pictureSentence(
  scene: Scene,
  { shown, facets: outcomes }: Pick<Frame, "shown" | "facets">,
  heat: Heat,
  words = wordsOf(scene.characters),
  brush: Span | null = null,
): string {
  const parts = scene.facets.map((facet, i) => {
    const s = facet.tokenAt[shown] ?? 0;
    const best = facet.k > 0 ? facet.classes[facet.top[s * facet.k] ?? -1] : undefined;
    const explained = explainedText(facet, s);
    const said: string[] = [];
    if (best !== undefined) {
      const p = facet.topP[s * facet.k] ?? Number.NaN;
      const verb = facet.unit === null ? wording.predicts : wording.gives;
      said.push(fill(verb, { name: visible(best), value: amount(p, facet.unit) }));
    }
    // A model that gives one number has nothing else to explain.
    if (explained !== "" && facet.unit === null) said.push(explained);
    const outcome = outcomes[i];
    const own = heat.facets[i] ?? null;
    const row =
      outcome !== undefined && "error" in outcome
        ? outcome.error
        : own === null || own.part !== null
          ? "its row is being computed"
          : largestShare(own) +
            (brush === null ? "" : `; ${brushed(scene.characters, own, brush)}`) +
            halfwaySentence(scene.characters, facet, own, shown, words) +
            standIn(scene.characters, facet, shown);
    const form = best === undefined ? wording.facet_without_prediction : wording.facet;
    return fill(form, { name: facet.name, said: [...said, row].join("; ") });
  });
  return fill(wording.aloud, { place: textBefore(scene, shown), facets: parts.join(" ") });
}

/** Whose output is shown at a character that no token spans; "" if one does. */
export function standIn(
  characters: readonly string[],
  { starts, ends, tokenAt }: Facet,
  position: number,
): string {
  const t = tokenAt[position] ?? 0;
  const [start, end] = [starts[t] ?? 0, ends[t] ?? 0];
  if (start <= position && position < end) return "";
  const token = visible(characters.slice(start, end).join(""));
  return fill(wording.no_token, { character: visible(characters[position] ?? ""), token });
}

/** The largest share, and the share of tokens without characters if there is any. */
export function largestShare({ largest, elsewhere }: FacetHeat): string {
  const bare = elsewhere > 0 ? fill(wording.on_bare_tokens, { share: percent(elsewhere) }) : "";
  return fill(wording.largest_share, { share: percent(largest) }) + bare;
}

/** The share on the brushed span. */
function brushed(characters: readonly string[], heat: FacetHeat, brush: Span): string {
  const share = percent(shareOn(heat, brush));
  return fill(wording.lies_on, { share, text: spanText(characters, brush) });
}

/** The inputs whose influence is drawn, in words. */
export function inputsAt({ characters }: Scene, span: Span): string {
  const { start, end } = span;
  const which = end > start + 1 ? `characters ${start + 1}–${end}` : `character ${end}`;
  return `What lies on “${spanText(characters, span)}”, ${which}`;
}

/** A span of the text; only its end if it is long. */
export function spanText(characters: readonly string[], { start, end }: Span): string {
  const shown = visible(characters.slice(Math.max(start, end - longest_quote), end).join(""));
  return (end - start > longest_quote ? "…" : "") + shown;
}

/** The picture of an input's influence, read aloud. */
export function influenceSentence(scene: Scene, influence: Influence): string {
  const parts = scene.facets.map((facet, i) => {
    const { shares, largest } = influence.facets[i] ?? { shares: [], largest: 0 };
    const at = shares.findIndex((share) => Math.abs(share) === largest);
    const where = `“${visible(scene.characters[at] ?? "")}”, character ${at + 1}`;
    return largest > 0
      ? `${facet.name}: at most ${percent(largest)} of an output, at ${where}.`
      : fill(wording.facet_without_prediction, { name: facet.name, said: wording.no_influence });
  });
  return `${inputsAt(scene, influence.of)}: ${parts.join(" ")}`;
}
