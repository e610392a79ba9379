/** Numbers from and into little-endian bytes, and names into text, as rnnviz_widget's wire and share have them. */
import { ROW_STEPS } from "../wire";

/** IEEE half precision as single, exactly. */
export function readHalves(bytes: DataView, first: number, count: number): Float32Array {
  const single = new Float32Array(count);
  const bits = new Uint32Array(single.buffer);
  for (let i = 0; i < count; i++) {
    const half = bytes.getUint16(first + 2 * i, true);
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) single[i] = (sign ? -1 : 1) * fraction * 2 ** -24;
    else bits[i] = sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13);
  }
  return single;
}

export function readSingles(bytes: DataView, first: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => bytes.getFloat32(first + 4 * i, true));
}

/** CRC-32 of runs of bytes one after the other, as zlib's. */
export function crc32(...runs: readonly DataView[]): number {
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let entry = n;
    for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >>> 1) ^ 0xedb88320 : entry >>> 1;
    return entry;
  });
  let crc = -1;
  for (const run of runs) {
    const bytes = new Uint8Array(run.buffer, run.byteOffset, run.byteLength);
    for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 255] as number);
  }
  return ~crc >>> 0;
}

/** Natural numbers in 1, 2 or 4 bytes each, the fewest that hold the largest; as `wire.pack_ints`. */
export function packInts(values: ArrayLike<number>): DataView {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i] ?? 0);
  if (largest < 2 ** 8) return new DataView(Uint8Array.from(values).buffer);
  const unit = largest < 2 ** 16 ? 2 : 4;
  const bytes = new DataView(new ArrayBuffer(unit * values.length));
  for (let i = 0; i < values.length; i++) {
    if (unit === 2) bytes.setUint16(2 * i, values[i] ?? 0, true);
    else bytes.setUint32(4 * i, values[i] ?? 0, true);
  }
  return bytes;
}

export function packFloats(values: ArrayLike<number>): DataView {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) bytes.setFloat32(4 * i, values[i] ?? 0, true);
  return bytes;
}

/** Each name after a separator that is in none of them; as `wire.join_names`. */
export function joinNames(names: readonly string[]): string {
  const used = new Set(names.join(""));
  let separator = " ";
  for (let code = 10; used.has(separator); code = code === 10 ? 33 : code + 1) {
    separator = String.fromCharCode(code);
  }
  return names.map((name) => separator + name).join("");
}

export interface QuantisedRow {
  readonly peak: number;
  readonly total: number;
  readonly data: DataView;
}

/** A row of scores as it travels, true to 1/1000 of its peak; as `wire.pack_row`. */
export function packRow(scores: Float64Array, signed: boolean): QuantisedRow {
  let [peak, total] = [0, 0];
  for (const score of scores) {
    peak = Math.max(peak, Math.abs(score));
    total += Math.abs(score);
  }
  const data = new DataView(new ArrayBuffer(2 * scores.length));
  scores.forEach((score, t) => {
    const q = peak === 0 ? 0 : Math.round((ROW_STEPS * score) / peak);
    data.setUint16(2 * t, !signed || q >= 0 ? q * (signed ? 2 : 1) : -2 * q - 1, true);
  });
  return { peak, total, data };
}
