/** What the colours mean, in words and numbers. */
import { reading } from "./caption";
import { css, type Palette, STEPS } from "./color";
import { make, write } from "./dom";
import { roundPercent } from "./format";
import type { Heat } from "./heat";
import type { Scene } from "./wire";

export class Legend {
  readonly el: HTMLElement;
  readonly #low = make("span", "legend-end");
  readonly #bar = make("span", "legend-bar");
  readonly #high = make("span", "legend-end");
  readonly #scale = make("span", "legend-scale", this.#low, this.#bar, this.#high);
  readonly #key = make("span", "legend-computing", swatch("computing"), "being computed");
  /** The scale's place, which the key to a row that is not whole takes meanwhile: nothing moves. */
  readonly #first = make("span", "legend-place", this.#scale, this.#key);
  readonly #words = make("span", "legend-words");
  readonly #reading = make("span", "legend-reading");

  constructor(private readonly scene: Scene) {
    this.el = make("div", "legend", this.#first);
    this.#first.style.minWidth = scene.measure.signed ? "17.5rem" : "14rem";
    if (scene.facets.some((facet) => facet.causal)) {
      this.el.append(make("span", "legend-future", swatch("future"), "not read yet"));
    }
    if (scene.facets.some((facet) => facet.unknown.size > 0)) {
      const sample = make("span", "legend-unknown", "a");
      this.el.append(make("span", "legend-future", sample, "unknown to the model"));
    }
    this.el.append(make("span", "legend-place", this.#words, this.#reading));
  }

  show(heat: Heat, palette: Palette): void {
    const { cap, clipped, zero, facets } = heat;
    const { signed, label } = this.scene.measure;
    // Without a row there is nothing that the numbers could be about.
    this.#first.hidden = zero || facets.every((one) => one === null);
    const most = cap === null ? "" : roundPercent(cap);
    write(this.#low, most && (signed ? `${clipped ? "≤ " : ""}−${most}` : "0"));
    write(this.#high, most && `${clipped ? "≥ " : ""}${signed ? "+" : ""}${most}`);
    write(this.#reading, cap === null ? reading(this.scene.facets, heat) : "");
    this.#bar.style.background = gradient(palette, signed);
    write(
      this.#words,
      zero ? `no influence: ${label} is zero everywhere` : `${label}, ${this.#share}`,
    );
  }

  get #share(): string {
    const { facets, measure } = this.scene;
    const sum = measure.signed ? "sum of magnitudes" : "sum";
    const whole = facets.every((facet) => facet.causal) ? "all that was read" : "the whole row";
    const several = facets.length > 1 ? "; one scale for all models" : "";
    return `as a share of its ${sum} over ${whole}${several}`;
  }
}

function swatch(name: string): HTMLElement {
  return make("span", `swatch swatch-${name}`);
}

function gradient(palette: Palette, signed: boolean): string {
  const stops = palette.rising.filter((_, i) => i % (STEPS / 8) === 0);
  const falling = palette.falling.filter((_, i) => i > 0 && i % (STEPS / 8) === 0);
  const all = signed ? [...falling.reverse(), ...stops] : stops;
  return `linear-gradient(to right, ${all.map((step) => css(step.background)).join(", ")})`;
}
