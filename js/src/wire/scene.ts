/** What is known of the models after the forward pass: text, predictions, what is explained. */

import { shortened } from "../core/format";
import { isWhiteSpace } from "../core/white-space";
import {
  type Fields,
  fields,
  floats,
  indexes,
  ints,
  isFields,
  list,
  natural,
  number,
  text,
  WireError,
} from "./fields";
import { Reads } from "./reads";

export const VERSION = 6;

/** What a class is to the text: the whole word being typed, or the token that follows. */
export type Truth = "word" | "next";

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
  readonly p: Float64Array;
  readonly rank: Int32Array;
}

export interface Facet {
  readonly name: string;
  readonly reads: Reads;
  /** Whether no output reads a token after its own: then row s has s + 1 numbers. */
  readonly causal: boolean;
  /** What its numbers are: its own, else the scene's. */
  readonly measure: Measure;
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
  /** 1 at the characters that no token spans, but for white space between those that some do. */
  readonly leftOut: Uint8Array;
  readonly unknown: ReadonlySet<number>;
  /** Null where that is not known. */
  readonly truth: Truth | null;
  readonly classes: readonly string[];
  readonly k: number;
  readonly top: Int32Array;
  readonly topP: Float64Array;
  readonly target: Int32Array;
  readonly targetP: Float64Array;
  readonly targetRank: Int32Array;
  /** Null where no two classes are compared. */
  readonly rivals: Rivals | null;
  readonly reasons: readonly string[];
  readonly reason: Int32Array;
  /** The unit of the one number that it gives, "" if it has none: what are probabilities elsewhere are then that number. Null: it has classes. */
  readonly unit: string | null;
  /** Whether there is one output for the whole text: it stands at its end, wherever it is shown. */
  readonly oneOutput: boolean;
}

export interface Scene {
  readonly epoch: number;
  readonly characters: readonly string[];
  /** Whether the kernel would read another text. */
  readonly editable: boolean;
  readonly measure: Measure;
  /** What was chosen; null: targets one by one, or nothing that can be chosen. */
  readonly target: Target | null;
  readonly facets: readonly Facet[];
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
  const measure = decodeMeasure(raw["measure"]);
  return {
    epoch: number(raw["epoch"], "The epoch"),
    characters,
    editable: raw["editable"] === true,
    measure,
    target: decodeTarget(raw["target"] ?? null),
    facets: list(raw["facets"], "The list of facets").map((facet) =>
      decodeFacet(fields(facet, "A facet"), characters, measure),
    ),
  };
}

/** A facet's own measure, else that of all. */
export function ownMeasure(facet: Fields, measure: Measure): Measure {
  return facet["measure"] == null ? measure : decodeMeasure(facet["measure"]);
}

export function decodeMeasure(raw: unknown): Measure {
  const measure = fields(raw, "The measure");
  return {
    name: text(measure["name"], "The measure's name"),
    signed: measure["signed"] === true,
    label: shortened(text(measure["label"], "The measure's label"), 300),
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

function decodeRivals(raw: unknown, tokens: number, classes: number): Rivals | null {
  if (raw === null || raw === undefined) return null;
  const rivals = fields(raw, "rivals");
  return {
    target: indexes(rivals["target"], "rivals", tokens, classes + 1),
    p: floats(rivals["p"], "The rivals' p", tokens),
    rank: ints(rivals["rank"], "The rivals' rank", tokens),
  };
}

function decodeFacet(raw: Fields, characters: readonly string[], measure: Measure): Facet {
  const targetP = floats(raw["target_p"], "target_p");
  const tokens = targetP.length;
  const { length } = characters;
  const k = natural(raw["k"], "k");
  const reads = new Reads(raw["reads"], tokens);
  const spans =
    raw["spans"] === null ? null : indexes(raw["spans"], "spans", 2 * tokens, length + 1);
  if (spans === null && tokens > length) {
    throw new WireError(`A text of ${length} characters has ${tokens} tokens of one each.`);
  }
  const classes = splitNames(text(raw["classes"], "classes"));
  const reasons = list(raw["reasons"], "reasons").map((reason) => text(reason, "A reason"));
  // What comes after the last name is none.
  const named = classes.length + 1;
  const starts = Int32Array.from({ length: tokens }, (_, t) => spans?.[2 * t] ?? t);
  const ends = Int32Array.from({ length: tokens }, (_, t) => spans?.[2 * t + 1] ?? t + 1);
  return {
    // Names are only ever drawn; what is saved as data has them whole.
    name: shortened(text(raw["name"], "A facet's name")),
    reads,
    causal: reads.causal,
    measure: ownMeasure(raw, measure),
    note: typeof raw["note"] === "string" ? raw["note"] : null,
    engine: text(raw["engine"], "The engine's name"),
    tokens,
    starts,
    ends,
    tokenAt: tokensOfPositions(starts, ends, length),
    leftOut: leftOutOf(starts, ends, characters),
    unknown: new Set(
      list(raw["unknown"], "unknown").map((t) => natural(t, "An unknown token", tokens)),
    ),
    truth: raw["truth"] === "word" || raw["truth"] === "next" ? raw["truth"] : null,
    classes,
    k,
    top: indexes(raw["top"], "top", tokens * k, named),
    topP: floats(raw["top_p"], "top_p", tokens * k),
    target: indexes(raw["target"], "target", tokens, named),
    targetP,
    targetRank: ints(raw["target_rank"], "target_rank", tokens),
    rivals: decodeRivals(raw["rivals"], tokens, classes.length),
    reasons,
    reason: indexes(raw["reason"], "reason", tokens, reasons.length),
    unit: typeof raw["unit"] === "string" ? raw["unit"] : null,
    oneOutput: raw["one_output"] === true,
  };
}

/** Names, each after the text's first character. */
export function splitNames(joined: string): string[] {
  const separator = joined.slice(0, 1);
  return separator === "" ? [] : joined.slice(1).split(separator);
}

/** The (last) token whose span holds the position, else the last that starts before it, else the first. */
function tokensOfPositions(starts: Int32Array, ends: Int32Array, length: number): Int32Array {
  const holder = new Int32Array(length).fill(-1);
  const before = new Int32Array(length + 1).fill(-1);
  starts.forEach((start, t) => {
    before[start] = t;
  });
  // The last token first, and each character once, however many tokens hold it: `free[p]` is at most the first
  // character from p on that none holds yet.
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

/** What separates tokens is read by what makes them; a stretch that has more in it than white space is not. */
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
