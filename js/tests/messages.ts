/** Messages as the kernel writes them, for tests. */
import { type Measure, ROW_STEPS } from "../src/wire";

/** Bytes as a host gives them: in the middle of some larger buffer, at an odd place. */
export function bytes(data: Uint8Array, offset = 3): DataView {
  const buffer = new Uint8Array(data.length + offset + 2).fill(0xaa);
  buffer.set(data, offset);
  return new DataView(buffer.buffer, offset, data.length);
}

export function ints(values: readonly number[]): DataView {
  return bytes(new Uint8Array(Int32Array.from(values).buffer));
}

export function floats(values: readonly number[]): DataView {
  return bytes(new Uint8Array(Float32Array.from(values).buffer));
}

type Bound = readonly [offset: number, low: number, high: number];

export interface ReadsOptions {
  readonly first?: Bound;
  readonly last?: Bound;
  readonly skipped?: readonly number[];
}

export interface FacetOptions {
  /** Of one number. */
  readonly unit?: string;
  readonly oneOutput?: boolean;
  readonly name?: string;
  readonly causal?: boolean;
  /** The bounds of what each output reads; else of a causal model, or of one that reads all. */
  readonly reads?: ReadsOptions;
  readonly note?: string | null;
  readonly engine?: string;
  readonly spans?: readonly (readonly [number, number])[] | null;
  readonly unknown?: readonly number[];
  readonly truth?: "word" | "next" | null;
  readonly classes?: readonly string[];
  /** One list of classes, best first, for every output; else the first three always. */
  readonly top?: readonly (readonly number[])[];
  readonly topP?: readonly number[];
  readonly target?: readonly number[];
  readonly targetP?: number;
  readonly rank?: number;
  readonly reason?: string;
  /** The class that the target is compared with, everywhere. */
  readonly rival?: number;
  /** Where it is not the scene's. */
  readonly measure?: Measure;
}

export function facetMessage(tokens: number, options: FacetOptions = {}): Record<string, unknown> {
  const all = <T>(value: T) => Array.from({ length: tokens }, () => value);
  const top = options.top ?? all([0, 1, 2]);
  const topP = options.topP ?? [0.575, 0.076, 0.044];
  return {
    name: options.name ?? "GRU",
    reads: {
      first: [0, 0, 0],
      last: [0, options.causal === false ? tokens - 1 : 0, tokens - 1],
      skipped: [],
      ...options.reads,
    },
    ...(options.unit === undefined ? {} : { unit: options.unit }),
    ...(options.oneOutput === undefined ? {} : { one_output: options.oneOutput }),
    ...(options.measure === undefined ? {} : { measure: options.measure }),
    note: options.note ?? null,
    engine: options.engine ?? "autograd, exact",
    spans: options.spans ? ints(options.spans.flat()) : null,
    unknown: options.unknown ?? [],
    truth: options.truth ?? null,
    classes: (options.classes ?? ["learning", "legal", "length", "level"])
      .map((name) => `|${name}`)
      .join(""),
    k: top[0]?.length ?? 3,
    top: ints(top.flat()),
    top_p: floats(all(topP).flat()),
    target: ints(options.target ?? all(0)),
    target_p: floats(all(options.targetP ?? topP[0] ?? 0)),
    target_rank: ints(all(options.rank ?? 1)),
    rivals:
      options.rival === undefined
        ? null
        : { target: ints(all(options.rival)), p: floats(all(0.044)), rank: ints(all(3)) },
    reasons: [options.reason ?? "the word being typed"],
    reason: ints(all(0)),
  };
}

export interface SceneOptions {
  readonly epoch?: number;
  readonly text?: string;
  readonly signed?: boolean;
  readonly editable?: boolean;
  readonly facets?: readonly FacetOptions[];
  /** What was chosen; by default nothing can be. */
  readonly target?: unknown;
}

export function sceneMessage(options: SceneOptions = {}): Record<string, unknown> {
  const text = options.text ?? "advanced le";
  const length = Array.from(text).length;
  return {
    version: 6,
    epoch: options.epoch ?? 1,
    text,
    editable: options.editable ?? false,
    measure: { name: "norm", signed: options.signed ?? false, label: "L2 norm of the gradient" },
    target: options.target ?? null,
    facets: (options.facets ?? [{}, { name: "LSTM" }]).map((facet) =>
      facetMessage(facet.spans?.length ?? length, facet),
    ),
  };
}

/** A row as it travels, from scores. */
export function rowMessage(row: number, scores: readonly number[], signed = false) {
  const { peak, total, values } = quantised(scores, signed);
  return { row, peak, total, data: bytes(new Uint8Array(Uint16Array.from(values).buffer)) };
}

function quantised(scores: readonly number[], signed: boolean) {
  const peak = Math.max(0, ...scores.map(Math.abs));
  const total = scores.reduce((sum, score) => sum + Math.abs(score), 0);
  const values = scores.map((score) => {
    const q = peak === 0 ? 0 : Math.round((ROW_STEPS * score) / peak);
    return signed ? (q >= 0 ? 2 * q : -2 * q - 1) : q;
  });
  return { peak, total, values };
}

/** The scores of a row from an input on. */
export interface Part {
  readonly from: number;
  readonly scores: readonly number[];
}

export const partOf = (scores: readonly number[], from: number): Part => ({
  from,
  scores: scores.slice(from),
});

export type RowOrError = readonly number[] | string | Part;

export function answerMessage(
  position: number,
  rows: readonly RowOrError[],
  { epoch = 1, signed: sign = false as boolean | readonly boolean[] } = {},
): Record<string, unknown> {
  return {
    epoch,
    position,
    facets: rows.map((row, i) => {
      const signed = typeof sign === "boolean" ? sign : sign[i];
      if (typeof row === "string") return { row: position, error: row };
      if (!("from" in row)) return rowMessage(position, row, signed);
      return { ...rowMessage(position, row.scores, signed), from: row.from };
    }),
  };
}

/** What is explained by each facet of a look, else an error. */
export interface PreviewOptions {
  readonly serial: number;
  readonly epoch?: number;
  readonly signed?: boolean;
  readonly name?: string;
  readonly rival?: string;
}

export const SIGNED_LABEL = "gradient times input";

/** A look as it travels: an error where a row is text. */
export function previewMessage(
  position: number,
  rows: readonly RowOrError[],
  { serial, epoch = 1, signed = false, name = "legal", rival }: PreviewOptions,
): Record<string, unknown> {
  const { facets, ...answer } = answerMessage(position, rows, { epoch, signed });
  const explained = {
    name,
    p: 0.076,
    rank: 2,
    reason: "chosen",
    rival: rival === undefined ? null : { name: rival, p: 0.0003, rank: 1204 },
  };
  return {
    ...answer,
    serial,
    measure: {
      name: signed ? "grad_x_input" : "norm",
      signed,
      label: signed ? SIGNED_LABEL : "L2",
    },
    facets: (facets as Record<string, unknown>[]).map((facet) => ({
      ...facet,
      target: "error" in facet ? null : explained,
    })),
  };
}

/** Names found, each with one probability a facet. */
export function foundMessage(
  serial: number,
  prefix: string,
  names: Readonly<Record<string, readonly number[]>>,
  position = 4,
): Record<string, unknown> {
  const found = Object.entries(names).map(([name, p]) => ({ name, p }));
  return { serial, prefix, position, names: found };
}

export async function rowsMessage(
  outputs: number,
  facets: readonly ReadonlyMap<number, readonly number[]>[],
  { epoch = 1, complete = true, signed = false } = {},
): Promise<Record<string, unknown>> {
  const packed = facets.map(async (rows) => {
    const known = new Uint8Array(Math.ceil(outputs / 8));
    const ordered = [...rows.entries()].sort(([a], [b]) => a - b);
    for (const [s] of ordered) known[s >> 3] = (known[s >> 3] ?? 0) | (1 << (s & 7));
    const coded = ordered.map(([, scores]) => quantised(scores, signed));
    const values = coded.flatMap((row) => row.values);
    const planes = [...values.map((v) => v & 255), ...values.map((v) => v >> 8)];
    return {
      known: bytes(known),
      peak: floats(coded.map((row) => row.peak)),
      total: floats(coded.map((row) => row.total)),
      data: bytes(await deflate(Uint8Array.from(planes))),
    };
  });
  return { epoch, complete, facets: await Promise.all(packed) };
}

export async function deflate(data: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([data]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Some scores for row `s`, different for each facet and none of them equal. */
export function scoresOf(facet: number, s: number): number[] {
  return Array.from({ length: s + 1 }, (_, t) => 1 + ((t * 7 + s * 3 + facet * 5) % 11));
}

export function allRows(facet: number, outputs: number): Map<number, number[]> {
  return new Map(Array.from({ length: outputs }, (_, s) => [s, scoresOf(facet, s)]));
}
