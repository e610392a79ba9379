/** Bytes and fields of a message, read or refused in words. */

/** A message that this page cannot read; says in words what is wrong with it. */
export class WireError extends Error {}

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

export function fields(value: unknown, what: string): Fields {
  if (!isFields(value)) throw new WireError(`${what} is missing.`);
  return value;
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new WireError(`${what} is not a list.`);
  return value;
}

export function number(value: unknown, what: string): number {
  if (typeof value !== "number") throw new WireError(`${what} is not a number.`);
  return value;
}

/** A number; JSON has no NaN and no infinity: hosts write null or words for them, or nothing. */
export function real(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}

export function flag(value: unknown, what: string): boolean {
  if (typeof value !== "boolean") throw new WireError(`${what} is neither true nor false.`);
  return value;
}

export function oneOf<const T extends string>(
  value: unknown,
  what: string,
  known: readonly T[],
): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new WireError(`${what} is none of ${known.join(", ")}.`);
  return found;
}

export function integers<T extends readonly number[]>(
  value: unknown,
  what: string,
  length: number,
): T {
  const found = list(value, what);
  if (found.length !== length || !found.every(Number.isInteger)) {
    throw new WireError(`${what} is not told in ${length} whole numbers.`);
  }
  return found as unknown as T;
}

/** A natural number, and below a limit where there is one. */
export function natural(value: unknown, what: string, below = 2 ** 53): number {
  const found = number(value, what);
  if (!Number.isInteger(found) || found < 0 || found >= below) {
    const limit = below < 2 ** 53 ? ` below ${below}` : "";
    throw new WireError(`${what} is ${found}, which is no natural number${limit}.`);
  }
  return found;
}

export function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new WireError(`${what} is not text.`);
  return value;
}

export function view(value: unknown, what: string): DataView {
  if (value instanceof DataView) return value;
  // A host that loses bytes is sent text instead.
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

/** Natural numbers of 1, 2 or 4 bytes, as many bytes as `length` of them leave each; little-endian, at any offset of a buffer. */
export function ints(value: unknown, what: string, length: number): Int32Array {
  const bytes = view(value, what);
  const unit = length === 0 ? 1 : bytes.byteLength / length;
  const read = { 1: "getUint8", 2: "getUint16", 4: "getUint32" }[unit];
  if (read === undefined || (length === 0 && bytes.byteLength > 0)) {
    throw new WireError(`${what} has ${bytes.byteLength} bytes for ${length} numbers.`);
  }
  const get = read as "getUint16";
  return Int32Array.from({ length }, (_, i) => bytes[get](unit * i, true));
}

/** Indexes of things of which there are `below`. */
export function indexes(value: unknown, what: string, length: number, below: number): Int32Array {
  const found = ints(value, what, length);
  // Those that no Int32Array holds are negative in it.
  const wrong = found.find((index) => index < 0 || index >= below);
  if (wrong !== undefined) throw new WireError(`${what} names ${wrong >>> 0} of ${below}.`);
  return found;
}

/** Numbers of 4 bytes each, or, where it is known how many there are, of 8: as many bytes tell which. */
export function floats(value: unknown, what: string, length?: number): Float64Array {
  const bytes = view(value, what);
  const unit = bytes.byteLength === 8 * (length ?? 0) ? 8 : 4;
  return Float64Array.from(
    { length: sized(bytes, what, unit, length).byteLength / unit },
    (_, i) => (unit > 4 ? bytes.getFloat64(8 * i, true) : bytes.getFloat32(4 * i, true)),
  );
}

/** Bytes of things that take `unit` of them each. */
export function sized(bytes: DataView, what: string, unit: number, length?: number): DataView {
  const wrong = length === undefined ? bytes.byteLength % unit : bytes.byteLength - unit * length;
  if (wrong !== 0) throw new WireError(`${what} has ${bytes.byteLength} bytes.`);
  return bytes;
}

/** How many bits are set. */
export function ones(bits: DataView): number {
  let count = 0;
  for (let i = 0; i < bits.byteLength; i++) {
    for (let byte = bits.getUint8(i); byte > 0; byte &= byte - 1) count++;
  }
  return count;
}

/** Names, each after the text's first character; as many as there should be, where that is known. */
export function names(value: unknown, what: string, length?: number): string[] {
  const joined = text(value, what);
  const separator = joined.slice(0, 1);
  const found = separator === "" ? [] : joined.slice(1).split(separator);
  if (length !== undefined && found.length !== length) {
    throw new WireError(`${what} has ${found.length} names, not ${length}.`);
  }
  return found;
}

/** Texts of which many are the same, from the different ones and which it is. */
export function repeated(
  different: unknown,
  what: string,
  which: unknown,
  index: string,
  length: number,
): string[] {
  const texts = list(different, what).map((one) => text(one, what));
  return Array.from(indexes(which, index, length, texts.length), (n) => texts[n] ?? "");
}

/** One of two kinds of records, told apart by a key that only the one has. */
export function either<A, B>(
  value: unknown,
  what: string,
  key: string,
  one: (raw: Fields) => A,
  other: (raw: Fields) => B,
): A | B {
  const raw = fields(value, what);
  return key in raw ? one(raw) : other(raw);
}

/** What a trait holds; null where the kernel has not set it yet. */
export function received<T>(raw: unknown, decode: (raw: Fields) => T): T | null {
  return isFields(raw) && Object.keys(raw).length > 0 ? decode(raw) : null;
}

export function unzigzag(value: number): number {
  return value & 1 ? -((value + 1) >> 1) : value >> 1;
}
