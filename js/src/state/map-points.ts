/** What the points of a map are: steps of the text or of a corpus, in a layer; or symbols. */
import { glyph, visible } from "../core/format";
import type { Facet } from "../wire";
import type { PointMap } from "../wire/state-map";

/** How many characters are shown before and after a step. */
const BEFORE = 24;
const AFTER = 12;

/** A step within its text. */
export interface Context {
  readonly before: string;
  readonly own: string;
  readonly after: string;
}

/** A point that is near another one. */
export interface NearPoint {
  readonly point: number;
  readonly similarity: number;
}

export function stepOf(map: PointMap, point: number): number {
  return point % map.steps;
}

/** Whether symbols are mapped, not steps of texts. */
export function isOfSymbols(map: PointMap): boolean {
  return map.own === 0;
}

/** The points of a token of the text: one in each layer. */
export function pointsOfToken(map: PointMap, token: number): number[] {
  const step = map.ofTokens[token] ?? 0;
  return map.layers.map((_, layer) => layer * map.steps + step);
}

/** The tokens of the text that are at a point; none if it is of a corpus. */
export function tokensAt(map: PointMap, point: number): number[] {
  const step = stepOf(map, point);
  if (!isOfSymbols(map)) return step < map.own ? [step] : [];
  return [...map.ofTokens.keys()].filter((token) => map.ofTokens[token] === step);
}

/** The character of the text at a point: of a token the last one; null: it is not in the text. */
export function positionAt(map: PointMap, facet: Facet, point: number): number | null {
  const [token] = tokensAt(map, point);
  if (token === undefined) return null;
  return Math.max(facet.starts[token] ?? 0, (facet.ends[token] ?? 1) - 1);
}

/** The characters of the text whose points are among some: 1 for each that is. */
export function charactersOf(
  map: PointMap,
  facet: Facet,
  points: readonly number[],
  length: number,
): Uint8Array {
  const lit = new Uint8Array(length);
  const steps = new Set(points.map((point) => stepOf(map, point)));
  map.ofTokens.forEach((step, token) => {
    if (steps.has(step)) lit.fill(1, facet.starts[token] ?? 0, facet.ends[token] ?? 0);
  });
  return lit;
}

/** The text around a step; `characters` are those of the text that is shown. */
export function contextOf(map: PointMap, characters: readonly string[], step: number): Context {
  if (isOfSymbols(map)) return { before: "", own: symbolName(symbolAt(map, step)), after: "" };
  const inText = step < map.own;
  const text = inText ? characters : map.further;
  const shift = inText ? 0 : characters.length;
  const end = (map.after[step] ?? 0) - shift;
  const first = inText ? 0 : startOf(map, end - 1);
  const previous = step > 0 && step !== map.own ? (map.after[step - 1] ?? 0) - shift : first;
  const start = Math.max(first, Math.min(end, previous));
  const last = inText ? text.length : (map.starts.find((one) => one >= end) ?? text.length);
  const shown = (from: number, to: number) => text.slice(from, to).map(glyph).join("");
  return {
    before: shown(Math.max(first, start - BEFORE), start),
    own: shown(start, end) || symbolName(symbolAt(map, step)),
    after: shown(end, Math.min(last, end + AFTER)),
  };
}

/** Where the text of the corpus begins that has a character. */
function startOf({ starts }: PointMap, at: number): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return starts[low - 1] ?? 0;
}

export function symbolAt(map: PointMap, step: number): string {
  return map.names[map.symbol[step] ?? 0] ?? "";
}

/** A symbol as it is drawn at its point and in legends: a space too has a sign. */
export function symbolName(symbol: string): string {
  if (symbol === " ") return "␣";
  return [...symbol].length === 1 ? glyph(symbol) : visible(symbol);
}

/** The nearest of a point, if they are known. */
export function nearTo({ near }: PointMap, point: number): readonly NearPoint[] | null {
  const at = near.of.indexOf(point);
  if (at < 0) return null;
  return Array.from({ length: near.each }, (_, n) => ({
    point: near.points[at * near.each + n] ?? 0,
    similarity: near.similarity[at * near.each + n] ?? Number.NaN,
  })).filter(({ similarity }) => !Number.isNaN(similarity));
}

/** Whether the same points stand at the same places, as where only more is known of what is near. */
export function samePlaces(one: PointMap, other: PointMap): boolean {
  return one.x.every((x, n) => x === other.x[n]) && one.y.every((y, n) => y === other.y[n]);
}
