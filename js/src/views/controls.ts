/** The quiet row of choices about the picture: its scale, and what numbers are summed over. */
import { make, mark, write } from "../core/dom";
import { SCALE_LABELS, SCALE_TITLES, SCALES, type ScaleName } from "../core/scales";
import { haveOneMeasure } from "../state/measures";
import { DEFAULTS, type Options } from "../state/options";
import type { Scene } from "../wire";
import { RadioGroup } from "./radio-group";

const SHARPEST = 30;

/** A choice that is on or off. */
function toggle(words: string, title: string, chosen: (on: boolean) => void, signal: AbortSignal) {
  const el = make("button", "button toggle", words);
  el.type = "button";
  el.title = title;
  el.dataset["lmSuppressShortcuts"] = "true";
  const act = () => chosen(el.getAttribute("aria-pressed") !== "true");
  el.addEventListener("click", act, { signal });
  return el;
}

/** A measure's name, and its title. */
export type MeasureChoice = readonly [string, string];

export interface ControlHandlers {
  readonly measures: readonly MeasureChoice[];
  measureBy(name: string): void;
  choose(change: Partial<Options>): void;
}

export class Controls {
  readonly el = make("div", "controls");
  readonly #scale: RadioGroup<ScaleName>;
  readonly #by: RadioGroup<Options["by"]>;
  readonly #direction: RadioGroup<Options["direction"]>;
  readonly #bars: HTMLButtonElement;
  readonly #play: HTMLButtonElement;
  readonly #slider = make("input", "slider");
  readonly #measure = make("select", "measure");
  readonly #sharpness = make("label", "sharpness", "sharpness ", this.#slider);

  constructor({ facets }: Scene, handlers: ControlHandlers, signal: AbortSignal) {
    const chosen = (change: Partial<Options>) => handlers.choose(change);
    // The article drew the norm's square; of another measure it drew nothing.
    const one = haveOneMeasure(facets);
    const published = one && /^(norm|squared)$/.test(facets[0]?.measure.name ?? "");
    const names = SCALES.filter(
      (name) =>
        (published || name !== "published") && ((one && facets.length > 1) || name !== "one"),
    );
    const scales = names.map((name) => ({
      name,
      label: SCALE_LABELS[name],
      title: SCALE_TITLES[name],
    }));
    this.#scale = new RadioGroup("scale", scales, (scale) => chosen({ scale }), signal);
    const directions = [
      { name: "sources", label: "sources", title: "What the output rests on" },
      {
        name: "influence",
        label: "influence",
        title: "How much of each output lies on the input pointed at; or hold Shift",
      },
    ] as const;
    const turn = (direction: Options["direction"]) => chosen({ direction });
    this.#direction = new RadioGroup("show", directions, turn, signal);
    const by = [
      { name: "character", label: "characters", title: "Each character by itself" },
      { name: "word", label: "words", title: "Summed over words, each with the space before it" },
    ] as const;
    this.#by = new RadioGroup("by", by, (name) => chosen({ by: name }), signal);
    this.#slider.type = "range";
    this.#slider.min = "1";
    this.#slider.max = String(SHARPEST);
    this.#slider.step = "any";
    this.#slider.title = "b of sparsemax(b × row / its largest): the larger, the fewer are left";
    this.#slider.dataset["lmSuppressShortcuts"] = "true";
    this.#slider.addEventListener(
      "input",
      () => chosen({ sharpness: Number(this.#slider.value) || DEFAULTS.sharpness }),
      { signal },
    );
    // The host must not take arrow keys that move the slider.
    this.#slider.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    this.#bars = toggle(
      "bars",
      "A bar under each character, as high as its colour is strong: to read without colours",
      (bars) => chosen({ bars }),
      signal,
    );
    this.#play = toggle(
      "play",
      "Walk through the text, a character at a time, until you point at it",
      (playing) => chosen({ playing }),
      signal,
    );
    this.el.append(
      this.#direction.el,
      this.#scale.el,
      this.#sharpness,
      this.#by.el,
      ...this.#measures(handlers, signal),
      make("span", "toggles", this.#bars, this.#play),
    );
  }

  /** A list of measures, where there is one to choose. */
  #measures({ measures, measureBy }: ControlHandlers, signal: AbortSignal): HTMLElement[] {
    if (measures.length < 2) return [];
    const select = this.#measure;
    select.append(...measures.map(([name, title]) => new Option(title, name)));
    select.dataset["lmSuppressShortcuts"] = "true";
    select.addEventListener("change", () => measureBy(select.value), { signal });
    // The host must not take keys that choose.
    select.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
    return [make("label", "measures", "measure ", select)];
  }

  set measure(name: string) {
    this.#measure.value = name;
  }

  /** Room for another button at the end. */
  add(el: HTMLElement): void {
    this.#play.after(el);
  }

  show({ direction, scale, by, sharpness, bars, playing }: Options): void {
    mark(this.#bars, "aria-pressed", String(bars));
    mark(this.#play, "aria-pressed", String(playing));
    write(this.#play, playing ? "stop" : "play");
    this.#direction.show(direction);
    this.#scale.show(scale);
    this.#by.show(by);
    mark(this.#sharpness, "data-off", scale === "sparsemax" ? null : "true");
    if (Number(this.#slider.value) !== sharpness) this.#slider.value = String(sharpness);
  }
}
