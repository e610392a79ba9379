/** The colour of each point of a map: by a class with few colours of its own, or by the loss on a ramp. */
import { category_colors } from "../../../rnnviz_widget/picture/numbers.json";
import { css, type Palette, type Rgb, STEPS } from "../core/color";
import type { PointMap } from "../wire/state-map";
import { isOfSymbols, stepOf, symbolName } from "./map-points";
import { layerWords } from "./unit-layer-words";

export const COLOURINGS = [
  { name: "symbol", label: "character", title: "The same character, the same colour" },
  { name: "predicted", label: "predicted", title: "By the likeliest class" },
  { name: "truth", label: "true class", title: "By the true class" },
  { name: "loss", label: "loss", title: "By −ln of the true class’s probability" },
  { name: "layer", label: "layer", title: "By the layer" },
] as const;

export type Colouring = (typeof COLOURINGS)[number]["name"];

/** One colour, and what has it. */
export interface LegendEntry {
  readonly words: string;
  readonly color: string;
  readonly points: number;
}

export interface MapColors {
  /** For each point an index into `colors`. */
  readonly of: Uint8Array;
  readonly colors: readonly Rgb[];
  /** The classes that have a colour of their own, the most frequent first; empty: a ramp is used. */
  readonly legend: readonly LegendEntry[];
  /** The loss at which the ramp ends. */
  readonly cap: number | null;
}

const rgbOf = (hex: string): Rgb => {
  const part = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return [part(1), part(3), part(5)];
};

/** Hues that are told apart by most readers, also those who see few colours; for white, and for dark ground. */
const LIGHT: readonly Rgb[] = category_colors.light.map(rgbOf);
const DARK: readonly Rgb[] = category_colors.dark.map(rgbOf);

/** Which colourings say something of a map. */
export function colouringsOf(map: PointMap): Colouring[] {
  return COLOURINGS.map(({ name }) => name).filter((name) => {
    if (name === "layer") return map.layers.length > 1;
    if (name === "loss") return map.loss.some((loss) => !Number.isNaN(loss));
    return name === "symbol" || map[name].some((one) => one > 0);
  });
}

export function mapColors(map: PointMap, by: Colouring, palette: Palette): MapColors {
  if (by === "loss") return lossColors(map, palette);
  if (isOfSymbols(map)) return symbolColors(map, palette);
  const { count, steps } = map;
  const layers = map.layers.map((name) => layerWords(name, map.sources));
  const values = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    values[n] = by === "layer" ? Math.floor(n / steps) : (map[by][n % steps] ?? 0);
  }
  const frequent = new Map<number, number>();
  for (const value of values) frequent.set(value, (frequent.get(value) ?? 0) + 1);
  const hues = palette.dark ? DARK : LIGHT;
  if (by === "layer" && layers.length > hues.length) return layerRamp(values, layers, palette);
  if (by !== "layer") frequent.delete(0);
  const ordered = [...frequent].sort(([a, m], [b, n]) => (by === "layer" ? a - b : n - m));
  const own = new Map(ordered.slice(0, hues.length).map(([value], n) => [value, n + 1]));
  const legend = ordered.slice(0, hues.length).map(([value, points], n) => ({
    words: by === "layer" ? (layers[value] ?? "") : symbolName(map.names[value] ?? ""),
    color: css(hues[n] ?? palette.muted),
    points,
  }));
  const rest = count - legend.reduce((sum, { points }) => sum + points, 0);
  if (rest > 0) legend.push({ words: "others", color: css(palette.line), points: rest });
  const of = Uint8Array.from(values, (value) => own.get(value) ?? 0);
  return { of, colors: [palette.line, ...hues], legend, cap: null };
}

/** Many layers: from the first to the last along the ramp. */
function layerRamp(values: Int32Array, layers: readonly string[], palette: Palette): MapColors {
  const last = Math.max(1, layers.length - 1);
  const step = (layer: number) => Math.round((0.2 + (0.8 * layer) / last) * STEPS);
  const { colors } = ramp(palette);
  const legend = layers.map((words, layer) => ({
    words,
    color: css(colors[1 + step(layer)] ?? palette.ink),
    points: values.length / layers.length,
  }));
  return { of: Uint8Array.from(values, (layer) => 1 + step(layer)), colors, legend, cap: null };
}

/** Symbols by themselves: those that the text has, and the others. */
function symbolColors(map: PointMap, palette: Palette): MapColors {
  const of = new Uint8Array(map.count);
  for (const step of map.ofTokens) of[step] = 1;
  const there = of.reduce((sum, one) => sum + one, 0);
  const [hue = palette.ink] = palette.dark ? DARK : LIGHT;
  const legend = [
    { words: "in the text", color: css(hue), points: there },
    { words: "others", color: css(palette.line), points: map.count - there },
  ];
  return { of, colors: [palette.line, hue], legend, cap: null };
}

function lossColors(map: PointMap, palette: Palette): MapColors {
  const known = [...map.loss].filter((loss) => !Number.isNaN(loss)).sort((a, b) => a - b);
  // Few very surprising steps would leave all others pale.
  const cap = Math.max(1e-9, known[Math.floor(0.95 * (known.length - 1))] ?? 1);
  const steps = Uint8Array.from(map.loss, (loss) =>
    Number.isNaN(loss) ? 0 : 1 + Math.round((0.12 + 0.88 * Math.min(1, loss / cap)) * STEPS),
  );
  const of = Uint8Array.from({ length: map.count }, (_, n) => steps[stepOf(map, n)] ?? 0);
  return { of, ...ramp(palette), legend: [], cap };
}

/** What is not known, then the steps of the ramp. */
function ramp(palette: Palette): { readonly colors: readonly Rgb[] } {
  return { colors: [palette.line, ...palette.rising.map(({ background }) => background)] };
}

/** What the reader has chosen, where it says something of this map. */
export function colouringOf(map: PointMap, chosen: Colouring | null): Colouring {
  if (chosen !== null && colouringsOf(map).includes(chosen)) return chosen;
  return map.layers.length > 1 ? "layer" : "symbol";
}
