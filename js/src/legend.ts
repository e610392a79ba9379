/** What the colours mean, in words and numbers. */
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
  readonly #words = make("span", "legend-words");

  constructor(private readonly scene: Scene) {
    this.el = make("div", "legend", this.#scale);
    if (scene.facets.some((facet) => facet.causal)) {
      this.el.append(make("span", "legend-future", make("span", "swatch"), "not read yet"));
    }
    if (scene.facets.some((facet) => facet.unknown.size > 0)) {
      const sample = make("span", "legend-unknown", "a");
      this.el.append(make("span", "legend-future", sample, "unknown to the model"));
    }
    this.el.append(this.#words);
  }

  show({ cap, clipped, zero, facets }: Heat, palette: Palette): void {
    const { signed, label } = this.scene.measure;
    // Without a row there is nothing that the numbers could be about.
    this.#scale.hidden = zero || facets.every((heat) => heat === null);
    const most = roundPercent(cap);
    write(this.#low, signed ? `${clipped ? "≤ " : ""}−${most}` : "0");
    write(this.#high, `${clipped ? "≥ " : ""}${signed ? "+" : ""}${most}`);
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

function gradient(palette: Palette, signed: boolean): string {
  const stops = palette.rising.filter((_, i) => i % (STEPS / 8) === 0);
  const falling = palette.falling.filter((_, i) => i > 0 && i % (STEPS / 8) === 0);
  const all = signed ? [...falling.reverse(), ...stops] : stops;
  return `linear-gradient(to right, ${all.map((step) => css(step.background)).join(", ")})`;
}
