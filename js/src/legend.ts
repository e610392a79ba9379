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
  readonly #words = make("span", "legend-words");

  constructor(private readonly scene: Scene) {
    const scale = make("span", "legend-scale", this.#low, this.#bar, this.#high);
    this.el = make("div", "legend", scale);
    if (scene.facets.some((facet) => facet.causal)) {
      this.el.append(make("span", "legend-future", make("span", "swatch"), "not read yet"));
    }
    if (scene.facets.some((facet) => facet.unknown.size > 0)) {
      const sample = make("span", "legend-unknown", "a");
      this.el.append(make("span", "legend-future", sample, "unknown to the model"));
    }
    this.el.append(this.#words);
  }

  show({ cap, clipped, zero }: Heat, palette: Palette): void {
    const { signed, label } = this.scene.measure;
    const most = roundPercent(cap);
    write(this.#low, signed ? `${clipped ? "≤ " : ""}−${most}` : "0");
    write(this.#high, `${clipped ? "≥ " : ""}${signed ? "+" : ""}${most}`);
    this.#bar.style.background = gradient(palette, signed);
    const several = this.scene.facets.length > 1 ? ", one scale for all" : "";
    write(
      this.#words,
      zero
        ? `no influence: every value of the ${label} is zero`
        : `share of the ${label} on each character${several}`,
    );
  }
}

function gradient(palette: Palette, signed: boolean): string {
  const stops = palette.rising.filter((_, i) => i % (STEPS / 8) === 0);
  const falling = palette.falling.filter((_, i) => i > 0 && i % (STEPS / 8) === 0);
  const all = signed ? [...falling.reverse(), ...stops] : stops;
  return `linear-gradient(to right, ${all.map((step) => css(step.background)).join(", ")})`;
}
