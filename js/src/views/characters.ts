/** The characters of one text as elements, a span for each. */
import { describe, glyph } from "../core/format";
import type { Facet } from "../wire";

/** Marks and joiners: within a token they belong to the character before them, and are drawn with it. */
const JOINS = /^(?:[\p{M}\p{Cf}]|[\u{1F3FB}-\u{1F3FF}])$/u;

/** The characters of a text as elements. */
export interface Characters {
  readonly spans: readonly HTMLElement[];
  /** The spans, and the nodes between them. */
  readonly nodes: readonly Node[];
  /** The index among the nodes of each character's span. */
  readonly places: Int32Array;
  /** Signs for invisible characters, which are paler than others where there is no colour. */
  readonly shapeless: ReadonlySet<number>;
  /** What each span was made of: spans made of the same look alike. */
  readonly makings: readonly string[];
}

/** What two texts begin and end with alike. */
export interface Alike {
  /** How many characters both begin with. */
  readonly first: number;
  /** How many characters both end with, apart from those. */
  readonly last: number;
}

const NONE: Characters = {
  spans: [],
  nodes: [],
  places: new Int32Array(0),
  shapeless: new Set(),
  makings: [],
};

/** `before`: the elements of another text, of which those are used again that look alike at both ends. */
export function makeCharacters(
  characters: readonly string[],
  facet: Facet,
  before = NONE,
): Characters & { readonly alike: Alike } {
  const makings = makingsOf(characters, facet);
  const alike = alikeOf(before.makings, makings);
  const spans: HTMLElement[] = [];
  const nodes: Node[] = [];
  const places = new Int32Array(characters.length);
  const shapeless = new Set<number>();
  const patterns = new Map<string, HTMLElement>();
  const shift = before.spans.length - makings.length;
  makings.forEach((making, p) => {
    const at = p < alike.first ? p : p >= makings.length - alike.last ? p + shift : -1;
    const span = before.spans[at] ?? fresh(making, patterns);
    if (span.dataset["p"] !== String(p)) span.dataset["p"] = String(p);
    spans.push(span);
    places[p] = nodes.push(span) - 1;
    if (span.classList.contains(CONTROL)) shapeless.add(p);
    const broken = before.places[at];
    if (characters[p] !== "\n") return;
    nodes.push(before.nodes[broken === undefined ? -1 : broken + 1] ?? new Text("\n"));
  });
  return { spans, nodes, places, shapeless, makings, alike };
}

const CONTROL = "rnnviz-control";
/** What a making ends with, whose character is joined to the one before it, or unknown. */
const [JOINED, UNKNOWN] = ["j", "u"];

function makingsOf(characters: readonly string[], facet: Facet): readonly string[] {
  const { tokenAt, starts, ends } = facet;
  const makings = characters.map((character, p) => {
    const joined = p > 0 && tokenAt[p] === tokenAt[p - 1] && JOINS.test(character);
    return joined ? character + JOINED : character;
  });
  for (const t of facet.unknown) {
    for (let p = starts[t] ?? 0; p < (ends[t] ?? 0); p++) makings[p] += UNKNOWN;
  }
  return makings;
}

function alikeOf(before: readonly string[], now: readonly string[]): Alike {
  const most = Math.min(before.length, now.length);
  let [first, last] = [0, 0];
  while (first < most && before[first] === now[first]) first += 1;
  while (last < most - first && before.at(-1 - last) === now.at(-1 - last)) last += 1;
  return { first, last };
}

function fresh(making: string, patterns: Map<string, HTMLElement>): HTMLElement {
  let pattern = patterns.get(making);
  if (pattern === undefined) {
    pattern = patternOf(making);
    patterns.set(making, pattern);
  }
  return pattern.cloneNode(true) as HTMLElement;
}

function patternOf(making: string): HTMLElement {
  const [character = "", ...signs] = making;
  const joined = signs.includes(JOINED);
  const span = document.createElement("span");
  span.textContent = joined ? character : glyph(character);
  const described = describe(character);
  if (!joined && described !== null) {
    span.title = described;
    span.className = CONTROL;
  }
  if (signs.includes(UNKNOWN)) {
    span.classList.add("rnnviz-unknown");
    const name = described === null ? "" : `${described}: `;
    span.title = `${name}not known to this model, which read its unknown symbol`;
  }
  return span;
}

/** Puts the elements of a text where those of another one stand, and leaves the common ones alone. */
export function replaceCharacters(
  el: HTMLElement,
  before: Characters,
  now: Characters & { readonly alike: Alike },
): void {
  const { first, last } = now.alike;
  const ending = (one: Characters) => one.places[one.spans.length - last] ?? one.nodes.length;
  const start = now.places[first] ?? now.nodes.length;
  for (const node of before.nodes.slice(start, ending(before))) (node as ChildNode).remove();
  const rest = now.nodes[ending(now)] ?? null;
  for (const node of now.nodes.slice(start, ending(now))) el.insertBefore(node, rest);
}

/** The numbers of the characters of another text, where those are used again; the others get 0. */
export function carriedOver(numbers: Int8Array, { first, last }: Alike, length: number): Int8Array {
  const carried = new Int8Array(length);
  carried.set(numbers.subarray(0, first));
  carried.set(numbers.subarray(numbers.length - last), length - last);
  return carried;
}
