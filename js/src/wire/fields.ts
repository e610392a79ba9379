/** Reads a field of a message, or refuses it in words. */

/** A message that this page can't read; its text says what is wrong. */
export class WireError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

/** A message that was never packed: models in the page make it, and it takes the place of a trait's value. */
export class Unpacked<Message extends { readonly epoch: number }> {
  readonly epoch: number;

  constructor(
    readonly message: Message,
    /** Of a reply: which one it is. */
    readonly number = 0,
  ) {
    this.epoch = message.epoch;
  }
}

/** The value of a trait; null if the kernel has not set it yet. */
export function received<T>(raw: unknown, decode: (raw: Fields) => T): T | null {
  return isFields(raw) && Object.keys(raw).length > 0 ? decode(raw) : null;
}

export function fields(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new WireError(`${what} is missing.`);
  return value;
}

export function list(raw: Fields, key: string): readonly unknown[] {
  const value = raw[key];
  if (!Array.isArray(value)) throw new WireError(`${key} is not a list.`);
  return value;
}

/** A record within a record. */
export function record<T>(raw: Fields, key: string, decode: (raw: Fields) => T): T {
  return decode(fields(raw[key], key));
}

export function records<T>(raw: Fields, key: string, decode: (raw: Fields) => T): T[] {
  return list(raw, key).map((one) => decode(fields(one, `One of ${key}`)));
}

/** One of two kinds of records, distinguished by a key that only the first has. */
export function either<A, B>(
  key: string,
  first: (raw: Fields) => A,
  second: (raw: Fields) => B,
): (raw: Fields) => A | B {
  return (raw) => (key in raw ? first(raw) : second(raw));
}

export function text(raw: Fields, key: string): string {
  return asText(raw[key], key);
}

function asText(value: unknown, what: string): string {
  if (typeof value !== "string") throw new WireError(`${what} is not text.`);
  return value;
}

export function texts(raw: Fields, key: string): string[] {
  return list(raw, key).map((one) => asText(one, `One of ${key}`));
}

export function flag(raw: Fields, key: string): boolean {
  const value = raw[key];
  if (typeof value !== "boolean") throw new WireError(`${key} is neither true nor false.`);
  return value;
}

export function oneOf<const T extends string>(raw: Fields, key: string, known: readonly T[]): T {
  const found = known.find((one) => one === raw[key]);
  if (found === undefined) throw new WireError(`${key} is none of ${known.join(", ")}.`);
  return found;
}

/** A number. JSON has no NaN and no infinity, for which hosts write null, words or nothing. */
export function real(raw: Fields, key: string): number {
  return asReal(raw[key]);
}

export function reals(raw: Fields, key: string): number[] {
  return list(raw, key).map(asReal);
}

function asReal(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}

/** A natural number, below a limit if there is one. */
export function natural(raw: Fields, key: string, below?: number): number {
  return asNatural(raw[key], key, below);
}

export function naturals(raw: Fields, key: string, below?: number): number[] {
  return list(raw, key).map((one) => asNatural(one, `One of ${key}`, below));
}

export function asNatural(value: unknown, what: string, below = 2 ** 53): number {
  if (typeof value !== "number") throw new WireError(`${what} is not a number.`);
  if (!Number.isInteger(value) || value < 0 || value >= below) {
    const limit = below < 2 ** 53 ? ` below ${below}` : "";
    throw new WireError(`${what} is ${value}, which is no natural number${limit}.`);
  }
  return value;
}

export function integers<T extends readonly number[]>(raw: Fields, key: string, length: number): T {
  const found = list(raw, key);
  if (found.length !== length || !found.every(Number.isInteger)) {
    throw new WireError(`${key} is not told in ${length} whole numbers.`);
  }
  return found as unknown as T;
}

/** Bytes, of items of `unit` bytes each. */
export function view(raw: Fields, key: string, unit = 1): DataView {
  const bytes = bytesOf(raw[key], key);
  if (bytes.byteLength % unit !== 0) throw new WireError(`${key} has ${bytes.byteLength} bytes.`);
  return bytes;
}

function bytesOf(value: unknown, what: string): DataView {
  if (value instanceof DataView) return value;
  // Hosts that lose bytes get text instead.
  if (isFields(value) && typeof value["b64"] === "string") return decoded(value["b64"], what);
  if (value instanceof ArrayBuffer) return new DataView(value);
  if (ArrayBuffer.isView(value)) {
    return new DataView(value.buffer, value.byteOffset, value.byteLength);
  }
  throw new WireError(`${what} is not bytes.`);
}

export function decoded(base64: string, what: string): DataView {
  try {
    return new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
  } catch {
    throw new WireError(`${what} is not base64.`);
  }
}

/** `length` natural numbers of 1, 2 or 4 bytes, depending on the number of bytes; little-endian, at any offset of a buffer. */
export function ints(raw: Fields, key: string, length: number): Int32Array {
  const bytes = view(raw, key);
  const unit = length === 0 ? 1 : bytes.byteLength / length;
  const read = { 1: "getUint8", 2: "getUint16", 4: "getUint32" }[unit];
  if (read === undefined || (length === 0 && bytes.byteLength > 0)) {
    throw new WireError(`${key} has ${bytes.byteLength} bytes for ${length} numbers.`);
  }
  const get = read as "getUint16";
  return Int32Array.from({ length }, (_, i) => bytes[get](unit * i, true));
}

/** Indices below `below`. */
export function indexes(raw: Fields, key: string, length: number, below: number): Int32Array {
  const found = ints(raw, key, length);
  // Indices too large for an Int32Array are negative in it.
  const wrong = found.find((index) => index < 0 || index >= below);
  if (wrong !== undefined) throw new WireError(`${key} names ${wrong >>> 0} of ${below}.`);
  return found;
}

/** Numbers of 4 bytes each, or of 8 if their count is known and the number of bytes says so. */
export function floats(raw: Fields, key: string, length?: number): Float64Array {
  const bytes = view(raw, key);
  const unit = bytes.byteLength === 8 * (length ?? 0) ? 8 : 4;
  const count = bytes.byteLength / unit;
  if (count !== (length ?? Math.floor(count))) {
    throw new WireError(`${key} has ${bytes.byteLength} bytes.`);
  }
  return Float64Array.from({ length: count }, (_, i) =>
    unit > 4 ? bytes.getFloat64(8 * i, true) : bytes.getFloat32(4 * i, true),
  );
}

/** The number of bits that are set. */
export function ones(bits: DataView): number {
  let count = 0;
  for (let i = 0; i < bits.byteLength; i++) {
    for (let byte = bits.getUint8(i); byte > 0; byte &= byte - 1) count++;
  }
  return count;
}

/** Names, each after the text's first character; checks their number if it is known. */
export function names(raw: Fields, key: string, length?: number): string[] {
  const joined = text(raw, key);
  const separator = joined.slice(0, 1);
  const found = separator === "" ? [] : joined.slice(1).split(separator);
  if (found.length !== (length ?? found.length)) {
    throw new WireError(`${key} has ${found.length} names, not ${length}.`);
  }
  return found;
}

/** Texts of which many are the same: `key` has the different ones, `which` the index of each. */
export function repeated(raw: Fields, key: string, which: string, length: number): string[] {
  const different = texts(raw, key);
  return Array.from(indexes(raw, which, length, different.length), (n) => different[n] ?? "");
}

export function unzigzag(value: number): number {
  return value & 1 ? -((value + 1) >> 1) : value >> 1;
}
