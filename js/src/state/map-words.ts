/** What a map says in words: of the point shown, of its nearest, of a region, and of itself. */
import { grouped, percent, visible } from "../core/format";
import type { PointMap } from "../wire/state-map";
import { contextOf, isOfSymbols, nearTo, stepOf, symbolName, tokensAt } from "./map-points";
import { layerWords } from "./unit-layer-words";
import { capital } from "./unit-words";

/** "…the memo[r]y of a…: predicts memory 48.3 %, which is true". */
export function hereWords(map: PointMap, characters: readonly string[], point: number): string {
  const step = stepOf(map, point);
  const { before, own, after } = contextOf(map, characters, step);
  const inText = isOfSymbols(map) || tokensAt(map, point).length > 0;
  const name = map.layers[Math.floor(point / map.steps)] ?? "";
  const layer = map.layers.length > 1 ? `, ${layerWords(name, map.sources)}` : "";
  const said = predictionWords(map, step);
  const text = isOfSymbols(map) ? `“${own}”` : `…${before}[${own}]${after}…`;
  return `${text}${inText ? "" : ", in the corpus"}${layer}${said && `: ${said}`}`;
}

/** What stands above the list of the nearest, or why there is none. */
export function nearWords(
  map: PointMap,
  characters: readonly string[],
  point: number,
  alone: boolean,
): string {
  const near = nearTo(map, point);
  const { own } = contextOf(map, characters, stepOf(map, point));
  if (near === null)
    return alone ? "Which states are nearest here needs a kernel." : `Nearest to “${own}”…`;
  if (near.length === 0) return "No other state is like this one.";
  const { apart } = map.near;
  const left = apart > 1 ? `, at least ${apart} steps away in its text` : "";
  return `Nearest to “${own}”${left}, with the cosine between both states:`;
}

/** What the map leaves out, and what is still to come. */
export function factWords({ words, waitsFor }: PointMap): string {
  const more = waitsFor === null ? "" : ` Still to come: ${waitsFor}.`;
  return `${capital(words)}.${more}`;
}

/** "predicts the; true is them, loss 1.23"; "" if nothing is known. */
export function predictionWords(map: PointMap, step: number): string {
  const [best, truth] = [map.predicted[step] ?? 0, map.truth[step] ?? 0];
  const loss = map.loss[step] ?? Number.NaN;
  if (best === 0) return "";
  const said = `predicts ${visible(map.names[best] ?? "")}`;
  if (truth === 0) return said;
  const p = Number.isNaN(loss) ? "" : ` ${percent(Math.exp(-loss))}`;
  if (truth === best) return `${said}${p}, which is true`;
  return `${said}; true is ${visible(map.names[truth] ?? "")}${p}`;
}

/** What a region has, in words. */
export function regionWords(
  map: PointMap,
  points: readonly number[],
  lit: number,
  length: number,
): string {
  const counts = new Map<number, number>();
  for (const point of points) {
    const symbol = map.symbol[stepOf(map, point)] ?? 0;
    counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  }
  const frequent = [...counts].sort(([, m], [, n]) => n - m).slice(0, 5);
  const listed = frequent.map(
    ([symbol, n]) => `${symbolName(map.names[symbol] ?? "")} ${grouped(n)}`,
  );
  const more = counts.size > frequent.length ? ", …" : "";
  const there = points.length === 1 ? "One point is" : `${grouped(points.length)} points are`;
  if (points.length === 0) return "No point is in the region.";
  return `${there} in the region (${listed.join(", ")}${more}): ${grouped(lit)} of the text’s ${grouped(length)} characters.`;
}
