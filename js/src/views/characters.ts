/** The characters of one text as elements, a span for each. */
import { describe, glyph } from "../core/format";
import type { Facet } from "../wire";

/** Marks and joiners: within a token they belong to the character before them, and are drawn with it. */
const JOINS = /^(?:[\p{M}\p{Cf}]|[\u{1F3FB}-\u{1F3FF}])$/u;

export interface Characters {
  readonly spans: readonly HTMLElement[];
  /** The spans, and the nodes between them. */
  readonly nodes: readonly Node[];
  /** The index among the nodes of each character's span. */
  readonly places: Int32Array;
  /** Signs for invisible characters, which are paler than others where there is no colour. */
  readonly shapeless: ReadonlySet<number>;
}

export function makeCharacters(characters: readonly string[], facet: Facet): Characters {
  const spans: HTMLElement[] = [];
  const nodes: Node[] = [];
  const places = new Int32Array(characters.length);
  const shapeless = new Set<number>();
  const bare = document.createElement("span");
  const patterns = new Map<string, HTMLElement>();
  characters.forEach((character, p) => {
    const joined = JOINS.test(character) && p > 0 && facet.tokenAt[p] === facet.tokenAt[p - 1];
    const key = joined ? ` ${character}` : character;
    let pattern = patterns.get(key);
    if (pattern === undefined) {
      pattern = patternOf(character, bare, joined);
      patterns.set(key, pattern);
    }
    const span = pattern.cloneNode(true) as HTMLElement;
    span.dataset["p"] = String(p);
    spans.push(span);
    places[p] = nodes.push(span) - 1;
    if (span.className !== "") shapeless.add(p);
    if (character === "\n") nodes.push(document.createTextNode("\n"));
  });
  markUnknown(characters, spans, facet);
  return { spans, nodes, places, shapeless };
}

function patternOf(character: string, bare: HTMLElement, joined: boolean): HTMLElement {
  const span = bare.cloneNode() as HTMLElement;
  span.textContent = joined ? character : glyph(character);
  const described = describe(character);
  if (!joined && described !== null) {
    span.title = described;
    span.className = "rnnviz-control";
  }
  return span;
}

function markUnknown(
  characters: readonly string[],
  spans: readonly HTMLElement[],
  { unknown, starts, ends }: Facet,
): void {
  for (const t of unknown) {
    for (let p = starts[t] ?? 0; p < (ends[t] ?? 0); p++) {
      const span = spans[p];
      const character = characters[p];
      if (span === undefined || character === undefined) continue;
      span.classList.add("rnnviz-unknown");
      const described = describe(character);
      const name = described === null ? "" : `${described}: `;
      span.title = `${name}not known to this model, which read its unknown symbol`;
    }
  }
}
