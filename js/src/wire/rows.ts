/** Rows of connectivity: of one position, and all that are known. */
import {
  type Fields,
  fields,
  float32,
  isFields,
  list,
  number,
  sized,
  unzigzag,
  view,
  WireError,
} from "./fields";
import type { Facet, Measure } from "./scene";

/** The values of a row are in these parts of its peak. */
export const ROW_STEPS = 500;

/** One row of connectivity, or the nearest inputs of one: the values are in parts of `peak`, ROW_STEPS of them. */
export interface Row {
  /** The first input that is there; 0 when the row is whole. */
  readonly from: number;
  readonly peak: number;
  readonly total: number;
  readonly values: Int16Array;
}

export interface Failure {
  readonly error: string;
}

export interface Answer {
  readonly epoch: number;
  readonly position: number;
  readonly facets: readonly { readonly row: number; readonly outcome: Row | Failure }[];
}

export interface PackedRows {
  readonly epoch: number;
  readonly complete: boolean;
  readonly facets: readonly PackedFacet[];
}

/** What tells how long each row of a facet is. */
type Shape = Pick<Facet, "tokens" | "causal"> & {
  /** Where it may be another than that of all. */
  readonly measure?: Pick<Measure, "signed">;
};

/** What is needed of a scene to decode its rows. */
export interface Shapes {
  readonly measure: Pick<Measure, "signed">;
  readonly facets: readonly Shape[];
}

export function decodeAnswer(raw: unknown, { measure, facets }: Shapes): Answer | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  return {
    epoch: number(raw["epoch"], "The epoch"),
    position: number(raw["position"], "The position"),
    facets: list(raw["facets"], "The answer").map((item, i) => {
      const facet = fields(item, "A facet's answer");
      const row = number(facet["row"], "row");
      if (typeof facet["error"] === "string") return { row, outcome: { error: facet["error"] } };
      const from = facet["from"] === undefined ? 0 : startOfPart(facet["from"], row, facets[i]);
      const outcome = decodeRow(facet, from, (facets[i]?.measure ?? measure).signed);
      if (from > 0 && "values" in outcome && outcome.values.length !== row + 1 - from) {
        const count = outcome.values.length;
        throw new WireError(`The part of row ${row} from input ${from} has ${count} values.`);
      }
      return { row, outcome };
    }),
  };
}

function startOfPart(raw: unknown, row: number, facet: Shape | undefined): number {
  const from = number(raw, "from");
  if (facet?.causal === false)
    throw new WireError("A model that is not causal has a part of a row.");
  if (Number.isInteger(from) && from >= 1 && from <= row) return from;
  throw new WireError(`A part of row ${row} can't start at input ${from}.`);
}

function decodeRow(raw: Fields, from: number, signed: boolean): Row | Failure {
  const { peak, total } = raw;
  const bytes = sized(view(raw["data"], "data"), "data", 2, undefined);
  const values = Int16Array.from({ length: bytes.byteLength / 2 }, (_, t) => {
    const value = bytes.getUint16(2 * t, true);
    return signed ? unzigzag(value) : value;
  });
  return finite({
    from,
    peak: Number(peak ?? Number.NaN),
    total: Number(total ?? Number.NaN),
    values,
  });
}

/** JSON has no NaN and no infinity: hosts write null, or nothing at all. */
function finite(row: Row): Row | Failure {
  return Number.isFinite(row.peak) && Number.isFinite(row.total)
    ? row
    : { error: "The gradient is not a finite number." };
}

/** All known rows of one facet, decoded one at a time when they are asked for. */
export class PackedFacet {
  readonly #index: Int32Array;
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];

  constructor(
    known: DataView,
    private readonly peaks: Float32Array,
    private readonly totals: Float32Array,
    private readonly data: Uint8Array,
    private readonly signed: boolean,
    facet: Shape,
  ) {
    this.#index = new Int32Array(facet.tokens).fill(-1);
    let offset = 0;
    for (let s = 0; s < facet.tokens; s++) {
      if (s >> 3 >= known.byteLength || !((known.getUint8(s >> 3) >> (s & 7)) & 1)) continue;
      this.#index[s] = this.#offsets.length;
      this.#offsets.push(offset);
      const length = facet.causal ? s + 1 : facet.tokens;
      this.#lengths.push(length);
      offset += length;
    }
    const count = this.#offsets.length;
    if (data.length !== 2 * offset || peaks.length !== count || totals.length !== count) {
      throw new WireError("The packed rows do not have the size that they announce.");
    }
  }

  has(s: number): boolean {
    return (this.#index[s] ?? -1) >= 0;
  }

  /** The share of row `s` that lies on input `t`, signed, without unpacking the row. */
  share(s: number, t: number): number | undefined {
    const index = this.#index[s] ?? -1;
    if (index < 0) return undefined;
    if (t >= (this.#lengths[index] ?? 0)) return 0;
    const at = (this.#offsets[index] ?? 0) + t;
    const raw = (this.data[at] ?? 0) | ((this.data[this.data.length / 2 + at] ?? 0) << 8);
    const total = this.totals[index] ?? 0;
    const value = this.signed ? unzigzag(raw) : raw;
    return total > 0 ? (value * (this.peaks[index] ?? 0)) / total / ROW_STEPS : 0;
  }

  row(s: number): Row | Failure | undefined {
    const index = this.#index[s] ?? -1;
    if (index < 0) return undefined;
    const offset = this.#offsets[index] ?? 0;
    const half = this.data.length / 2;
    const values = new Int16Array(this.#lengths[index] ?? 0);
    for (let t = 0; t < values.length; t++) {
      const value = (this.data[offset + t] ?? 0) | ((this.data[half + offset + t] ?? 0) << 8);
      values[t] = this.signed ? unzigzag(value) : value;
    }
    return finite({
      from: 0,
      peak: this.peaks[index] ?? 0,
      total: this.totals[index] ?? 0,
      values,
    });
  }
}

/** Which epoch `_rows` belongs to, without unpacking it. */
export function epochOf(raw: unknown): number | null {
  return isFields(raw) && typeof raw["epoch"] === "number" ? raw["epoch"] : null;
}

export async function decodeRows(raw: unknown, scene: Shapes): Promise<PackedRows> {
  const message = fields(raw, "The set of rows");
  const facets = list(message["facets"], "The set of rows").map(async (item, i) => {
    const packed = fields(item, "A facet's rows");
    const facet = scene.facets[i];
    if (facet === undefined) throw new WireError("There are rows for a facet that is not shown.");
    return new PackedFacet(
      view(packed["known"], "known"),
      float32(packed["peak"], "peak"),
      float32(packed["total"], "total"),
      await inflate(view(packed["data"], "data")),
      (facet.measure ?? scene.measure).signed,
      facet,
    );
  });
  return {
    epoch: number(message["epoch"], "The epoch"),
    complete: message["complete"] === true,
    facets: await Promise.all(facets),
  };
}

async function inflate(bytes: DataView): Promise<Uint8Array> {
  if (bytes.byteLength === 0) return new Uint8Array();
  const copy = new Uint8Array(bytes.byteLength);
  copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const stream = new Blob([copy]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
