/** What the colours mean, in words and numbers. */

import { unknown } from "../../../rnnviz_widget/picture/wording.json";
import { css, legendStops, type Palette } from "../core/color";
import { make, write } from "../core/dom";
import { progressSentence } from "../state/caption";
import type { Heat } from "../state/heat";
import type { Influence } from "../state/influence";
import { hatchedWords, influenceWords, legendEnds, measureWords } from "../state/legend-words";
import { isSigned } from "../state/measures";
import { DEFAULTS, type Options } from "../state/options";
import type { Scene } from "../wire";

export class Legend {
  readonly el: HTMLElement;
  readonly #low = make("span", "legend-end");
  readonly #bar = make("span", "legend-bar");
  readonly #high = make("span", "legend-end");
  readonly #scale = make("span", "legend-scale", this.#low, this.#bar, this.#high);
  readonly #key = make("span", "legend-computing", swatch("computing"), "being computed");
  /** The scale's place, which the key to a row that is not whole takes meanwhile: nothing moves. */
  readonly #first = make("span", "legend-place", this.#scale, this.#key);
  readonly #future = make("span", "legend-not-read");
  readonly #words = make("span", "legend-words");
  readonly #reading = make("span", "legend-reading");

  constructor(scene: Scene) {
    this.el = make("div", "legend", this.#first);
    this.#first.style.minWidth = isSigned(scene.facets) ? "17.5rem" : "14rem";
    if (scene.facets.some(({ reads, leftOut }) => !reads.whole || leftOut.includes(1))) {
      this.el.append(make("span", "legend-future", swatch("future"), this.#future));
    }
    if (scene.facets.some((facet) => facet.unknown.size > 0)) {
      const sample = make("span", "legend-unknown", "a");
      this.el.append(make("span", "legend-future", sample, unknown));
    }
    this.el.append(make("span", "legend-place", this.#words, this.#reading));
  }

  show(
    scene: Scene,
    heat: Heat,
    palette: Palette,
    { scale, by }: Options = DEFAULTS,
    bars = false,
    influence: Influence | null = null,
  ): void {
    const { scaling, zero, facets } = heat;
    // Without a row there is nothing that the numbers could be about.
    this.#first.hidden = zero || facets.every((one) => one === null);
    const { low, high } = legendEnds(scene, heat);
    write(this.#low, low);
    write(this.#high, high);
    write(this.#reading, scaling === null ? progressSentence(scene.facets, heat) : "");
    this.#bar.style.background = gradient(palette, isSigned(scene.facets), bars);
    write(this.#future, hatchedWords(scene, influence !== null));
    // Unseen while a row is not whole, it keeps its room.
    const words =
      influence === null || zero
        ? measureWords(scene, heat, scale, by)
        : influenceWords(scene, influence);
    write(this.#words, words);
  }
}

function swatch(name: string): HTMLElement {
  return make("span", `swatch swatch-${name}`);
}

/** The colours, and where bars stand in the text the wedge of their heights, which reaches below colour as they do. */
function gradient(palette: Palette, signed: boolean, bars: boolean): string {
  const stops = legendStops(palette, signed).map(css).join(", ");
  const wedge = (corner: string, textBefore: string) =>
    `linear-gradient(to ${corner}, transparent 49%, ${css(palette.ink)} 51%) ${textBefore} no-repeat, `;
  const height = bars ? " 0 0 / 100% 55% no-repeat" : "";
  const part = signed ? "50%" : "100%";
  const wedges = bars
    ? wedge("bottom right", `100% 100% / ${part} 70%`) +
      (signed ? wedge("top left", `0 0 / ${part} 70%`) : "")
    : "";
  return `${wedges}linear-gradient(to right, ${stops})${height}`;
}
