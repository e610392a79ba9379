/** The route of a memory: a river of what each layer carries from the input to the output, the units that carry most, and the check. */
import { route_straight } from "../../../rnnviz_widget/picture/wording.json";
import { css, type Palette, STEPS } from "../core/color";
import { label, listen, make, makeButton, mark, write } from "../core/dom";
import { fill } from "../core/fill";
import { percent } from "../core/format";
import { bandPath, riverOf } from "../state/river";
import { carriedWords, checkWords, routeWords } from "../state/route-words";
import { layerWords } from "../state/unit-layer-words";
import { signedPercent } from "../state/unit-words";
import type { MemoryRoute } from "../wire/generated";
import type { LayerWindow } from "../wire/states";
import type { UnitOptions } from "./unit-facet-options";

const [WIDTH, HEIGHT] = [600, 64];
const SVG = "http://www.w3.org/2000/svg";
/** Of the ramp, where the bands' colours begin and end. */
const [PALE, STRONG] = [0.25, 0.8];

export interface RouteHandlers {
  /** Shows a unit of a layer, which need not be the one that is shown. */
  show(layer: string, unit: number): void;
}

export class UnitRoute {
  readonly el = make("div", "unit-route");
  readonly #words = make("div", "unit-route-words");
  readonly #river = make("div", "unit-route-river");
  readonly #ends = make("div", "unit-route-ends");
  readonly #names = make("div", "unit-route-names");
  readonly #units = make("div", "unit-matches-units");
  readonly #check = make("div", "unit-route-check");
  #shown: unknown = null;
  #layers: readonly string[] = [];
  #palette: Palette | null = null;

  constructor(
    private readonly characters: readonly string[],
    private readonly handlers: RouteHandlers,
    private readonly signal: AbortSignal,
  ) {
    mark(this.#check, "role", "status");
    const parts = [this.#river, this.#ends, this.#names, this.#units, this.#check];
    this.el.append(this.#words, ...parts);
    this.el.hidden = true;
  }

  /** Shows the route that is wanted, or why it is not here. */
  show(
    { layers, route: found, routeError }: LayerWindow,
    { route: wanted, waiting }: UnitOptions,
    palette: Palette,
  ): void {
    const isHere = found?.output === wanted?.[0] && found?.input === wanted?.[1];
    const route = isHere ? found : null;
    const error = wanted && routeError;
    const shown = route ?? error ?? waiting;
    this.el.hidden = shown === null;
    if (this.#shown === shown && this.#palette === palette) return;
    this.#shown = shown;
    this.#palette = palette;
    this.#layers = layers;
    for (const part of [this.#river, this.#ends, this.#names, this.#units]) part.replaceChildren();
    const said = (name: string) => this.#layerWords(name);
    write(this.#check, route === null ? "" : checkWords(this.characters, route, said));
    write(this.#words, error ?? waiting ?? "");
    if (route !== null) this.#draw(route, palette);
  }

  #draw(route: MemoryRoute, palette: Palette): void {
    const { characters } = this;
    write(this.#words, routeWords(characters, route));
    const colors = route.layers.map((_, n) => bandColor(palette, n, route.layers.length));
    this.#river.replaceChildren(this.#picture(route, colors, palette));
    this.#ends.replaceChildren(
      make("span", "unit-route-end", `from “${characters[route.input] ?? ""}”`),
      make("span", "unit-route-end", `to “${characters[route.output] ?? ""}”`),
    );
    this.#names.replaceChildren(
      ...route.layers.map((one, n) => this.#bandName(one, colors[n] ?? "")),
    );
    const kept = mean(route.kept);
    if (route.kept.some((one) => one !== 0)) {
      this.#names.append(
        make("span", "unit-route-kept", fill(route_straight, { share: percent(kept) })),
      );
    }
    this.#units.replaceChildren(
      "carried most by",
      ...route.strongest.map((one) => this.#chip(route, one)),
    );
  }

  #picture(route: MemoryRoute, colors: readonly string[], palette: Palette): SVGElement {
    const river = riverOf(route.layers);
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
    label(svg as unknown as HTMLElement, "img", this.#riverWords(route));
    river.bands.forEach((band, n) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", bandPath(band, river, WIDTH, HEIGHT));
      path.setAttribute("fill", colors[n] ?? "none");
      path.setAttribute("stroke", css(palette.ground));
      path.setAttribute("stroke-width", "0.5");
      svg.append(path);
    });
    return svg;
  }

  #chip(route: MemoryRoute, { layer, unit, share }: MemoryRoute["strongest"][number]) {
    const words = this.#layerWords(layer);
    const chip = makeButton("button unit-chip", "", `Show this unit, ${words}`);
    const name = make("strong", "unit-chip-unit", String(unit));
    const state = make("span", "unit-chip-state", `${carriedWords(route, share)} · ${words}`);
    chip.append(make("span", "spoken", "unit "), name, " ", state);
    listen(chip, "click", () => this.handlers.show(layer, unit), this.signal);
    return chip;
  }

  #bandName({ layer, shares }: MemoryRoute["layers"][number], color: string): HTMLElement {
    const swatch = make("span", "unit-route-swatch");
    swatch.style.background = color;
    const share = signedPercent(mean(shares));
    return make("span", "unit-route-name", swatch, `${this.#layerWords(layer)} ${share}`);
  }

  #riverWords({ layers }: MemoryRoute): string {
    const shares = layers.map(
      ({ layer, shares: each }) => `${this.#layerWords(layer)}: ${signedPercent(mean(each))}`,
    );
    return `Carried on the mean by ${shares.join("; ")}`;
  }

  #layerWords(name: string): string {
    return layerWords(name, this.#layers);
  }
}

function bandColor({ rising }: Palette, n: number, of: number): string {
  const part = of < 2 ? STRONG : PALE + ((STRONG - PALE) * n) / (of - 1);
  return css(rising[Math.round(part * STEPS)]?.background ?? [0, 0, 0]);
}

const mean = (values: Float64Array) =>
  values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length;
