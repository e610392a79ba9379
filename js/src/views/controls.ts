/** The panel of controls: whatever can be chosen about the picture, by the question that it answers. */
import { listen, make, makeButton, mark, suppressShortcuts, write } from "../core/dom";
import { SCALE_LABELS, SCALE_TITLES, SCALES, type ScaleName } from "../core/scales";
import { haveOneMeasure } from "../state/measures";
import { DEFAULTS, type Options } from "../state/options";
import type { Facet } from "../wire";
import type { ClassSearch } from "./class-search";
import { RadioGroup } from "./radio-group";

const SHARPEST = 30;

const DIRECTIONS = [
  { name: "sources", label: "sources", title: "What the output rests on" },
  {
    name: "influence",
    label: "influence",
    title: "How much of each output lies on the input pointed at; or hold Shift",
  },
] as const;

const BY = [
  { name: "character", label: "characters", title: "Each character by itself" },
  { name: "word", label: "words", title: "Summed over words, each with the space before it" },
] as const;

/** A measure's name, and its title. */
export type MeasureChoice = readonly [string, string];

export interface ControlHandlers {
  readonly measures: readonly MeasureChoice[];
  measureBy(name: string): void;
  choose(change: Partial<Options>): void;
}

/** What has a place in the panel and is made elsewhere. */
export interface ControlGuests {
  readonly classSearch: ClassSearch | null;
  /** Buttons that open other parts of the widget, or share it. */
  readonly more: readonly HTMLElement[];
}

export class Controls {
  readonly el: HTMLElement;
  readonly classSearch: ClassSearch | null;
  readonly #scale: RadioGroup<ScaleName>;
  readonly #by: RadioGroup<Options["by"]>;
  readonly #direction: RadioGroup<Options["direction"]>;
  readonly #bars: HTMLButtonElement;
  readonly #play: HTMLButtonElement;
  readonly #slider = suppressShortcuts(make("input", "slider"));
  readonly #measure = suppressShortcuts(make("select", "measure"));
  readonly #sharpness = make("label", "sharpness", "sharpness ", this.#slider);

  constructor(
    facets: readonly Facet[],
    private readonly handlers: ControlHandlers,
    { classSearch, more }: ControlGuests,
    private readonly signal: AbortSignal,
  ) {
    const choose = (change: Partial<Options>) => handlers.choose(change);
    this.classSearch = classSearch;
    this.#direction = new RadioGroup("show", DIRECTIONS, (d) => choose({ direction: d }), signal);
    this.#by = new RadioGroup("by", BY, (by) => choose({ by }), signal);
    this.#scale = new RadioGroup("scale", scalesFor(facets), (scale) => choose({ scale }), signal);
    this.#bars = this.#toggle(
      "bars",
      "A bar under each character, as high as its colour is strong: to read without colours",
      (bars) => choose({ bars }),
    );
    this.#play = this.#toggle(
      "play",
      "Walk through the text, a character at a time, until you point at it",
      (playing) => choose({ playing }),
    );
    this.#listen();
    const search = classSearch === null ? [] : [classSearch.el];
    this.el = make(
      "div",
      "controls",
      group("what is explained", ...search, this.#direction.el),
      group("how it is measured", ...this.#measures(), this.#by.el),
      group("how it is drawn", this.#scale.el, this.#sharpness, this.#bars, this.#play),
      group("what else", ...more),
    );
    mark(this.el, "role", "group");
    mark(this.el, "aria-label", "Controls");
  }

  /** Gives the keyboard to the first control. */
  focus(): void {
    const { el } = this;
    el.querySelector<HTMLElement>("input, [aria-checked=true]")?.focus({ preventScroll: true });
  }

  show(options: Options, measure: string): void {
    const { direction, scale, by, sharpness, bars, playing } = options;
    mark(this.#bars, "aria-pressed", String(bars));
    mark(this.#play, "aria-pressed", String(playing));
    write(this.#play, playing ? "stop" : "play");
    this.#direction.show(direction);
    this.#scale.show(scale);
    this.#by.show(by);
    this.#sharpness.hidden = scale !== "sparsemax";
    this.#measure.value = measure;
    if (Number(this.#slider.value) !== sharpness) this.#slider.value = String(sharpness);
  }

  /** A choice that is on or off. */
  #toggle(words: string, title: string, chosen: (on: boolean) => void): HTMLButtonElement {
    const el = makeButton("button toggle", words, title);
    const act = () => chosen(el.getAttribute("aria-pressed") !== "true");
    listen(el, "click", act, this.signal);
    return el;
  }

  /** A list of measures, where there is one to choose. */
  #measures(): HTMLElement[] {
    const { measures } = this.handlers;
    if (measures.length < 2) return [];
    this.#measure.append(...measures.map(([name, title]) => new Option(title, name)));
    return [make("label", "measures", "measure ", this.#measure)];
  }

  #listen(): void {
    const { signal, handlers } = this;
    const slider = this.#slider;
    slider.type = "range";
    slider.min = "1";
    slider.max = String(SHARPEST);
    slider.step = "any";
    slider.title = "b of sparsemax(b × row / its largest): the larger, the fewer are left";
    const slide = () => handlers.choose({ sharpness: Number(slider.value) || DEFAULTS.sharpness });
    listen(slider, "input", slide, signal);
    const measure = () => handlers.measureBy(this.#measure.value);
    listen(this.#measure, "change", measure, signal);
    // The host must not take the keys that move the slider or choose in the list.
    for (const el of [slider, this.#measure]) {
      const keep = (event: Event) => {
        if ((event as KeyboardEvent).key !== "Escape") event.stopPropagation();
      };
      listen(el, "keydown", keep, signal);
    }
  }
}

/** The scales that say something about these facets. */
function scalesFor(facets: readonly Facet[]) {
  const one = haveOneMeasure(facets);
  // The article drew the norm's square; of another measure it drew nothing.
  const published = one && /^(norm|squared)$/.test(facets[0]?.measure.name ?? "");
  return SCALES.filter(
    (name) => (published || name !== "published") && ((one && facets.length > 1) || name !== "one"),
  ).map((name) => ({ name, label: SCALE_LABELS[name], title: SCALE_TITLES[name] }));
}

/** Controls under the question that they answer. */
function group(question: string, ...controls: HTMLElement[]): HTMLElement {
  const answers = make("div", "answers", ...controls);
  mark(answers, "role", "group");
  mark(answers, "aria-label", question);
  return make("div", "group", make("span", "question", question), answers);
}
