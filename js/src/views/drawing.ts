/** What one frame looks like: from the rows that are here and the reader's options to heat and sentences, without elements. */
import { type Span, sameSpan, shareOn } from "../core/scales";
import type { Words } from "../core/words";
import { type Explanation, explanations, sameExplanation, spanText } from "../state/caption";
import { type FacetHeat, type Heat, makeHeat } from "../state/heat";
import { type Influence, type Inputs, influenceOf, type ShareOf } from "../state/influence";
import { haveOneMeasure, isSquared } from "../state/measures";
import { type Memory, memoryOf, standsAt } from "../state/memory";
import type { Options } from "../state/options";
import { isPart, isRow } from "../state/row-store";
import type { Frame } from "../state/shown-position";
import type { Facet, Scene } from "../wire";

/** What of the output shown lies on the brushed span. */
export interface BrushShare {
  readonly name: string;
  readonly share: number;
}

export interface Drawing {
  readonly frame: Frame;
  /** The options as they are drawn: measures that differ have no scale of their own unit, and a brush ends with the text. */
  readonly options: Options;
  readonly squared: boolean;
  readonly heat: Heat;
  /** Null: sources are drawn. */
  readonly influence: Influence | null;
  /** What each facet explains; a model that lacks the previewed class fails, and does not explain something else. */
  readonly explained: readonly Explanation[];
  /** What a facet must say for itself, since the facets differ; null: nothing. */
  explains(facet: number): Explanation | null;
  brushShare(facet: number): BrushShare | null;
  memory(facet: number): Memory | null;
}

export function drawingOf(
  frame: Frame,
  wished: Options,
  influences: boolean,
  share: ShareOf,
  words: Words,
): Drawing {
  const { scene, shown } = frame;
  const { length } = scene.characters;
  const mixed = wished.scale === "one" && !haveOneMeasure(scene.facets);
  const brush = clampBrush(wished.brush, length);
  const options = { ...wished, brush, scale: mixed ? "share" : wished.scale } as const;
  const squared = isSquared(scene.facets);
  const drawOptions = { ...options, squared, words: options.by === "word" ? words : null };
  const influence = influences
    ? influenceOf(scene.facets, inputs(scene, shown, options, words), length, share, drawOptions)
    : null;
  const heat: Heat = influence ?? makeHeat(scene.facets, frame.facets, length, drawOptions);
  const own = explanations(scene.facets, shown);
  const named = own.find(({ target }) => target !== "");
  const explained = frame.own === null ? own : own.map((one) => (one.target ? one : named) ?? one);
  const alike = explained.every((one) => sameExplanation(one, explained[0]));
  return {
    frame,
    options,
    squared,
    heat,
    influence,
    explained,
    explains: (i) =>
      !alike && influence === null && explained[i]?.target ? (explained[i] ?? null) : null,
    brushShare: (i) => brushShare(scene, brush, shown, heat.facets[i] ?? null, influences),
    memory: (i) => rowMemory(frame, i, words),
  };
}

/** Why some models can't explain what is previewed, or "". */
export function failureText({ scene, facets }: Frame): string {
  const failures = facets.map((outcome, i) =>
    outcome !== undefined && "error" in outcome ? `${scene.facets[i]?.name}: ${outcome.error}` : "",
  );
  return failures.filter((one) => one !== "").join(" ");
}

/** A brush, as far as the text goes. */
function clampBrush(brush: Span | null, length: number): Span | null {
  return brush === null || brush.start >= length
    ? null
    : { start: brush.start, end: Math.min(brush.end, length) };
}

/** The inputs whose influence is drawn: those brushed, else those pointed at, or their word where numbers are summed over words. */
function inputs(
  { facets }: Scene,
  position: number,
  { brush, by }: Options,
  { starts, ends }: Words,
): Inputs {
  if (brush !== null) return { ...brush, at: null };
  if (by === "word") {
    return { start: starts[position] ?? 0, end: ends[position] ?? position + 1, at: null };
  }
  // One token for all models is what the reader points at, whole.
  const spans = facets.map((facet) => spanAt(facet, position));
  const [span = null] = spans.every((one) => sameSpan(one, spans[0] ?? null)) ? spans : [];
  return { ...(span ?? { start: position, end: position + 1 }), at: position };
}

/** The characters of the token that holds a character, if one does. */
function spanAt({ starts, ends, tokenAt }: Facet, position: number): Span | null {
  const t = tokenAt[position] ?? 0;
  const [start, end] = [starts[t] ?? 0, ends[t] ?? 0];
  return start <= position && position < end ? { start, end } : null;
}

/** What of the output shown lies on the brushed span, whichever way round the picture is drawn. */
function brushShare(
  { characters }: Scene,
  brush: Span | null,
  shown: number,
  heat: FacetHeat | null,
  influences: boolean,
): BrushShare | null {
  if (brush === null || heat === null || heat.part !== null) return null;
  const share = influences ? Math.abs(heat.shares[shown] ?? Number.NaN) : shareOn(heat, brush);
  return { name: `on “${spanText(characters, brush)}”`, share };
}

/** Memory of the output shown, once its row is whole. */
function rowMemory({ scene, facets, shown }: Frame, i: number, words: Words): Memory | null {
  const [facet, outcome] = [scene.facets[i], facets[i]];
  if (facet === undefined || !isRow(outcome) || isPart(outcome)) return null;
  return memoryOf(facet, outcome, standsAt(facet, shown), words);
}
