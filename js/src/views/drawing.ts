/** The content of one frame, combined from rows, options and colours; every view draws from it. */
import type { Palette } from "../core/color";
import { type Span, sameSpan, shareOn } from "../core/scales";
import type { Words } from "../core/words";
import { type Explanation, explanations, sameExplanation } from "../state/caption";
import { type DrawOptions, type Heat, makeHeat } from "../state/heat";
import { type Influence, type Inputs, influenceOf, type ShareOf } from "../state/influence";
import type { LagMeans } from "../state/lag-means";
import { haveOneMeasure, isSquared } from "../state/measures";
import { type Memory, memoryOf, standsAt } from "../state/memory";
import type { Options } from "../state/options";
import { isPart, isRow } from "../state/row-store";
import type { Frame } from "../state/shown-position";
import type { Facet, Scene } from "../wire";

export interface Drawing {
  readonly frame: Frame;
  readonly scene: Scene;
  /** The character that is shown. */
  readonly shown: number;
  /** The options as drawn: facets with different measures can't have the scale "one", and a brush ends with the text. */
  readonly options: Options;
  readonly palette: Palette;
  readonly squared: boolean;
  readonly heat: Heat;
  /** Null: sources are drawn. */
  readonly influence: Influence | null;
  /** What each facet explains; a model without the previewed class fails, and does not explain another. */
  readonly explained: readonly Explanation[];
  /** What all facets explain; null if they differ, or if an input's influence is drawn. */
  readonly shared: Explanation | null;
}

/** The inputs of a frame. */
export interface DrawingContext {
  readonly options: Options;
  readonly palette: Palette;
  /** Whether an input's influence is drawn instead of an output's sources. */
  readonly influences: boolean;
  readonly share: ShareOf;
  readonly words: Words;
  /** What is to be expected of each facet, where all its rows are here. */
  readonly lags: readonly (LagMeans | null)[];
  /** What full colour stands for at least, at a character: what it does at other checkpoints. */
  readonly atLeast: (shown: number, options: DrawOptions) => number;
}

export function drawingOf(frame: Frame, context: DrawingContext): Drawing {
  const { influences, share, words, palette, lags } = context;
  const { scene, shown } = frame;
  const { facets } = scene;
  const { length } = scene.characters;
  const options = drawnOptions(context.options, facets, length);
  const squared = isSquared(facets);
  const drawOptions = { ...options, squared, words: options.by === "word" ? words : null };
  const influence = influences
    ? influenceOf(facets, inputs(facets, shown, options, words), length, share, drawOptions)
    : null;
  const expected = facets.map(({ tokenAt }, i) => {
    const means = lags[i] ?? null;
    return means && ((t: number) => means.at(tokenAt[shown] ?? 0, t));
  });
  // A previewed target has no rows at other checkpoints.
  const others = frame.withoutPreview === null && influence === null;
  const atLeast = others ? context.atLeast(shown, drawOptions) : 0;
  const heatOptions = { ...drawOptions, expected, atLeast };
  const heat = influence ?? makeHeat(facets, frame.facets, length, heatOptions);
  const own = explanations(facets, shown);
  const named = own.find(({ target }) => target !== "");
  const explained =
    frame.withoutPreview === null ? own : own.map((one) => (one.target ? one : named) ?? one);
  const [first] = explained;
  const alike = explained.every((one) => sameExplanation(one, first));
  const shared = (alike && !influences && first?.target && first) || null;
  return { frame, scene, shown, options, palette, squared, heat, influence, explained, shared };
}

function drawnOptions(wished: Options, facets: readonly Facet[], length: number): Options {
  const mixed = wished.scale === "one" && !haveOneMeasure(facets);
  const { start, end } = wished.brush ?? { start: length, end: length };
  const brush = start < length ? { start, end: Math.min(end, length) } : null;
  return { ...wished, brush, scale: mixed ? "share" : wished.scale };
}

/** The inputs whose influence is drawn: those brushed, else those at the pointer, or their word if numbers are by word. */
function inputs(
  facets: readonly Facet[],
  position: number,
  { brush, by }: Options,
  { starts, ends }: Words,
): Inputs {
  if (brush !== null) return { ...brush, at: null };
  if (by === "word") {
    return { start: starts[position] ?? 0, end: ends[position] ?? position + 1, at: null };
  }
  // If all models have the same token at the pointer, that whole token is meant.
  const spans = facets.map((facet) => spanAt(facet, position));
  const [span = null] = spans.every((one) => sameSpan(one, spans[0] ?? null)) ? spans : [];
  return { ...(span ?? { start: position, end: position + 1 }), at: position };
}

/** The characters of the token that spans a character, if one does. */
function spanAt({ starts, ends, tokenAt }: Facet, position: number): Span | null {
  const t = tokenAt[position] ?? 0;
  const [start, end] = [starts[t] ?? 0, ends[t] ?? 0];
  return start <= position && position < end ? { start, end } : null;
}

/** The share of a facet's row on the brushed span, in either direction; null: there is none. */
export function brushShare({ options, heat, influence, shown }: Drawing, i: number): number | null {
  const own = heat.facets[i] ?? null;
  if (options.brush === null || own === null || own.part !== null) return null;
  return influence === null
    ? shareOn(own, options.brush)
    : Math.abs(own.shares[shown] ?? Number.NaN);
}

/** Memory figures of a facet's output, once its row is complete. */
export function memoryHere(
  { frame, scene, shown }: Drawing,
  i: number,
  words: Words,
): Memory | null {
  const [facet, outcome] = [scene.facets[i], frame.facets[i]];
  if (facet === undefined || !isRow(outcome) || isPart(outcome)) return null;
  return memoryOf(facet, outcome, standsAt(facet, shown), words);
}

/** Why some models can't explain the previewed target, or "". */
export function failureText({ frame, scene }: Drawing): string {
  if (frame.withoutPreview === null) return "";
  return frame.facets
    .flatMap((outcome, i) =>
      outcome !== undefined && "error" in outcome
        ? `${scene.facets[i]?.name}: ${outcome.error}`
        : [],
    )
    .join(" ");
}
