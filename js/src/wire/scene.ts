/** The facts about the models on a text: tokens, predictions, what is explained. */

import { isWhiteSpace } from "../core/white-space";
import { fields, received, Unpacked, WireError } from "./fields";
import { decodeSceneMessage, type FacetMessage, type SceneMessage, VERSION } from "./generated";
import { Reads } from "./reads";

/** What the right answer is: the whole word being typed, or the token that follows. */
export type Truth = NonNullable<FacetMessage["truth"]>;

/** A class's name, the truth, or the top prediction. */
export type Chosen = string | { readonly choice: "truth" | "top" };

/** What is explained: the truth, the top prediction, a class, or a contrast, the first class rather than the second. */
export type Target = "truth" | "top" | readonly [Chosen] | readonly [Chosen, Chosen];

/** A model on the text: the facts that were sent, and the places of its tokens. */
export interface Facet extends Omit<FacetMessage, "reads" | "spans" | "unknown"> {
  readonly reads: Reads;
  /** Whether no output reads a token after its own: then row s has s + 1 numbers. */
  readonly causal: boolean;
  /** The number of tokens. */
  readonly tokens: number;
  /** The first character of each token, and the one after its last. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** The token at a position. */
  readonly tokenAt: Int32Array;
  /** 1 at the characters that no token spans, except white space between tokens. */
  readonly leftOut: Uint8Array;
  readonly unknown: ReadonlySet<number>;
}

export interface Scene extends Omit<SceneMessage, "version" | "text" | "target" | "facets"> {
  readonly characters: readonly string[];
  /** The target that was chosen; null: a list of targets, or nothing that can be chosen. */
  readonly target: Target | null;
  readonly facets: readonly Facet[];
}

/** The scene, or null if the kernel has not set one yet. */
export function decodeScene(raw: unknown): Scene | null {
  if (raw instanceof Unpacked) return sceneOf(raw.message as SceneMessage);
  return received(raw, (message) => {
    const version = message["version"];
    if (version !== VERSION) {
      throw new WireError(
        `it is of version ${String(version)} and this page reads version ${VERSION}. ` +
          "Restart the kernel and reload the page, so that both are of one rnnviz_widget.",
      );
    }
    return sceneOf(decodeSceneMessage(message));
  });
}

function sceneOf({ text, target, facets, ...scene }: SceneMessage): Scene {
  const characters = Array.from(text);
  return {
    ...scene,
    characters,
    target: decodeTarget(target ?? null),
    facets: facets.map((facet) => laidOut(facet, characters)),
  };
}

/** Reads a target as it is sent, in the scene and in the trait `target`. */
export function decodeTarget(raw: unknown): Target | null {
  if (raw === null || raw === "truth" || raw === "top") return raw;
  if (!Array.isArray(raw)) throw new WireError("The target is not a list.");
  const items = raw.map((one): Chosen => {
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

/** A facet with the places of its tokens. */
function laidOut(message: FacetMessage, characters: readonly string[]): Facet {
  const { spans, unknown, ...facet } = message;
  const { length } = characters;
  const tokens = facet.targetP.length;
  if (spans === null && tokens > length) {
    throw new WireError(`A text of ${length} characters has ${tokens} tokens of one each.`);
  }
  const reads = new Reads(facet.reads, tokens);
  const starts = Int32Array.from({ length: tokens }, (_, t) => spans?.[2 * t] ?? t);
  const ends = Int32Array.from({ length: tokens }, (_, t) => spans?.[2 * t + 1] ?? t + 1);
  return {
    ...facet,
    reads,
    causal: reads.causal,
    tokens,
    starts,
    ends,
    tokenAt: tokensOfPositions(starts, ends, length),
    leftOut: leftOutOf(starts, ends, characters),
    unknown: new Set(unknown),
  };
}

/** The (last) token whose span holds the position, else the last that starts before it, else the first. */
function tokensOfPositions(starts: Int32Array, ends: Int32Array, length: number): Int32Array {
  const holder = new Int32Array(length).fill(-1);
  const before = new Int32Array(length + 1).fill(-1);
  starts.forEach((start, t) => {
    before[start] = t;
  });
  // The last token first, and each character once, however many tokens span it: `free[p]` is at most the first
  // character from p on that no token has yet.
  const free = Int32Array.from({ length: length + 1 }, (_, p) => p);
  const firstFree = (from: number): number => {
    let p = from;
    while (free[p] !== p) p = free[p] = free[free[p] ?? length] ?? length;
    return p;
  };
  for (let t = starts.length - 1; t >= 0; t--) {
    const end = ends[t] ?? 0;
    for (let p = firstFree(starts[t] ?? 0); p < end; p = firstFree(p)) {
      holder[p] = t;
      free[p] = p + 1;
    }
  }
  let last = 0;
  return holder.map((held, p) => {
    last = Math.max(last, before[p] ?? -1);
    return held === -1 ? last : held;
  });
}

/** White space between tokens was read by the tokenizer; other text outside of tokens was not. */
function leftOutOf(
  starts: Int32Array,
  ends: Int32Array,
  characters: readonly string[],
): Uint8Array {
  const found = new Uint8Array(characters.length).fill(1);
  for (let t = 0; t < starts.length; t++) found.fill(0, starts[t], ends[t]);
  for (let start = 0; start < found.length; start++) {
    let end = start;
    while (found[end] === 1) end += 1;
    if (characters.slice(start, end).every(isWhiteSpace)) found.fill(0, start, end);
    start = Math.max(start, end);
  }
  return found;
}
