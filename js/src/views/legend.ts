/** The legend: what the colours mean, in words and numbers. */

import { unknown } from "../../../rnnviz_widget/picture/wording.json";
import { css, legendStops, type Palette } from "../core/color";
import { make, write } from "../core/dom";
import { progressSentence } from "../state/caption";
import { hatchedWords, influenceWords, legendEnds, measureWords } from "../state/legend-words";
import { isSigned } from "../state/measures";
import type { Scene } from "../wire";
import type { Drawing } from "./drawing";

export class Legend {
  readonly el: HTMLElement;
  /** What the colours are, in a sentence. */
  readonly sentence = make("div", "legend-words");
  readonly #low = make("span", "legend-end");
  readonly #bar = make("span", "legend-bar");
  readonly #high = make("span", "legend-end");
  readonly #unit = make("span", "legend-unit");
  readonly #scale = make("span", "legend-scale", this.#low, this.#bar, this.#high, this.#unit);
  readonly #computing = make("span", "legend-computing", swatch("computing"), "being computed");
  /** The place of the scale, or meanwhile of the key to an incomplete row, so that nothing moves. */
  readonly #first = make("span", "legend-place", this.#scale, this.#computing);
  readonly #future = make("span", "legend-not-read");
  readonly #futureKey = make("span", "legend-key", swatch("future"), this.#future);
  readonly #unknownKey = make("span", "legend-key", make("span", "legend-unknown", "a"), unknown);

  constructor(scene: Scene) {
    this.el = make("div", "legend", this.#first);
    this.setScene(scene);
  }

  /** Has the keys that the signs in a scene's texts need. */
  setScene({ facets }: Scene): void {
    // The numbers have a fixed width, so that their neighbours do not move.
    this.#first.style.flexBasis = isSigned(facets) ? "17.5rem" : "15.5rem";
    const signs = [
      [this.#futureKey, facets.some((one) => !one.reads.whole || one.leftOut.includes(1))],
      [this.#unknownKey, facets.some((facet) => facet.unknown.size > 0)],
    ] as const;
    this.el.replaceChildren(this.#first, ...signs.flatMap(([key, needed]) => (needed ? key : [])));
  }

  /** Returns what must be shown at rest: that colours are not comparable yet, whose influence is drawn, or that there is none. */
  show({ scene, heat, palette, options, influence }: Drawing): string {
    const { scaling, zero, facets } = heat;
    // Without a row the numbers would have no meaning.
    this.#first.hidden = zero || facets.every((one) => one === null);
    const { low, high } = legendEnds(scene, heat);
    write(this.#low, low);
    write(this.#high, high);
    write(this.#unit, scaling?.cap == null ? "" : influence ? "of an output" : "of the row");
    this.#bar.style.background = gradient(palette, isSigned(scene.facets), options.bars);
    write(this.#future, hatchedWords(scene, influence !== null));
    const words =
      influence === null || zero
        ? measureWords(scene, heat, options.scale, options.by)
        : influenceWords(scene, influence);
    write(this.sentence, words);
    this.el.title = words;
    if (scaling === null) return progressSentence(scene.facets, heat);
    return zero || influence !== null ? words : "";
  }
}

function swatch(name: string): HTMLElement {
  return make("span", `swatch swatch-${name}`);
}

/** The colours, and if the text has bars a wedge of their heights, which reaches below colour like the bars. */
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
