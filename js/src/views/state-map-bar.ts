/** Above a map: what is mapped and what its colours are; below it: which colour is what. */
import { css, legendStops, type Palette } from "../core/color";
import { listen, make, makeButton, mark, suppressShortcuts, write } from "../core/dom";
import { grouped, quantity } from "../core/format";
import { COLOURINGS, type Colouring, colouringsOf, type MapColors } from "../state/map-colors";
import { layerWords } from "../state/unit-layer-words";
import type { PointMap } from "../wire/state-map";

export interface MapBarHandlers {
  choose(source: string): void;
  colour(by: Colouring): void;
  zoom(by: number): void;
}

const ZOOMS = [
  ["−", "Smaller (key -)", 1 / 1.5],
  ["+", "Larger (key +)", 1.5],
  ["all", "Show all points (key 0)", 0],
] as const;

export class MapBar {
  readonly #source = suppressShortcuts(make("select", "select map-source"));
  readonly #colouring = suppressShortcuts(make("select", "select map-colouring"));
  readonly el: HTMLElement;
  readonly legend = make("div", "map-legend");
  #map: PointMap | null = null;
  #colors: MapColors | null = null;

  /** `alone`: nothing else can be mapped than what was saved. */
  constructor(
    model: string,
    private readonly alone: boolean,
    handlers: MapBarHandlers,
    signal: AbortSignal,
  ) {
    mark(this.#source, "aria-label", `What is mapped of ${model}`);
    mark(this.#colouring, "aria-label", `Colours of the map of ${model}`);
    const by = () => COLOURINGS.find(({ name }) => name === this.#colouring.value);
    listen(this.#source, "change", () => handlers.choose(this.#source.value), signal);
    listen(this.#colouring, "change", () => handlers.colour(by()?.name ?? "symbol"), signal);
    for (const select of [this.#source, this.#colouring]) {
      // Keys that choose in a list must not reach the host.
      listen(select, "keydown", (e) => e.key !== "Escape" && e.stopPropagation(), signal);
    }
    const zooms = ZOOMS.map(([words, title, factor]) => {
      const button = makeButton("button map-zoom", words, title);
      listen(button, "click", () => handlers.zoom(factor), signal);
      return button;
    });
    const colours = make("label", "map-label", "coloured by ", this.#colouring);
    this.el = make("div", "map-bar", this.#source, colours, make("span", "map-zooms", ...zooms));
  }

  show(map: PointMap, by: Colouring, colors: MapColors, palette: Palette): void {
    if (map !== this.#map) {
      this.#map = map;
      const { sources } = map;
      // In words as the view of units has them.
      const options = sources.map((name) => new Option(layerWords(name, sources), name));
      this.#source.replaceChildren(...options);
      this.#source.value = map.sources[map.source] ?? "";
      this.#source.disabled = this.alone || map.sources.length < 2;
      const there = colouringsOf(map);
      const offered = COLOURINGS.filter(({ name }) => there.includes(name));
      this.#colouring.replaceChildren(...offered.map((one) => new Option(one.label, one.name)));
      this.#colouring.disabled = offered.length < 2;
    }
    this.#colouring.value = by;
    if (colors === this.#colors) return;
    this.#colors = colors;
    this.legend.replaceChildren(
      ...(colors.cap === null ? swatches(colors) : bar(colors.cap, palette)),
    );
  }
}

function swatches({ legend }: MapColors): HTMLElement[] {
  return legend.map(({ words, color, points }) => {
    const swatch = make("span", "map-swatch");
    swatch.style.background = color;
    const entry = make("span", "map-entry", swatch, words);
    entry.title = `${grouped(points)} points`;
    return entry;
  });
}

function bar(cap: number, palette: Palette): HTMLElement[] {
  const [low, high] = [make("span", "map-entry", "0"), make("span", "map-entry")];
  write(high, `≥ ${quantity(Number(cap.toPrecision(2)))} nats`);
  const ramp = make("span", "map-ramp");
  const stops = legendStops(palette, false).map(css).join(", ");
  ramp.style.background = `linear-gradient(to right, ${stops})`;
  return [low, ramp, high];
}
