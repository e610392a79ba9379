/** The units that are on exactly at the selected characters, and the places where they are on too. */
import { listen, make, mark, write } from "../core/dom";
import { glyph, grouped, percent, visible } from "../core/format";
import type { UnitStates } from "../state/unit-states";
import type { Failure, UnitMatch, UnitSearch, VisitedMatch } from "../wire/generated";
import type { FacetSearch } from "../wire/matches";
import { makePlaceLine } from "./place-line";
import { type ChipHandlers, makeUnitChip } from "./unit-chips";
import { WayBack } from "./way-back";

/** The most units that are listed. */
const MOST_UNITS = 24;

/** What was found for one model, and what was searched for. */
export interface ShownSearch {
  readonly found: FacetSearch | Failure;
  readonly search: UnitSearch;
  /** The selected characters, in words. */
  readonly selected: string;
  /** Where it was searched, in words: "places of corpus.txt". */
  readonly where: string;
  /** What the corpus is called. */
  readonly corpus: string;
  /** Where the reader went to; null: the reader's own text is shown, or there is no way back. */
  readonly visited: VisitedMatch | null;
}

export interface MatchHandlers extends ChipHandlers {
  /** Shows a match; null: the reader's own text again. */
  go(match: UnitMatch | null): void;
  /** Whether matches in other texts can be shown. */
  readonly canVisit: boolean;
}

/** The units that are to be marked in a layer's strip, and the matches in the text that is shown. */
export function marksOf(shown: ShownSearch | null, layer: string | null) {
  const found = shown?.found;
  if (found === undefined || "error" in found || found.layer !== layer) {
    return { units: [], matches: [] };
  }
  const here = found.matches.filter(({ text }) => text === null);
  return { units: found.units, matches: here.map(({ start, after }) => ({ start, end: after })) };
}

export class UnitMatches {
  readonly el = make("div", "unit-matches");
  readonly #words = make("div", "unit-matches-words");
  readonly #units = make("div", "unit-matches-units");
  readonly #back: WayBack;
  readonly #list = make("ol", "place-list");
  /** What is listed, so that nothing is made again while it stays. */
  #shown: unknown = null;

  constructor(
    name: string,
    private readonly handlers: MatchHandlers,
    private readonly signal: AbortSignal,
  ) {
    mark(this.#words, "role", "status");
    mark(this.#list, "aria-label", `Matches in ${name}`);
    this.#back = new WayBack(() => handlers.go(null), signal);
    this.el.append(this.#words, this.#units, this.#back.el, this.#list);
    this.el.hidden = true;
  }

  /** Null: nothing was searched for, or nothing has come. */
  show(states: UnitStates, search: ShownSearch | null): void {
    const other =
      search !== null && !("error" in search.found) && search.found.layer !== states.name;
    const shown = other ? null : search;
    this.el.hidden = shown === null;
    this.#back.show(shown?.visited ?? null, shown?.corpus ?? "");
    if (this.#shown === (shown?.found ?? null)) return;
    this.#shown = shown?.found ?? null;
    if (shown === null) return;
    const { found } = shown;
    if ("error" in found) {
      write(this.#words, found.error);
      this.#units.replaceChildren();
      this.#list.replaceChildren();
    } else {
      write(this.#words, selectionWords(found, shown));
      this.#showUnits(states, found);
      this.#list.replaceChildren(
        ...found.matches.map((one) => this.#match(one, found, shown.visited)),
      );
    }
    this.#list.hidden = this.#list.childElementCount === 0;
  }

  #showUnits(states: UnitStates, { units, low }: FacetSearch): void {
    const chips = units.slice(0, MOST_UNITS).map((unit, n) => {
      const at = states.facts.index.indexOf(unit);
      const chip = makeUnitChip(() => (at < 0 ? null : at), this.handlers, this.signal);
      write(chip.unit, String(unit));
      write(chip.said, low[n] ? "low" : "high");
      return chip.el;
    });
    const more = units.length - chips.length;
    this.#units.replaceChildren(...chips, ...(more > 0 ? [`and ${grouped(more)} more`] : []));
  }

  #match(
    match: UnitMatch,
    { units, scoredBy }: FacetSearch,
    visited: VisitedMatch | null,
  ): HTMLElement {
    const { context, contextStart, start, after, text, score, held } = match;
    const characters = [...context].map(glyph);
    const [from, to] = [start - contextStart, after - contextStart];
    const part = (first: number, last: number) => characters.slice(first, last).join("");
    const { button: line, number } = makePlaceLine({
      ...{ before: part(0, from), own: part(from, to), after: part(to, characters.length) },
      number: `${held} of ${units.length}`,
      predicted: predicted(match),
      title: text === null ? "" : `Text ${text + 1}`,
    });
    number.title = `${percent(score)}: ${scoredBy}`;
    const here = visited?.text === text && visited.start === start && visited.after === after;
    mark(line, "aria-current", here);
    line.disabled = text !== null && !this.handlers.canVisit;
    listen(line, "click", () => this.handlers.go(match), this.signal);
    return make("li", "place-item", line);
  }
}

function selectionWords(
  { units, when, compared, matches }: FacetSearch,
  { search, selected, where }: ShownSearch,
): string {
  if (units.length === 0) {
    return `No unit is on exactly at ${selected}: ${when}. Brush fewer characters, or others.`;
  }
  const count = units.length === 1 ? "One unit is" : `${grouped(units.length)} units are`;
  const off = search.before > 0 ? " and off before it" : "";
  const places = `${grouped(compared)} ${where}`;
  const found =
    matches.length === 0
      ? `in none of ${places} is any of them so`
      : `${matches.length === 1 ? "the one" : `the ${matches.length} best`} of ${places}:`;
  return `${count} on exactly at ${selected}${off} (on: ${when}); ${found}`;
}

/** What the model predicts there, and the truth. */
function predicted({ predicted: best, truth }: UnitMatch): string {
  if (best === null) return "";
  const said = `predicts ${visible(best.name)} ${percent(best.p)}`;
  if (truth === null) return said;
  if (truth.name === best.name) return `${said}, which is true`;
  return `${said}; true is ${visible(truth.name)} ${percent(truth.p)}`;
}
