/** The units that are on exactly at the brushed characters, and the places of the text where they are on too. */
import { listen, make, makeButton, mark, write } from "../core/dom";
import { glyph, grouped, percent, visible } from "../core/format";
import type { UnitStates } from "../state/unit-states";
import type { Facet } from "../wire";
import type { Brushed } from "../wire/states";

/** How many characters are shown before and after a match. */
const BEFORE = 22;
const AFTER = 10;
/** The most units that are listed. */
const MOST_UNITS = 24;

export interface MatchHandlers {
  /** Shows a character. */
  go(position: number): void;
  point(unit: number | null): void;
  press(unit: number): void;
}

type Match = Brushed["matches"][number];

export class UnitMatches {
  readonly el = make("div", "unit-matches");
  readonly #words = make("div", "unit-matches-words");
  readonly #units = make("div", "unit-matches-units");
  readonly #list = make("ol", "unit-matches-list");
  /** What is listed, so that nothing is made again while it stays. */
  #shown: unknown = null;

  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
    private readonly handlers: MatchHandlers,
    private readonly signal: AbortSignal,
  ) {
    mark(this.#words, "role", "status");
    mark(this.#list, "aria-label", `Matches in ${facet.name}`);
    this.el.append(this.#words, this.#units, this.#list);
    this.el.hidden = true;
  }

  /** `error`: why the units can't be told; both null: nothing is brushed. */
  show(states: UnitStates, brushed: Brushed | null, error: string | null): void {
    this.el.hidden = brushed === null && error === null;
    if (this.#shown === (brushed ?? error)) return;
    this.#shown = brushed ?? error;
    write(this.#words, error ?? (brushed && this.#selectionWords(brushed)) ?? "");
    const units = brushed?.units.slice(0, MOST_UNITS) ?? [];
    const more = (brushed?.units.length ?? 0) - units.length;
    this.#units.replaceChildren(
      ...units.map((unit, n) => this.#unitChip(states, unit, brushed?.low[n] ?? false)),
      ...(more > 0 ? [`and ${grouped(more)} more`] : []),
    );
    const matches = brushed?.matches ?? [];
    this.#list.hidden = matches.length === 0;
    this.#list.replaceChildren(
      ...matches.map((match) => this.#match(match, brushed?.units.length ?? 0)),
    );
  }

  #selectionWords({ start, after, units, when, compared, matches }: Brushed): string {
    const there = `“${this.#text(start, after)}”`;
    if (units.length === 0) {
      return `No unit is on exactly at ${there}: ${when}. Brush fewer characters, or others.`;
    }
    const count = units.length === 1 ? "One unit is" : `${grouped(units.length)} units are`;
    const found =
      matches.length === 0
        ? `in none of ${grouped(compared)} other places is any of them so`
        : `the ${matches.length} best of ${grouped(compared)} other places:`;
    return `${count} on exactly at ${there} and off before it (on: ${when}); ${found}`;
  }

  #unitChip(states: UnitStates, unit: number, low: boolean): HTMLElement {
    const { handlers, signal } = this;
    const name = String(states.facts.index[unit] ?? unit);
    const chip = makeButton("button unit-chip", "");
    const side = make("span", "unit-chip-state", low ? "low" : "high");
    chip.append(make("span", "spoken", "unit "), make("strong", "unit-chip-unit", name), " ", side);
    listen(chip, "pointerenter", () => handlers.point(unit), signal);
    listen(chip, "pointerleave", () => handlers.point(null), signal);
    listen(chip, "click", () => handlers.press(unit), signal);
    return chip;
  }

  #match({ start, after, score, held, truth }: Match, of: number): HTMLElement {
    const last = Math.max(start, after - 1);
    const line = makeButton("unit-match", "");
    const place = make("strong", "unit-match-place", this.#text(start, after));
    const before = make("span", "unit-match-before", this.#text(start - BEFORE, start));
    const beyond = make("span", "unit-match-after", this.#text(after, after + AFTER));
    const text = make("span", "unit-match-text", before, place, beyond);
    const units = make("span", "unit-match-units", `${held} of ${of}`);
    units.title = `${percent(score)} of what the selected units say`;
    line.append(text, units, make("span", "unit-match-then", this.#predicted(last, truth)));
    listen(line, "click", () => this.handlers.go(last), this.signal);
    return make("li", "unit-match-line", line);
  }

  /** What the model predicts there, and the truth. */
  #predicted(position: number, truth: Match["truth"]): string {
    const { facet } = this;
    const t = facet.tokenAt[position] ?? 0;
    const best = facet.classes[facet.top[t * facet.k] ?? -1];
    if (best === undefined) return "";
    const said = `predicts ${visible(best)} ${percent(facet.topP[t * facet.k] ?? 0)}`;
    if (truth === null) return said;
    if (truth.name === best) return `${said}, which is true`;
    return `${said}; true is ${visible(truth.name)} ${percent(truth.p)}`;
  }

  #text(from: number, to: number): string {
    return this.characters.slice(Math.max(0, from), Math.max(0, to)).map(glyph).join("");
  }
}
