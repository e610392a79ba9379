/** Rows of connectivity: those at one position, and all that are known. */
import { asNatural, fields, isFields, received, Unpacked, unzigzag, WireError } from "./fields";
import {
  decodeAnswerMessage,
  decodeRowsMessage,
  type FailedRow,
  type Failure,
  type Measure,
  type PackedRow,
  ROW_STEPS,
} from "./generated";
import type { Facet } from "./scene";

/** One row of connectivity, or its nearest inputs; values are in steps of `peak` / ROW_STEPS. */
export interface Row {
  /** The first input that is there; 0 if the row is complete. */
  readonly from: number;
  readonly peak: number;
  readonly total: number;
  readonly values: Int16Array;
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

/** The facts that determine the length of each row of a facet. */
type Shape = Pick<Facet, "tokens" | "causal"> & {
  /** Given if it may differ from the scene's. */
  readonly measure?: Pick<Measure, "signed">;
};

/** The facts of a scene that are needed to decode its rows. */
export interface Shapes {
  readonly measure: Pick<Measure, "signed">;
  readonly facets: readonly Shape[];
}

/** The rows at one position, or null if there are none yet. */
export function decodeAnswer(raw: unknown, shapes: Shapes): Answer | null {
  if (raw instanceof Unpacked) return raw.message as Answer;
  return received(raw, (message) => {
    const { facets, ...answer } = decodeAnswerMessage(message);
    return { ...answer, facets: answered(facets, shapes) };
  });
}

/** Decodes rows as they were sent, and checks their lengths. */
export function answered(
  sent: readonly (PackedRow | FailedRow)[],
  { measure, facets }: Shapes,
): Answer["facets"] {
  return sent.map((one, i) => {
    const facet = facets[i];
    const row = asNatural(one.row, "row", facet?.tokens);
    if ("error" in one) return { row, outcome: { error: one.error } };
    checkStart(one.from, row, facet);
    const outcome = unpacked(one, (facet?.measure ?? measure).signed);
    const whole = facet?.causal === false ? facet.tokens : row + 1;
    if ("values" in outcome && outcome.values.length !== whole - one.from) {
      const count = outcome.values.length;
      const what = one.from > 0 ? `The part of row ${row} from input ${one.from}` : `Row ${row}`;
      throw new WireError(`${what} has ${count} values.`);
    }
    return { row, outcome };
  });
}

function checkStart(from: number, row: number, facet: Shape | undefined): void {
  if (from === 0) return;
  if (facet?.causal === false) {
    throw new WireError("A model that is not causal has a part of a row.");
  }
  if (from > row) throw new WireError(`A part of row ${row} can't start at input ${from}.`);
}

function unpacked({ from, peak, total, data }: PackedRow, signed: boolean): Row | Failure {
  const values = Int16Array.from({ length: data.byteLength / 2 }, (_, t) => {
    const value = data.getUint16(2 * t, true);
    return signed ? unzigzag(value) : value;
  });
  return finite({ from, peak, total, values });
}

/** JSON has no NaN and no infinity, for which hosts write null or nothing. */
function finite(row: Row): Row | Failure {
  return Number.isFinite(row.peak) && Number.isFinite(row.total)
    ? row
    : { error: "The gradient is not a finite number." };
}

/** The most numbers in the rows of all facets: four times what the kernel keeps. */
const MOST_NUMBERS = 16_000_000;
/** How many bytes are inflated at once, since they may become a thousand times as many. */
const SLICE = 4096;

/** The places of a facet's known rows among its numbers. */
class Layout {
  readonly index: Int32Array;
  readonly offsets: number[] = [];
  readonly lengths: number[] = [];
  /** The number of numbers. */
  readonly size: number;

  constructor(known: DataView, facet: Shape) {
    this.index = new Int32Array(facet.tokens).fill(-1);
    let offset = 0;
    for (let s = 0; s < 8 * known.byteLength; s++) {
      if (!((known.getUint8(s >> 3) >> (s & 7)) & 1)) continue;
      if (s >= facet.tokens) throw new WireError(`There is a row ${s} of ${facet.tokens}.`);
      this.index[s] = this.offsets.length;
      this.offsets.push(offset);
      const length = facet.causal ? s + 1 : facet.tokens;
      this.lengths.push(length);
      offset += length;
    }
    this.size = offset;
  }
}

/** All known rows of one facet, each decoded when it is asked for. */
export class PackedFacet {
  readonly #index: Int32Array;
  readonly #offsets: readonly number[];
  readonly #lengths: readonly number[];

  constructor(
    { index, offsets, lengths, size }: Layout,
    private readonly peaks: Float64Array,
    private readonly totals: Float64Array,
    private readonly data: Uint8Array,
    private readonly signed: boolean,
  ) {
    [this.#index, this.#offsets, this.#lengths] = [index, offsets, lengths];
    const count = offsets.length;
    if (data.length !== 2 * size || peaks.length !== count || totals.length !== count) {
      throw new WireError("The packed rows do not have the size that they announce.");
    }
  }

  /** How much memory they take. */
  get bytes(): number {
    return this.data.length;
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

/** The epoch of `_rows`, without unpacking it. */
export function epochOf(raw: unknown): number | null {
  return isFields(raw) && typeof raw["epoch"] === "number" ? raw["epoch"] : null;
}

/** The rows, inflated at most to the size that the scene implies. */
export async function decodeRows(raw: unknown, scene: Shapes): Promise<PackedRows> {
  const message = decodeRowsMessage(fields(raw, "The set of rows"));
  const laidOut = message.facets.map((packed, i) => {
    const facet = scene.facets[i];
    if (facet === undefined) throw new WireError("There are rows for a facet that is not shown.");
    return { packed, facet, layout: new Layout(packed.known, facet) };
  });
  const numbers = laidOut.reduce((sum, { layout }) => sum + layout.size, 0);
  if (numbers > MOST_NUMBERS) {
    throw new WireError(`The packed rows announce ${numbers} numbers, more than are ever kept.`);
  }
  const facets = laidOut.map(async ({ packed, facet, layout }) => {
    const data = await inflate(packed.data, 2 * layout.size);
    const { signed } = facet.measure ?? scene.measure;
    return new PackedFacet(layout, packed.peak, packed.total, data, signed);
  });
  return { ...message, facets: await Promise.all(facets) };
}

/** Inflates bytes to exactly `size`, and never holds more. */
async function inflate(bytes: DataView, size: number): Promise<Uint8Array> {
  const found = new Uint8Array(size);
  if (bytes.byteLength === 0) return found.subarray(0, 0);
  const { readable, writable } = new DecompressionStream("deflate");
  const reader = readable.getReader();
  const fed = feed(bytes, writable.getWriter());
  // Fails if reading ends early, which is reported below.
  fed.catch(() => {});
  let filled = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > size) throw new WireError("They inflate to more than that.");
      found.set(value, filled);
      filled += value.length;
    }
    await fed;
    if (filled < size) throw new WireError("They inflate to less than that.");
  } catch (error) {
    reader.cancel().catch(() => {});
    const why = error instanceof WireError ? error.message : "They are cut off or were changed.";
    throw new WireError(`The packed rows announce ${size} bytes. ${why}`);
  }
  return found;
}

/** Streams bytes in slices, each when the one before is used up. */
async function feed(bytes: DataView, writer: WritableStreamDefaultWriter): Promise<void> {
  for (let at = 0; at < bytes.byteLength; at += SLICE) {
    const length = Math.min(SLICE, bytes.byteLength - at);
    await writer.write(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length).slice());
  }
  await writer.close();
}
