/** The units of one layer of a model: which layer, the strip, the strongest units, and the unit that colours its text. */
import { make, onAbort, write } from "../core/dom";
import type { Span } from "../core/scales";
import { StripColors } from "../state/strip-colors";
import { UnitStates } from "../state/unit-states";
import { capital, placeWords, spokenWords, unitName } from "../state/unit-words";
import type { Facet } from "../wire";
import type { LayerWindow } from "../wire/states";
import type { Drawing } from "./drawing";
import { UnitBar } from "./unit-bar";
import { UnitChips } from "./unit-chips";
import { UnitDetails } from "./unit-details";
import type { UnitFacetHandlers, UnitOptions } from "./unit-facet-options";
import { marksOf, type ShownSearch } from "./unit-matches";
import { type StripMove, UnitStrip } from "./unit-strip";
import { HINT, HINT_OF_OTHERS, HINT_WITH_KERNEL, UnitText } from "./unit-text";

export class UnitFacet {
  readonly el = make("div", "units");
  readonly #bar: UnitBar;
  readonly #error = make("div", "units-error");
  readonly #content: HTMLElement;
  readonly #chips: UnitChips;
  readonly strip: UnitStrip;
  readonly #details: UnitDetails;
  readonly #text: UnitText;
  #states: UnitStates | null = null;
  readonly #colors = new StripColors();
  #options: UnitOptions = {
    ...{ scale: "layer", overview: false },
    ...{ route: null, waiting: null, lens: null },
  };
  /** The character shown; -1: it is not drawn yet. */
  #shown = -1;
  #pointed: number | null = null;
  /** A unit that is to be kept once its layer is here. */
  #wanted: number | null = null;
  /** The frame in which it is drawn; 0: it needs not be. */
  #frame = 0;
  #brush: Span | null = null;
  #search: ShownSearch | null = null;
  /** The unit that the pointer or the keyboard is at, and the one that stays. */
  #unit: number | null = null;
  #pinned: number | null = null;
  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
    private readonly handlers: UnitFacetHandlers,
    signal: AbortSignal,
  ) {
    this.#chips = new UnitChips(
      { point: (unit) => this.#point(unit), press: (unit) => this.#press(unit) },
      signal,
    );
    this.strip = new UnitStrip(
      {
        point: (column, row) => this.#pointCell(column, row),
        press: (_, row) => this.#press(this.#unitIn(row)),
        move: (by) => this.#move(by),
        brush: (from, to) =>
          handlers.brush({ start: Math.min(from, to), end: Math.max(from, to) + 1 }),
        pin: (on) => this.#keepOrClear(on),
        scrolled: handlers.scrolled,
        resized: handlers.needMore,
      },
      `States of ${facet.name}`,
      signal,
    );
    const release = () => this.#keep(null);
    const choose = (layer: string) => {
      this.release();
      handlers.choose(layer);
    };
    const acts = {
      release,
      point: (unit: number | null) => this.#point(unit),
      press: (unit: number) => this.#press(unit),
      show: (layer: string, unit: number) => this.showUnit(layer, unit),
    };
    this.#details = new UnitDetails(characters, facet, handlers, acts, signal);
    const { alone, first } = handlers;
    const chosen = { choose, addOrRemove: handlers.addOrRemove };
    this.#bar = new UnitBar(facet.name, characters, alone, first, chosen, signal);
    const hint = first ? (alone ? HINT : HINT_WITH_KERNEL) : HINT_OF_OTHERS;
    this.#text = new UnitText(facet.tokenAt, hint, handlers.colourText, release, signal);
    const parts = [this.#text, this.#bar, this.#chips, this.strip, this.#details];
    this.#content = make("div", "units-content", ...parts.map((part) => part.el));
    this.#content.hidden = true;
    this.el.append(this.#error, this.#content);
    onAbort(signal, () => {
      cancelAnimationFrame(this.#frame);
      this.#text.clear();
      this.el.remove();
    });
  }

  get layer(): string | null {
    return this.#states?.name ?? null;
  }

  /** The unit that stays, by its index in the layer; set: of the layer that is awaited. */
  get kept(): number | null {
    const index = this.#states?.facts.index;
    return this.#wanted ?? (this.#pinned === null ? null : (index?.[this.#pinned] ?? null));
  }

  set kept(unit: number | null) {
    this.#wanted = unit;
  }

  /** The unit whose curve is drawn, where not all of it is here; null: none. */
  get missingCurve(): number | null {
    const unit = this.#unit ?? this.#pinned;
    return unit !== null && this.#states?.hasCurve(unit) === false ? unit : null;
  }

  /** Whether the states at a character are awaited. */
  misses(position: number): boolean {
    return this.#states !== null && !this.#states.has(this.facet.tokenAt[position] ?? 0);
  }

  /** The names of the model's layers. */
  get layers(): readonly string[] {
    return this.#states?.facts.layers ?? [];
  }

  /** Takes a window of states; where it is of the layer that is shown, what is here is kept. */
  take(window: LayerWindow): void {
    write(this.#error, "");
    this.#content.hidden = false;
    if (this.#states?.fits(window)) this.#states.add(window);
    else {
      this.#states = new UnitStates(window, this.facet.tokens);
      this.#unit = null;
      const wanted = this.#wanted === null ? -1 : window.index.indexOf(this.#wanted);
      this.#pinned = wanted >= 0 ? wanted : null;
      this.#wanted = null;
      this.#bar.showLayers(window);
    }
    this.#colors.forget();
    this.#draw();
  }

  /** Says why there are no states. */
  fail(words: string): void {
    this.#states = null;
    this.#content.hidden = true;
    write(this.#error, words);
    this.#text.clear();
  }

  show(drawing: Drawing, options: UnitOptions, search: ShownSearch | null): void {
    const { shown, palette } = drawing;
    const { brush } = drawing.options;
    this.#colors.use(palette.ground, options.scale);
    const follow = this.#shown !== shown;
    // One that is added to others begins where they are scrolled to.
    const reveal = follow && (this.handlers.first || this.#shown >= 0);
    this.#shown = shown;
    if (follow) this.#pointed = null;
    this.#brush = brush;
    this.#search = search;
    this.#options = options;
    this.#draw();
    if (reveal && !this.strip.el.matches(":hover")) this.strip.reveal(shown, null);
  }

  /** The character of the text at which the pointer is while another one is pinned; null: none. */
  set pointed(position: number | null) {
    this.#pointed = position;
    this.#drawSoon();
  }

  #unitIn(row: number | null): number | null {
    return row === null ? null : (this.#states?.facts.order[row] ?? null);
  }

  #pointCell(column: number | null, row: number | null): void {
    // First, since the page then draws all of it, in the same frame.
    if (column !== null && column !== this.#shown) this.handlers.pointAt(column);
    this.#point(this.#unitIn(row));
  }

  #point(unit: number | null): void {
    this.#unit = unit;
    this.#drawSoon();
  }

  #drawSoon(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Keeps a unit of a layer, which comes first where it is not the one shown. */
  showUnit(layer: string, unit: number): void {
    const kept = this.#states?.facts.index.indexOf(unit) ?? -1;
    if (layer === this.layer && kept >= 0) this.#keep(kept);
    else {
      this.#wanted = unit;
      this.handlers.choose(layer);
    }
  }

  /** Keeps no unit any more. */
  release(): void {
    if (this.kept !== null) this.#keep(null);
  }

  #press(unit: number | null): void {
    if (unit === null) return;
    this.#keep(unit === this.#pinned ? null : unit);
  }

  /** Enter keeps the unit; Escape clears the brush, then releases the unit. Returns whether it does anything. */
  #keepOrClear(keep: boolean): boolean {
    const there = this.#unit ?? this.#pinned;
    if (!keep && this.#brush !== null) this.handlers.brush(null);
    else if (there === null) return false;
    else this.#keep(keep ? this.#unit : null);
    return true;
  }

  /** Keeps a unit, or releases it with null. */
  #keep(unit: number | null): void {
    this.#pinned = unit;
    this.#wanted = null;
    if (unit === null) this.#unit = null;
    this.#draw();
    this.handlers.kept();
    const states = this.#states;
    if (states === null) return;
    const kept = unit === null ? "" : `${capital(unitName(states, unit))} colours the text.`;
    this.handlers.speak(kept || "The text shows connectivity.");
  }

  #move({ columns, rows }: StripMove): void {
    const states = this.#states;
    if (states === null) return;
    const { order } = states.facts;
    const at = this.#unit ?? this.#pinned;
    if (rows !== 0) this.#unit = order[movedRow(order, at, rows)] ?? null;
    const last = this.characters.length - 1;
    const to = Math.max(0, Math.min(last, this.#shown + columns));
    if (to !== this.#shown) this.handlers.pointAt(to);
    this.strip.reveal(to, this.#unit === null ? null : order.indexOf(this.#unit));
    this.#draw();
    const step = this.facet.tokenAt[to] ?? 0;
    this.handlers.speak(spokenWords(this.characters, to, states, step, this.#unit ?? at));
  }

  #drawStrip(): void {
    const [states, palette] = [this.#states, this.#colors.palette];
    if (states === null || palette === null) return;
    const { characters, facet } = this;
    const { units, matches } = marksOf(this.#search, this.layer);
    const content = {
      ...{ characters, states, palette, tokenAt: facet.tokenAt, order: states.facts.order },
      ...{ colors: this.#colors.of(states), pixels: this.#colors.pixels },
      ...{ shown: this.#shown, pointed: this.#pointed, brush: this.#brush },
      ...{ unit: this.#unit, pinned: this.#pinned },
      selected: new Set(units.map((unit) => states.facts.index.indexOf(unit))),
      matches,
    };
    this.strip.show(content, this.#options.overview);
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const [states, palette] = [this.#states, this.#colors.palette];
    if (states === null || palette === null) return;
    const [unit, pinned, shown] = [this.#unit, this.#pinned, this.#shown];
    const place = placeWords(this.characters, shown);
    const step = this.facet.tokenAt[shown] ?? 0;
    this.#chips.show(states, step, place, pinned);
    const [options, search] = [this.#options, this.#search];
    this.#details.show({ states, palette, options, shown, place, step, pinned, search });
    const colors = this.#colors.of(states);
    this.#bar.show(states, colors, palette);
    const kept = pinned !== null;
    this.#text.show({ states, colors, palette, shown, place, kept, unit: unit ?? pinned });
    // Last, since to draw words on a canvas has the browser lay out what has changed on the page.
    this.#drawStrip();
    if (this.missingCurve !== null) this.handlers.needMore();
  }
}

/** The row that so many rows below that of a unit is, as far as there are any; from no unit, the first or the last one. */
function movedRow(order: Int32Array, unit: number | null, by: number): number {
  const last = order.length - 1;
  const row = unit === null ? (by > 0 ? 0 : last) : order.indexOf(unit) + by;
  return Math.max(0, Math.min(last, row));
}
