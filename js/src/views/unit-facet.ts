/** One model's units: which layer, the strip, the strongest units, and the unit that colours its text. */
import { makePalette, type Palette } from "../core/color";
import { listen, make, mark, suppressShortcuts, write } from "../core/dom";
import type { Span } from "../core/scales";
import { pixelsOf, type UnitColors, type UnitScale, unitColors } from "../state/unit-colors";
import { UnitStates } from "../state/unit-states";
import { capital, placeWords, spokenWords, unitCount, unitName } from "../state/unit-words";
import type { Facet } from "../wire";
import type { LayerWindow } from "../wire/states";
import type { Drawing } from "./drawing";
import type { InstrumentHost } from "./instruments";
import { UnitChips } from "./unit-chips";
import { UnitLegend } from "./unit-legend";
import { UnitMatches } from "./unit-matches";
import { type StripMove, UnitStrip } from "./unit-strip";
import { UnitTable } from "./unit-table";
import { UnitText } from "./unit-text";

export interface UnitFacetHandlers extends Pick<InstrumentHost, "colourText" | "alone"> {
  /** The reader chooses another layer. */
  choose(layer: string): void;
  /** The pointer, or a key, is at a character of the strip. */
  pointAt(position: number): void;
  /** The reader brushes characters, or clears the brush. */
  brush(span: Span | null): void;
  /** The reader goes to a match. */
  go(position: number): void;
  /** A unit's whole curve is needed. */
  needCurve(): void;
  scrolled(x: number): void;
  /** To be said to who does not see the strip. */
  speak(words: string): void;
}

/** What is common to all models. */
export interface UnitOptions {
  readonly scale: UnitScale;
  readonly overview: boolean;
}

export class UnitFacet {
  readonly el = make("div", "units");
  readonly #select = suppressShortcuts(make("select", "select units-layer"));
  readonly #count = make("span", "units-count");
  readonly #legend = new UnitLegend();
  readonly #error = make("div", "units-error");
  readonly #content: HTMLElement;
  readonly #chips: UnitChips;
  readonly #strip: UnitStrip;
  readonly #table: UnitTable;
  readonly #matches: UnitMatches;
  readonly #text: UnitText;
  #states: UnitStates | null = null;
  #colors: UnitColors | null = null;
  #palette: Palette | null = null;
  #pixels: Uint32Array = new Uint32Array();
  #options: UnitOptions = { scale: "layer", overview: false };
  #shown = 0;
  #pointed: number | null = null;
  #brush: Span | null = null;
  /** The unit that the pointer or the keyboard is at, and the one that stays. */
  #unit: number | null = null;
  #pinned: number | null = null;
  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
    index: number,
    private readonly handlers: UnitFacetHandlers,
    signal: AbortSignal,
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
      characters,
      facet,
      {
        go: (position) => handlers.go(position),
        point: (unit) => this.#point(unit),
        press: (unit) => this.#press(unit),
      },
      signal,
    );
    mark(this.#select, "aria-label", `Which states of ${facet.name}`);
    listen(this.#select, "change", () => handlers.choose(this.#select.value), signal);
    listen(this.#select, "keydown", (e) => e.key !== "Escape" && e.stopPropagation(), signal);
    this.#text = new UnitText(
      facet.tokenAt,
      (colours) => handlers.colourText(index, colours),
      () => this.#keep(null),
      signal,
    );
    const bar = make("div", "units-bar", this.#select, this.#count, this.#legend.el);
    const parts = [this.#chips.el, this.#strip.el, this.#matches.el, this.#table.el];
    this.#content = make("div", "units-content", this.#text.el, bar, ...parts);
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
      this.#unit = this.#pinned = null;
      this.#showLayers(window);
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

  show({ shown, palette, options: { brush } }: Drawing, options: UnitOptions): void {
    if (this.#palette?.ground !== palette.ground) {
      this.#palette = makePalette(palette.ground, true);
      this.#pixels = pixelsOf(this.#palette);
    }
    const follow = this.#shown !== shown;
    this.#shown = shown;
    this.#brush = brush;
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

  #showLayers({ layers, layer }: LayerWindow): void {
    const name = layers[layer] ?? "";
    this.#select.replaceChildren(...layers.map((words) => new Option(words, words)));
    this.#select.value = name;
    // Without a kernel there is only the one that was saved.
    this.#select.disabled = this.handlers.alone || layers.length < 2;
  }

  #unitIn(row: number | null): number | null {
    return row === null ? null : (this.#states?.facts.order[row] ?? null);
  }

  #pointCell(column: number | null, row: number | null): void {
    const unit = this.#unitIn(row);
    if (column !== null && column !== this.#shown) this.handlers.pointAt(column);
    this.#point(unit);
  }

  #point(unit: number | null): void {
    if (unit === this.#unit) return;
    this.#unit = unit;
    this.#draw();
  }

  #press(unit: number | null): void {
    if (unit === null) return;
    this.#keep(unit === this.#pinned ? null : unit);
  }

  /** Enter keeps the unit; Escape clears the brush, then releases the unit. */
  #keepOrClear(keep: boolean): void {
    if (!keep && this.#brush !== null) this.handlers.brush(null);
    else this.#keep(keep ? this.#unit : null);
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

  #draw(): void {
    const [states, palette] = [this.#states, this.#palette];
    if (states === null || palette === null) return;
    this.#colors ??= unitColors(states, this.#options.scale);
    const { characters, facet } = this;
    const [unit, pinned, shown] = [this.#unit, this.#pinned, this.#shown];
    const place = placeWords(characters, shown);
    const step = facet.tokenAt[shown] ?? 0;
    const { brushed, brushError } = states.facts;
    const isHere =
      brushed !== null && brushed.start === this.#brush?.start && brushed.after === this.#brush.end;
    const found = isHere ? brushed : null;
    const content = {
      ...{ characters, states, palette, shown, unit, pinned },
      tokenAt: facet.tokenAt,
      order: states.facts.order,
      colors: this.#colors,
      pixels: this.#pixels,
      pointed: this.#pointed,
      brush: this.#brush,
      selected: new Set(found?.units),
      matches: found?.matches.map(({ start, after }) => ({ start, end: after })) ?? [],
    };
    this.#strip.show(content, this.#options.overview);
    this.#chips.show(states, step, place, pinned);
    this.#table.show(states, step, place);
    this.#matches.show(states, found, this.#brush === null ? null : brushError);
    write(this.#count, unitCount(states));
    this.#legend.show(this.#colors, palette);
    const kept = pinned !== null;
    const colouring = { states, colors: this.#colors, palette, shown, place, kept };
    this.#text.show({ ...colouring, unit: unit ?? pinned });
    if (this.missingCurve !== null) this.handlers.needCurve();
  }
}
