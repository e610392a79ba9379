/** One model's units: which layer, the strip, the strongest units, and the unit that colours its text. */
import { makePalette, type Palette } from "../core/color";
import { make, write } from "../core/dom";
import type { Span } from "../core/scales";
import { pixelsOf, type UnitColors, unitColors } from "../state/unit-colors";
import { UnitStates } from "../state/unit-states";
import { capital, placeWords, spokenWords, unitName } from "../state/unit-words";
import type { Facet } from "../wire";
import type { LayerWindow } from "../wire/states";
import type { Drawing } from "./drawing";
import { UnitBar } from "./unit-bar";
import { UnitChips } from "./unit-chips";
import type { UnitFacetHandlers, UnitOptions } from "./unit-facet-options";
import { marksOf, type ShownSearch, UnitMatches } from "./unit-matches";
import { UnitRoute } from "./unit-route";
import { type StripMove, UnitStrip } from "./unit-strip";
import { UnitTable } from "./unit-table";
import { UnitText } from "./unit-text";

export class UnitFacet {
  readonly el = make("div", "units");
  readonly #bar: UnitBar;
  readonly #error = make("div", "units-error");
  readonly #content: HTMLElement;
  readonly #chips: UnitChips;
  readonly #strip: UnitStrip;
  readonly #table: UnitTable;
  readonly #matches: UnitMatches;
  readonly #route: UnitRoute;
  readonly #text: UnitText;
  #states: UnitStates | null = null;
  #colors: UnitColors | null = null;
  #palette: Palette | null = null;
  #pixels: Uint32Array = new Uint32Array();
  #options: UnitOptions = { scale: "layer", overview: false, route: null, waiting: null };
  #shown = 0;
  #pointed: number | null = null;
  /** A unit that is to be kept once its layer is here. */
  #wanted: number | null = null;
  /** The character that the text is to show, and whether that waits for a frame. */
  #column: number | null = null;
  #waits = false;
  #brush: Span | null = null;
  #search: ShownSearch | null = null;
  /** The unit that the pointer or the keyboard is at, and the one that stays. */
  #unit: number | null = null;
  #pinned: number | null = null;
  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
    index: number,
    private readonly handlers: UnitFacetHandlers,
    private readonly signal: AbortSignal,
  ) {
    this.#chips = new UnitChips(
      { point: (unit) => this.#point(unit), press: (unit) => this.#press(unit) },
      signal,
    );
    this.#table = new UnitTable(signal);
    this.#strip = new UnitStrip(
      {
        point: (column, row) => this.#pointCell(column, row),
        press: (_, row) => this.#press(this.#unitIn(row)),
        move: (by) => this.#move(by),
        brush: (from, to) =>
          handlers.brush({ start: Math.min(from, to), end: Math.max(from, to) + 1 }),
        pin: (on) => this.#keepOrClear(on),
        scrolled: (x) => handlers.scrolled(x),
      },
      `States of ${facet.name}`,
      signal,
    );
    this.#matches = new UnitMatches(
      facet.name,
      {
        ...handlers,
        point: (unit) => this.#point(unit),
        press: (unit) => this.#press(unit),
      },
      signal,
    );
    this.#bar = new UnitBar(facet.name, handlers.alone, handlers.choose, signal);
    this.#text = new UnitText(
      facet.tokenAt,
      (colours) => handlers.colourText(index, colours),
      () => this.#keep(null),
      signal,
    );
    const show = (layer: string, unit: number) => this.#showUnit(layer, unit);
    this.#route = new UnitRoute(characters, { show }, signal);
    const below = [this.#route.el, this.#matches.el, this.#table.el];
    const parts = [this.#chips.el, this.#strip.el, ...below];
    this.#content = make("div", "units-content", this.#text.el, this.#bar.el, ...parts);
    this.#content.hidden = true;
    this.el.append(this.#error, this.#content);
  }

  /** The columns of the strip that are in view. */
  get inView() {
    return this.#strip.inView;
  }

  get layer(): string | null {
    return this.#states?.name ?? null;
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

  /** Takes a window of states; `keep`: where it is of the layer that is shown, what is here is kept. */
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
    this.#colors = null;
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
    if (this.#palette?.ground !== palette.ground) {
      this.#palette = makePalette(palette.ground, true);
      this.#pixels = pixelsOf(this.#palette);
    }
    const follow = this.#shown !== shown;
    this.#shown = shown;
    if (follow) this.#pointed = null;
    this.#brush = brush;
    this.#search = search;
    if (options.scale !== this.#options.scale) this.#colors = null;
    this.#options = options;
    this.#draw();
    if (follow && !this.#strip.el.matches(":hover")) this.#strip.reveal(shown, null);
  }

  /** The pointer is at a character of the text while another one is pinned. */
  pointText(position: number | null): void {
    this.#pointed = position;
    this.#draw();
  }

  scrollTo(x: number): void {
    this.#strip.scrollTo(x);
  }

  #unitIn(row: number | null): number | null {
    return row === null ? null : (this.#states?.facts.order[row] ?? null);
  }

  #pointCell(column: number | null, row: number | null): void {
    if (column !== null && column !== this.#shown) this.#pointed = column;
    this.#point(this.#unitIn(row), column);
  }

  /** The strip is drawn in the next frame; the text, which may be long, in the one after it, for the place pointed at then. */
  #point(unit: number | null, column: number | null = null): void {
    this.#unit = unit;
    this.#drawStrip();
    this.#column = column;
    if (this.#waits) return;
    this.#waits = true;
    const draw = () => {
      this.#waits = false;
      if (this.signal.aborted) return;
      if (this.#column !== null && this.#column !== this.#shown)
        this.handlers.pointAt(this.#column);
      this.#draw();
    };
    requestAnimationFrame(() => requestAnimationFrame(draw));
  }

  /** Keeps a unit of a layer, which comes first where it is not the one shown. */
  #showUnit(layer: string, unit: number): void {
    const kept = this.#states?.facts.index.indexOf(unit) ?? -1;
    if (layer === this.layer && kept >= 0) this.#keep(kept);
    else {
      this.#wanted = unit;
      this.handlers.choose(layer);
    }
  }

  #press(unit: number | null): void {
    if (unit === null) return;
    this.#keep(unit === this.#pinned ? null : unit);
  }

  /** Enter keeps the unit; Escape clears the brush, then releases the unit. */
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
    if (unit === null) this.#unit = null;
    this.#draw();
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
    if (rows !== 0) {
      const row = at === null ? (rows > 0 ? 0 : order.length - 1) : order.indexOf(at) + rows;
      this.#unit = order[Math.max(0, Math.min(order.length - 1, row))] ?? null;
    }
    const last = this.characters.length - 1;
    const to = Math.max(0, Math.min(last, this.#shown + columns));
    if (to !== this.#shown) this.handlers.pointAt(to);
    this.#strip.reveal(to, this.#unit === null ? null : order.indexOf(this.#unit));
    this.#draw();
    const step = this.facet.tokenAt[to] ?? 0;
    this.handlers.speak(spokenWords(this.characters, to, states, step, this.#unit ?? at));
  }

  #drawStrip(): void {
    const [states, palette] = [this.#states, this.#palette];
    if (states === null || palette === null) return;
    const { characters, facet } = this;
    const { units, matches } = marksOf(this.#search, this.layer);
    const content = {
      ...{ characters, states, palette, tokenAt: facet.tokenAt, order: states.facts.order },
      colors: this.#colorsOf(states),
      pixels: this.#pixels,
      shown: this.#shown,
      pointed: this.#pointed,
      unit: this.#unit,
      pinned: this.#pinned,
      brush: this.#brush,
      selected: new Set(units.map((unit) => states.facts.index.indexOf(unit))),
      matches,
    };
    this.#strip.show(content, this.#options.overview);
  }

  #draw(): void {
    const [states, palette] = [this.#states, this.#palette];
    if (states === null || palette === null) return;
    this.#drawStrip();
    const [unit, pinned, shown] = [this.#unit, this.#pinned, this.#shown];
    const place = placeWords(this.characters, shown);
    const step = this.facet.tokenAt[shown] ?? 0;
    this.#chips.show(states, step, place, pinned);
    this.#table.show(states, step, place);
    this.#matches.show(states, this.#search);
    const { route, waiting } = this.#options;
    const { route: found, routeError } = states.facts;
    const isHere = found?.output === route?.[0] && found?.input === route?.[1];
    this.#route.show(isHere ? found : null, route && routeError, waiting, palette);
    const colors = this.#colorsOf(states);
    this.#bar.show(states, colors, palette);
    const kept = pinned !== null;
    this.#text.show({ states, colors, palette, shown, place, kept, unit: unit ?? pinned });
    if (this.missingCurve !== null) this.handlers.needCurve();
  }

  #colorsOf(states: UnitStates): UnitColors {
    this.#colors ??= unitColors(states, this.#options.scale);
    return this.#colors;
  }
}
