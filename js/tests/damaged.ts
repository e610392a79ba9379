/** Messages damaged at random, the same in every run. */
import { bytes } from "./messages";

// biome-ignore lint/suspicious/noExplicitAny: messages are plain JSON of many shapes
export type Json = any;

/** Numbers that are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const STRANGE: readonly unknown[] = [
  null,
  undefined,
  true,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  "x",
  "\ud800",
  "__proto__",
  [],
  [[]],
  {},
  { b64: "AAAA" },
  { b64: "no base64!" },
];

/** A message of which one part is another, or missing, or twice there. */
export function damaged(message: Json, next: () => number): Json {
  const pick = <T>(items: readonly T[]) => items[Math.floor(next() * items.length)] as T;
  const copy = (value: Json): Json => {
    if (value instanceof DataView) return value;
    if (Array.isArray(value)) return value.map(copy);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
  };
  const changed = copy(message);
  let place: Json = changed;
  for (;;) {
    const keys = Object.keys(place);
    const key = pick(keys);
    const inner = place[key];
    const within = typeof inner === "object" && inner !== null && !(inner instanceof DataView);
    if (within && Object.keys(inner).length > 0 && next() < 0.8) {
      place = inner;
      continue;
    }
    if (inner instanceof DataView && next() < 0.8) place[key] = damagedBytes(inner, next);
    else if (Array.isArray(place) && next() < 0.3) place.push(...place);
    else if (next() < 0.2) delete place[key];
    else place[key] = pick(STRANGE);
    return changed;
  }
}

function damagedBytes(data: DataView, next: () => number): DataView {
  const before = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const length = next() < 0.5 ? before.length : Math.floor(next() * 2 * before.length);
  const after = Uint8Array.from({ length }, (_, i) => before[i % before.length] ?? 0);
  for (let n = 0; n < 3 && length > 0; n++) {
    after[Math.floor(next() * length)] = Math.floor(next() * 256);
  }
  return bytes(after);
}
