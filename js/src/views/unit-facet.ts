/** One model's units: which layer, the strip, the strongest units, and the unit that colours its text. */
import { css, legendStops, makePalette, type Palette } from "../core/color";
import { listen, make, makeButton, mark, suppressShortcuts, toggle, write } from "../core/dom";
import { COMPUTING } from "../state/heat";
import {
  pixelsOf,
  stepOfMultiple,
  type UnitColors,
  type UnitScale,
  unitColors,
} from "../state/unit-colors";
import { UnitStates } from "../state/unit-states";
import {
  capital,
  placeWords,
  rangeWords,
  spokenWords,
  stateNumber,
  stateWords,
  unitCount,
  unitName,
} from "../state/unit-words";
import type { Facet } from "../wire";
import { type LayerWindow, NOT_FINITE } from "../wire/states";
import type { InstrumentHost } from "./instruments";
import { UnitChips } from "./unit-chips";
import { type StripMove, UnitStrip } from "./unit-strip";
import { UnitTable } from "./unit-table";

export interface UnitFacetHandlers extends Pick<InstrumentHost, "colourText" | "alone"> {
  /** The reader chooses another layer. */
  choose(layer: string): void;
  /** The pointer, or a key, is at a character of the strip. */
  pointAt(position: number): void;
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
  readonly #label = make("div", "units-label");
  readonly #said = make("span", "units-said");
  readonly #back = makeButton("button units-back", "back to connectivity");
  readonly #select = suppressShortcuts(make("select", "select units-layer"));
  readonly #count = make("span", "units-count");
  readonly #low = make("span", "legend-end");
  readonly #bar = make("span", "legend-bar");
  readonly #high = make("span", "legend-end");
  readonly #legend = make("span", "units-legend", this.#low, this.#bar, this.#high);
  readonly #error = make("div", "units-error");
  readonly #content: HTMLElement;
  readonly #chips: UnitChips;
  readonly #strip: UnitStrip;
  readonly #table: UnitTable;
  #states: UnitStates | null = null;
  #colors: UnitColors | null = null;
  #palette: Palette | null = null;
  #pixels: Uint32Array = new Uint32Array();
  #options: UnitOptions = { scale: "layer", overview: false };
  #shown = 0;
  #pointed: number | null = null;
  /** The unit that the pointer or the keyboard is at, and the one that stays. */
  #unit: number | null = null;
  #pinned: number | null = null;
  /** What colours the text now. */
  #coloured = "";

  constructor(
    private readonly characters: readonly string[],
    private readonly facet: Facet,
    private readonly index: number,
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
        pin: (on) => this.#keep(on ? this.#unit : null),
        scrolled: (x) => handlers.scrolled(x),
      },
      `States of ${facet.name}`,
      signal,
    );
    mark(this.#select, "aria-label", `Which states of ${facet.name}`);
    listen(this.#select, "change", () => handlers.choose(this.#select.value), signal);
    listen(this.#select, "keydown", (e) => e.key !== "Escape" && e.stopPropagation(), signal);
    listen(this.#back, "click", () => this.#keep(null), signal);
    this.#label.append(this.#said, this.#back);
    const bar = make("div", "units-bar", this.#select, this.#count, this.#legend);
    this.#content = make("div", "units-content", this.#chips.el, this.#strip.el, this.#table.el);
    this.#content.prepend(this.#label, bar);
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
    this.#colourText();
  }

  show(shown: number, palette: Palette, options: UnitOptions): void {
    if (this.#palette?.ground !== palette.ground) {
      this.#palette = makePalette(palette.ground, true);
      this.#pixels = pixelsOf(this.#palette);
      this.#coloured = "";
    }
    const follow = this.#shown !== shown;
    this.#shown = shown;
    if (options.scale !== this.#options.scale) this.#colors = null;
    this.#options = options;
    this.#draw();
    if (follow && !this.el.matches(":hover")) this.#strip.reveal(shown, null);
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
    const content = {
      ...{ characters, states, palette, shown, unit, pinned },
      tokenAt: facet.tokenAt,
      order: states.facts.order,
      colors: this.#colors,
      pixels: this.#pixels,
      pointed: this.#pointed,
    };
    this.#strip.show(content, this.#options.overview);
    this.#chips.show(states, step, place, pinned);
    this.#table.show(states, step, place);
    write(this.#count, unitCount(states));
    this.#showLegend(states, this.#colors, palette);
    this.#showLabel(states, step, place);
    this.#colourText();
    if (this.missingCurve !== null) this.handlers.needCurve();
  }

  #showLegend(states: UnitStates, { cap, clipped, signed }: UnitColors, palette: Palette): void {
    const end = cap === null ? "its largest" : stateNumber(cap, cap < 1 ? 2 : 0);
    const most = `${clipped ? "≥ " : ""}${end}`;
    write(this.#high, most);
    write(this.#low, signed ? (clipped ? `≤ −${end}` : `−${end}`) : "0");
    const stops = legendStops(palette, signed).map(css).join(", ");
    this.#bar.style.background = `linear-gradient(to right, ${stops})`;
    this.#legend.title = `The colours of ${states.name}`;
  }

  /** Which unit the text shows, if it does not show connectivity. */
  #showLabel(states: UnitStates, step: number, place: string): void {
    const unit = this.#unit ?? this.#pinned;
    toggle(this.#label, "units-coloured", unit !== null);
    // Its space is kept, so that nothing moves under the pointer.
    this.#back.style.visibility = this.#pinned === null ? "hidden" : "visible";
    if (unit === null) {
      write(this.#said, "Point at a unit in the strip: it colours the text. A press keeps it.");
      return;
    }
    const name = capital(unitName(states, unit));
    const here = stateWords(states, step, unit);
    const range = rangeWords(states, unit);
    const words = `${name}, ${states.name}, colours the text, not connectivity: ${here} at ${place}; ${range}.`;
    write(this.#said, words);
  }

  #colourText(): void {
    const { index, handlers, facet, characters } = this;
    const [states, colors, palette] = [this.#states, this.#colors, this.#palette];
    const unit = this.#unit ?? this.#pinned;
    if (states === null || colors === null || palette === null || unit === null) {
      if (this.#coloured !== "") handlers.colourText(index, null);
      this.#coloured = "";
      return;
    }
    const whole = states.hasCurve(unit);
    const key = `${states.name} ${unit} ${this.#options.scale} ${whole}`;
    if (key === this.#coloured && whole) return;
    this.#coloured = key;
    const each = colors.stepsEach[unit] ?? 0;
    const steps = Int8Array.from({ length: characters.length }, (_, p) => {
      const multiple = states.multiple(facet.tokenAt[p] ?? 0, unit);
      return multiple === null ? COMPUTING : stepOfMultiple(multiple ?? NOT_FINITE, each);
    });
    handlers.colourText(index, { steps, palette });
  }
}
