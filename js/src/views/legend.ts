/** What the colours mean, in words and numbers. */

import { css, type Palette, STEPS } from "../core/color";
import { make, write } from "../core/dom";
import { grouped } from "../core/format";
import { SCALE_LABELS, type ScaleName } from "../core/scales";
import { progressSentence } from "../state/caption";
import type { Heat } from "../state/heat";
import type { Influence } from "../state/influence";
import { haveOneMeasure, isSigned, isSquared, labelOf } from "../state/measures";
import { type By, DEFAULTS, type Options } from "../state/options";
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
      this.el.append(make("span", "legend-future", sample, "unknown to the model"));
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
    const signed = isSigned(scene.facets);
    const label = labelOf(scene.facets);
    // Without a row there is nothing that the numbers could be about.
    this.#first.hidden = zero || facets.every((one) => one === null);
    const { low = "", high = "", clipped = false } = scaling ?? {};
    const mirrored = high && `${clipped ? "≤ " : ""}−${high}`;
    write(this.#low, signed ? mirrored : low);
    write(this.#high, high && `${clipped ? "≥ " : ""}${signed ? "+" : ""}${high}`);
    write(this.#reading, scaling === null ? progressSentence(scene.facets, heat) : "");
    this.#bar.style.background = gradient(palette, signed, bars);
    // Unseen while a row is not whole, it keeps its room.
    const meaning =
      influence === null
        ? `${label}, ${meaningOf(scene, scale, scaling?.cut ?? "", by)}`
        : influenceOf(scene, influence);
    write(this.#future, hatchedOf(scene, influence !== null));
    write(this.#words, zero ? `no influence: ${label} is zero everywhere` : meaning);
  }
}

/** What is hatched. */
function hatchedOf({ facets }: Scene, influence: boolean): string {
  const forward = facets.every(({ causal, leftOut }) => causal && !leftOut.includes(1));
  if (influence) return forward ? "read before it" : "does not read it";
  return forward ? "not read yet" : "not read";
}

/** What colour is of an input's influence. */
function influenceOf({ facets }: Scene, { of, scaling, known, outputs }: Influence): string {
  const before = facets.every(({ reads }) => reads.backward) ? "earlier " : "";
  const later = facets.every((facet) => facet.causal) ? "later " : before;
  const name = scaling === null || scaling.name === "share" ? "" : SCALE_LABELS[scaling.name];
  const missing =
    known < outputs ? `; ${grouped(known)} of ${grouped(outputs)} outputs are here` : "";
  const [label, one] = [labelOf(facets), haveOneMeasure(facets)];
  const share = `the share of each ${later}output’s ${one ? label : "own measure"} that lies on ${of.end > of.start + 1 ? "these inputs" : "this input"}${one ? "" : ` (${label})`}`;
  return `${share}${name && `, ${name}`}${missing}`;
}

/** What colour is, of the measure. */
function meaningOf({ facets }: Scene, scale: ScaleName, cut: string, by: By): string {
  const several = facets.length > 1;
  const one = several ? "; one scale for all models" : "";
  const own = several ? "; each model has a scale of its own" : "";
  const words = by === "word" ? "summed over words, " : "";
  const square = isSquared(facets) ? "" : "squared, ";
  const sum = isSigned(facets) ? "sum of magnitudes" : "sum";
  const whole = facets.every((facet) => facet.causal) ? "all that was read" : "the whole row";
  const share = `as a share of its ${sum} over ${whole}`;
  switch (scale) {
    case "row":
      return `${words}as a part of the row’s largest${own}`;
    case "published":
      return `${words}${square}as a part of the row’s largest, as the article’s figure${own}`;
    case "one":
      return `${words}in its own unit${one}`;
    case "log":
      return `${words}${share}, logarithmic${one}`;
    case "sparsemax":
      return `${words}sparsemax of the row over its largest${cut && `: ${cut}`}${own}`;
    default:
      return `${words}${share}${one}`;
  }
}

function swatch(name: string): HTMLElement {
  return make("span", `swatch swatch-${name}`);
}

/** The colours, and where bars stand in the text the wedge of their heights, which reaches below colour as they do. */
function gradient(palette: Palette, signed: boolean, bars: boolean): string {
  const stops = palette.rising.filter((_, i) => i % (STEPS / 8) === 0);
  const falling = palette.falling.filter((_, i) => i > 0 && i % (STEPS / 8) === 0);
  const all = signed ? [...falling.reverse(), ...stops] : stops;
  const wedge = (corner: string, textBefore: string) =>
    `linear-gradient(to ${corner}, transparent 49%, ${css(palette.ink)} 51%) ${textBefore} no-repeat, `;
  const height = bars ? " 0 0 / 100% 55% no-repeat" : "";
  const part = signed ? "50%" : "100%";
  const wedges = bars
    ? wedge("bottom right", `100% 100% / ${part} 70%`) +
      (signed ? wedge("top left", `0 0 / ${part} 70%`) : "")
    : "";
  return `${wedges}linear-gradient(to right, ${all.map((step) => css(step.background)).join(", ")})${height}`;
}
