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

export function sized(bytes: DataView, what: string, unit: number, length?: number): DataView {
  const wrong = length === undefined ? bytes.byteLength % unit : bytes.byteLength - unit * length;
  if (wrong !== 0) throw new WireError(`${what} has ${bytes.byteLength} bytes.`);
  return bytes;
}

export function unzigzag(value: number): number {
  return value & 1 ? -((value + 1) >> 1) : value >> 1;
}
