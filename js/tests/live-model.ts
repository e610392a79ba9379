/** A tiny model as it is sent, made in the page. */
import { crc32 } from "../src/live/bytes";
import { type LayerShape, type ModelSpec, sizesOf } from "../src/live/message";
import { floats } from "./messages";

const WORDS = ["a", "ab", "cab", "bb", "c", "<b>"];

const joined = (names: readonly string[]) => names.map((name) => `\n${name}`).join("");

/** The message of a model with weights of magnitude 1/4 to 1, different for each seed. */
export function liveMessage(name: string, seed = 1, changes: Record<string, unknown> = {}) {
  const layers: LayerShape[] = [
    { cell: seed % 2 ? "gru" : "lstm", inputs: 3, units: 6, depth: 1 },
    { cell: "rnn", inputs: 6, units: 5, depth: 1 },
  ];
  const message = {
    version: 1,
    name,
    precision: "int8" as "int8" | "half",
    inputs: joined(Array.from(" abc")),
    outputs: joined(WORDS),
    unknown: null,
    truth: "word",
    no_truth: "this model has no truth",
    target: "truth",
    measure: { name: "norm", signed: false, label: "L2 norm of the gradient" },
    size: 3,
    layers,
    ...changes,
  };
  const inputs = Array.from(" abc");
  const spec = { ...message, inputs, outputs: WORDS } as unknown as ModelSpec;
  const { half, small, single } = sizesOf(spec);
  let state = seed;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  const weights = new DataView(new ArrayBuffer(2 * half + small));
  for (let n = 0; n < half; n++) {
    const sign = random() < 0.5 ? 0x8000 : 0;
    weights.setUint16(2 * n, sign | (random() < 0.5 ? 0x3400 : 0x3800) | (1023 * random()), true);
  }
  for (let n = 0; n < small; n++) weights.setInt8(2 * half + n, 254 * random() - 127);
  const numbers = floats(Array.from({ length: single }, () => random() / 50));
  return { ...message, weights, numbers, check: crc32(weights, numbers) };
}
