/** Maps of states as the kernel sends them. */
import { bytes, floats, ints } from "./messages";
import { shorts } from "./unit-windows";

export interface MapOptions {
  /** x and y of each point, in thousandths. */
  readonly places: readonly (readonly [number, number])[];
  readonly layers?: readonly string[];
  readonly own?: number;
  readonly ofTokens?: readonly number[];
  readonly symbols: readonly string[];
  readonly predicted?: readonly string[];
  readonly truth?: readonly string[];
  readonly loss?: readonly number[];
  readonly corpus?: string;
  readonly starts?: readonly number[];
  readonly after?: readonly number[];
  readonly near?: Readonly<Record<number, readonly (readonly [number, number])[]>>;
  readonly waitsFor?: string | null;
}

export const SOURCES = ["token embeddings", "hidden of layer 0 of lstm"];
export const FACTS = "61.0 % and 20.0 % of the variance along the two axes; trustworthiness 0.912";

/** One model's map, of a text whose every step is a character, unless said otherwise. */
export function mapOf({ places, symbols, ...options }: MapOptions) {
  const { layers = [SOURCES[1] ?? ""], near = {} } = options;
  const steps = places.length / layers.length;
  const own = options.own ?? steps;
  const ofTokens = options.ofTokens ?? Array.from({ length: own }, (_, n) => n);
  const [predicted, truth] = [options.predicted ?? [], options.truth ?? []];
  const names = ["", ...new Set([...symbols, ...predicted, ...truth].filter((one) => one !== ""))];
  const indexed = (each: readonly string[]) =>
    ints(Array.from({ length: steps }, (_, n) => names.indexOf(each[n] ?? "")));
  const asked = Object.keys(near).map(Number);
  const each = near[asked[0] ?? 0]?.length ?? 0;
  const lines = asked.flatMap((point) => near[point] ?? []);
  return {
    sources: SOURCES.map((name) => `|${name}`).join(""),
    source: own === 0 ? 0 : 1,
    layers: layers.map((name) => `|${name}`).join(""),
    own,
    tokens: ofTokens.length,
    of_tokens: ints(ofTokens),
    quantum: 0.001,
    center: floats([0, 0]),
    positions: shorts(places.flat()),
    words: FACTS,
    waits_for: options.waitsFor ?? null,
    names: names.map((name) => `|${name}`).join(""),
    steps,
    symbol: indexed(symbols),
    predicted: indexed(predicted),
    truth: indexed(truth),
    loss: floats(Array.from({ length: steps }, (_, n) => options.loss?.[n] ?? Number.NaN)),
    corpus: options.corpus ?? "",
    texts: options.starts?.length ?? 0,
    starts: ints(options.starts ?? []),
    after: ints(options.after ?? Array.from({ length: steps }, (_, n) => n + 1)),
    near: {
      asked: asked.length,
      of: ints(asked),
      each,
      points: ints(lines.map(([point]) => point)),
      similarity: floats(lines.map(([, similarity]) => similarity)),
      apart: 8,
    },
  };
}

export function mapsOf(facets: readonly object[], more: object = {}) {
  return { epoch: 1, serial: 1, method: "pca", methods: "|pca", facets, ...more };
}

/** Empty bytes, for what a damaged message has. */
export const NO_BYTES = bytes(new Uint8Array());
