/** Converts little-endian bytes to numbers and back, and names to text, as rnnviz_widget/scene and share do. */

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

/** The CRC-32 of consecutive byte arrays, as zlib computes it. */
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
