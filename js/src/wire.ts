/** What the kernel puts into the traits, decoded into plain values. The Python side of this contract is `rnnviz_widget/wire.py`. */

export const VERSION = 4;

/** The values of a row are in these parts of its peak. */
export const ROW_STEPS = 500;

/** A message that this page cannot read; says in words what is wrong with it. */
export class WireError extends Error {}

export interface Measure {
  readonly name: string;
  readonly signed: boolean;
  readonly label: string;
}

/** A class by its name, the truth or the top prediction. */
export type Chosen = string | { readonly choice: "truth" | "top" };

/** What is explained: the truth, the top prediction, one class, or two compared: why the first rather than the second. */
export type Target = "truth" | "top" | readonly [Chosen] | readonly [Chosen, Chosen];

/** The classes that those explained are compared with; an index past the last class: nothing is. */
export interface Rivals {
  readonly target: Int32Array;
  readonly p: Float32Array;
  readonly rank: Int32Array;
}

export interface Facet {
  readonly name: string;
  readonly causal: boolean;
  readonly note: string | null;
  /** How its rows are computed, in words. */
  readonly engine: string;
  /** How many tokens there are. */
  readonly tokens: number;
  /** First and past-the-last character of each token. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The token that a position means. */
  readonly tokenAt: Int32Array;
  readonly unknown: ReadonlySet<number>;
  readonly classes: readonly string[];
  readonly k: number;
  readonly top: Int32Array;
  readonly topP: Float32Array;
  readonly target: Int32Array;
  readonly targetP: Float32Array;
  readonly targetRank: Int32Array;
  /** Null where no two classes are compared. */
  readonly rivals: Rivals | null;
  readonly reasons: readonly string[];
  readonly reason: Int32Array;
}

export interface Scene {
  readonly epoch: number;
  readonly characters: readonly string[];
  readonly measure: Measure;
  /** What was chosen; null: targets one by one, or nothing that can be chosen. */
  readonly target: Target | null;
  readonly facets: readonly Facet[];
}

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

/** A class at one output. */
export interface Weighed {
  readonly name: string;
  readonly p: number;
  readonly rank: number;
}

/** What is explained at one output, and what that is compared with. */
export interface Told extends Weighed {
  readonly reason: string;
  readonly rival: Weighed | null;
}

/** Another class explained at one character, for as long as it is looked at. */
export interface Look extends Answer {
  /** That of the request. */
  readonly serial: number;
  /** It may be another than the scene's. */
  readonly measure: Measure;
  /** For each facet; null where it can't explain that: the outcome says why. */
  readonly told: readonly (Told | null)[];
}

/** Classes whose names begin with a prefix, the likeliest first. */
export interface Found {
  readonly serial: number;
  readonly prefix: string;
  readonly position: number;
  /** Each with its probability in every facet. */
  readonly names: readonly { readonly name: string; readonly p: readonly number[] }[];
}

/** What the kernel would not do, and why. */
export interface Refused {
  readonly trait: string;
  readonly value: unknown;
  readonly message: string;
  readonly serial: number;
}

export interface PackedRows {
  readonly epoch: number;
  readonly complete: boolean;
  readonly facets: readonly PackedFacet[];
}

export interface Status {
  readonly epoch: number;
  readonly done: number;
  readonly total: number;
  readonly state: "idle" | "filling" | "done" | "stopped";
  readonly message: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function fields(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new WireError(`${what} is missing.`);
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new WireError(`${what} is not a list.`);
  return value;
}

function number(value: unknown, what: string): number {
  if (typeof value !== "number") throw new WireError(`${what} is not a number.`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new WireError(`${what} is not text.`);
  return value;
}

function view(value: unknown, what: string): DataView {
  if (value instanceof DataView) return value;
  // A host that loses bytes is sent text instead.
  if (isFields(value) && typeof value["b64"] === "string") return decoded(value["b64"], what);
  if (value instanceof ArrayBuffer) return new DataView(value);
  if (ArrayBuffer.isView(value)) {
    return new DataView(value.buffer, value.byteOffset, value.byteLength);
  }
  throw new WireError(`${what} is not bytes.`);
}

function decoded(base64: string, what: string): DataView {
  try {
    return new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
  } catch {
    throw new WireError(`${what} is not base64.`);
  }
}

/** Natural numbers of 1, 2 or 4 bytes, as many bytes as `length` of them leave each; little-endian, at any offset of a buffer. */
function ints(value: unknown, what: string, length: number): Int32Array {
  const bytes = view(value, what);
  const unit = length === 0 ? 1 : bytes.byteLength / length;
  const read = { 1: "getUint8", 2: "getUint16", 4: "getUint32" }[unit];
  if (read === undefined || (length === 0 && bytes.byteLength > 0)) {
    throw new WireError(`${what} has ${bytes.byteLength} bytes for ${length} numbers.`);
  }
  const get = read as "getUint16";
  return Int32Array.from({ length }, (_, i) => bytes[get](unit * i, true));
}

function float32(value: unknown, what: string, length?: number): Float32Array {
  const bytes = sized(view(value, what), what, 4, length);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) =>
    bytes.getFloat32(4 * i, true),
  );
}

function sized(bytes: DataView, what: string, unit: number, length?: number): DataView {
  const wrong = length === undefined ? bytes.byteLength % unit : bytes.byteLength - unit * length;
  if (wrong !== 0) throw new WireError(`${what} has ${bytes.byteLength} bytes.`);
  return bytes;
}

function unzigzag(value: number): number {
  return value & 1 ? -((value + 1) >> 1) : value >> 1;
}

/** The scene, or null where the kernel has not set one yet. */
export function decodeScene(raw: unknown): Scene | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  const version = raw["version"];
  if (version !== VERSION) {
    throw new WireError(
      `it is of version ${String(version)} and this page reads version ${VERSION}. ` +
        "Restart the kernel and reload the page, so that both are of one rnnviz_widget.",
    );
  }
  const characters = Array.from(text(raw["text"], "The text"));
  return {
    epoch: number(raw["epoch"], "The epoch"),
    characters,
    measure: decodeMeasure(raw["measure"]),
    target: decodeTarget(raw["target"] ?? null),
    facets: list(raw["facets"], "The list of facets").map((facet) =>
      decodeFacet(fields(facet, "A facet"), characters.length),
    ),
  };
}

function decodeMeasure(raw: unknown): Measure {
  const measure = fields(raw, "The measure");
  return {
    name: text(measure["name"], "The measure's name"),
    signed: measure["signed"] === true,
    label: text(measure["label"], "The measure's label"),
  };
}

/** A target as it travels, in the scene and in the trait `target`. */
export function decodeTarget(raw: unknown): Target | null {
  if (raw === null || raw === "truth" || raw === "top") return raw;
  const items = list(raw, "The target").map((one): Chosen => {
    if (typeof one === "string") return one;
    const { choice } = fields(one, "A class of the target");
    if (choice === "truth" || choice === "top") return { choice };
    throw new WireError("A class of the target is none.");
  });
  const [first, second] = items;
  if (first === undefined || items.length > 2) {
    throw new WireError(`The target has ${items.length} classes.`);
  }
  return second === undefined ? [first] : [first, second];
}

function decodeRivals(raw: unknown, tokens: number): Rivals | null {
  if (raw === null || raw === undefined) return null;
  const rivals = fields(raw, "rivals");
  return {
    target: ints(rivals["target"], "rivals", tokens),
    p: float32(rivals["p"], "The rivals' p", tokens),
    rank: ints(rivals["rank"], "The rivals' rank", tokens),
  };
}

function decodeFacet(raw: Fields, length: number): Facet {
  const targetP = float32(raw["target_p"], "target_p");
  const tokens = targetP.length;
  const k = number(raw["k"], "k");
  const spans = raw["spans"] === null ? null : ints(raw["spans"], "spans", 2 * tokens);
  const starts = Int32Array.from({ length: tokens }, (_, t) => spans?.[2 * t] ?? t);
  const ends = Int32Array.from({ length: tokens }, (_, t) => spans?.[2 * t + 1] ?? t + 1);
  return {
    name: text(raw["name"], "A facet's name"),
    causal: raw["causal"] === true,
    note: typeof raw["note"] === "string" ? raw["note"] : null,
    engine: text(raw["engine"], "The engine's name"),
    tokens,
    starts,
    ends,
    tokenAt: tokensOfPositions(starts, ends, length),
    unknown: new Set(list(raw["unknown"], "unknown").map((t) => number(t, "An unknown token"))),
    classes: splitNames(text(raw["classes"], "classes")),
    k,
    top: ints(raw["top"], "top", tokens * k),
    topP: float32(raw["top_p"], "top_p", tokens * k),
    target: ints(raw["target"], "target", tokens),
    targetP,
    targetRank: ints(raw["target_rank"], "target_rank", tokens),
    rivals: decodeRivals(raw["rivals"], tokens),
    reasons: list(raw["reasons"], "reasons").map((reason) => text(reason, "A reason")),
    reason: ints(raw["reason"], "reason", tokens),
  };
}

/** Names, each after the text's first character. */
function splitNames(joined: string): string[] {
  const separator = joined.slice(0, 1);
  return separator === "" ? [] : joined.slice(1).split(separator);
}

/** The (last) token whose span holds the position, else the last that starts before it, else the first. */
function tokensOfPositions(starts: Int32Array, ends: Int32Array, length: number): Int32Array {
  const holder = new Int32Array(length).fill(-1);
  const before = new Int32Array(length + 1).fill(-1);
  for (let t = 0; t < starts.length; t++) {
    const start = starts[t] ?? 0;
    const end = Math.min(ends[t] ?? 0, length);
    for (let p = Math.max(0, start); p < end; p++) holder[p] = t;
    if (start <= length) before[Math.max(0, start)] = t;
  }
  let last = 0;
  return holder.map((held, p) => {
    last = Math.max(last, before[p] ?? -1);
    return held === -1 ? last : held;
  });
}

/** What tells how long each row of a facet is. */
type Shape = Pick<Facet, "tokens" | "causal">;

/** What is needed of a scene to decode its rows. */
interface Shapes {
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
      const outcome = decodeRow(facet, from, measure.signed);
      if (from > 0 && "values" in outcome && outcome.values.length !== row + 1 - from) {
        const count = outcome.values.length;
        throw new WireError(`The part of row ${row} from input ${from} has ${count} values.`);
      }
      return { row, outcome };
    }),
  };
}

/** What the page looks at, or null before there is anything. */
export function decodeLook(raw: unknown, { facets }: Pick<Shapes, "facets">): Look | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  const measure = decodeMeasure(raw["measure"]);
  const answer = decodeAnswer(raw, { measure, facets });
  if (answer === null) return null;
  const told = list(raw["facets"], "The look").map((item) => {
    const target = fields(item, "A facet's look")["target"];
    return target === null ? null : decodeTold(fields(target, "What is explained"));
  });
  return { ...answer, serial: number(raw["serial"], "serial"), measure, told };
}

function decodeTold(raw: Fields): Told {
  const { rival } = raw;
  return {
    ...decodeWeighed(raw),
    reason: text(raw["reason"], "The reason"),
    rival: rival === null ? null : decodeWeighed(fields(rival, "What it is compared with")),
  };
}

function decodeWeighed(raw: Fields): Weighed {
  return {
    name: text(raw["name"], "A class"),
    p: number(raw["p"], "A probability"),
    rank: number(raw["rank"], "A rank"),
  };
}

/** What a search for names found, or null before there was one. */
export function decodeFound(raw: unknown): Found | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  return {
    serial: number(raw["serial"], "serial"),
    prefix: text(raw["prefix"], "The prefix"),
    position: number(raw["position"], "The position"),
    names: list(raw["names"], "The names found").map((item) => {
      const one = fields(item, "A name found");
      const p = list(one["p"], "Its probabilities").map((p) => number(p, "A probability"));
      return { name: text(one["name"], "A name found"), p };
    }),
  };
}

/** What was refused, or null before anything was. */
export function decodeRefused(raw: unknown): Refused | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  return {
    trait: text(raw["trait"], "A trait's name"),
    value: raw["value"],
    message: text(raw["message"], "What was refused"),
    serial: number(raw["serial"], "serial"),
  };
}

function startOfPart(raw: unknown, row: number, facet: Shape | undefined): number {
  const from = number(raw, "from");
  if (facet?.causal === false) throw new WireError("A model that reads ahead has a part of a row.");
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
      scene.measure.signed,
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

const STATES: readonly string[] = ["idle", "filling", "done", "stopped"];

export function decodeStatus(raw: unknown): Status | null {
  if (!isFields(raw) || !STATES.includes(String(raw["state"]))) return null;
  return {
    epoch: number(raw["epoch"], "The epoch"),
    done: number(raw["done"], "done"),
    total: number(raw["total"], "total"),
    state: raw["state"] as Status["state"],
    message: typeof raw["message"] === "string" ? raw["message"] : null,
  };
}
