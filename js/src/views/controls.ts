/** The panel of controls: all options of the picture, grouped by the question that they answer. */
import { label, listen, make, makeButton, mark, suppressShortcuts, write } from "../core/dom";
import { SCALE_LABELS, SCALE_TITLES, SCALES } from "../core/scales";
import { haveOneMeasure } from "../state/measures";
import { DEFAULTS, type Options } from "../state/options";
import { CHOICES, type Choice, type Facet } from "../wire";
import type { ClassSearch } from "./class-search-field";
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

const CHOICE_WORDS: Readonly<Record<Choice, string>> = {
  measure: "measure",
  of: "of the target",
};

/** What there is to choose from, each a name and a title. */
export type Choices = Readonly<Partial<Record<Choice, readonly (readonly [string, string])[]>>>;

/** The names of what is chosen. */
export type ChosenNames = Readonly<Partial<Record<Choice, string>>>;

export interface ControlHandlers {
  readonly choices: Choices;
  change(what: Choice, name: string): void;
  choose(change: Partial<Options>): void;
}

/** Elements that are made elsewhere and shown in the panel. */
export interface ControlGuests {
  readonly classSearch: ClassSearch | null;
  /** Buttons that open instruments. */
  readonly instruments: readonly HTMLElement[];
  /** Buttons that open other parts of the widget, or share it. */
  readonly more: readonly HTMLElement[];
}

export interface Controls {
  readonly el: HTMLElement;
  readonly classSearch: ClassSearch | null;
  /** Moves the focus to the first control. */
  focus(): void;
  show(options: Options, chosen: ChosenNames): void;
}

export function makeControls(
  facets: readonly Facet[],
  { choose, choices, change }: ControlHandlers,
  { classSearch, instruments, more }: ControlGuests,
  signal: AbortSignal,
): Controls {
  const direction = new RadioGroup("show", DIRECTIONS, (d) => choose({ direction: d }), signal);
  const by = new RadioGroup("by", BY, (name) => choose({ by: name }), signal);
  const scale = new RadioGroup(
    "scale",
    scalesFor(facets),
    (name) => choose({ scale: name }),
    signal,
  );
  const bars = toggleButton(
    "bars",
    "A bar under each character, as high as its colour is strong: to read without colours",
    (on) => choose({ bars: on }),
  );
  const play = toggleButton(
    "play",
    "Walk through the text, a character at a time, until you point at it",
    (on) => choose({ playing: on }),
  );
  const slider = suppressShortcuts(make("input", "slider"));
  slider.type = "range";
  slider.min = "1";
  slider.max = String(SHARPEST);
  slider.step = "any";
  slider.title = "b of sparsemax(b × row / its largest): the larger, the fewer are left";
  const slide = () => choose({ sharpness: Number(slider.value) || DEFAULTS.sharpness });
  listen(slider, "input", slide, signal);
  const sharpness = make("label", "sharpness", "sharpness ", slider);
  const selects = CHOICES.map((what) => {
    const select = suppressShortcuts(make("select", `select ${what}`));
    select.append(...(choices[what] ?? []).map(([name, title]) => new Option(title, name)));
    listen(select, "change", () => change(what, select.value), signal);
    return select;
  });
  // Keys that move the slider or choose in a list must not reach the host.
  for (const el of [slider, ...selects]) {
    listen(el, "keydown", (event) => event.key !== "Escape" && event.stopPropagation(), signal);
  }
  const search = classSearch === null ? [] : [classSearch.el];
  const [measure = "", of = ""] = CHOICES.map((what, i) => {
    const select = selects[i] as HTMLSelectElement;
    // With one there is nothing to choose.
    return select.length < 2 ? "" : make("label", "select-label", `${CHOICE_WORDS[what]} `, select);
  });
  const el = make(
    "div",
    "controls",
    group("what is explained", ...search, of, direction.el),
    group("how it is measured", measure, by.el),
    group("how it is drawn", scale.el, sharpness, bars, play),
    ...(instruments.length === 0 ? [] : [group("whether it holds", ...instruments)]),
    group("what else", ...more),
  );
  label(el, "group", "Controls");
  return {
    el,
    classSearch,
    focus: () =>
      el.querySelector<HTMLElement>("input, [aria-checked=true]")?.focus({ preventScroll: true }),
    show: (options, chosen) => {
      mark(bars, "aria-pressed", String(options.bars));
      mark(play, "aria-pressed", String(options.playing));
      write(play, options.playing ? "stop" : "play");
      direction.show(options.direction);
      scale.show(options.scale);
      by.show(options.by);
      sharpness.hidden = options.scale !== "sparsemax";
      selects.forEach((select, i) => {
        select.value = chosen[CHOICES[i] as Choice] ?? "";
      });
      if (Number(slider.value) !== options.sharpness) slider.value = String(options.sharpness);
    },
  };

  /** A choice that is on or off. */
  function toggleButton(words: string, title: string, chosen: (on: boolean) => void) {
    const button = makeButton("button toggle", words, title);
    const act = () => chosen(button.getAttribute("aria-pressed") !== "true");
    listen(button, "click", act, signal);
    return button;
  }
}

/** The scales that make sense for these facets. */
function scalesFor(facets: readonly Facet[]) {
  const one = haveOneMeasure(facets);
  // The article's scale is the square of the norm, and has no meaning for other measures.
  const published = one && /^(norm|squared)$/.test(facets[0]?.measure.name ?? "");
  return SCALES.filter(
    (name) => (published || name !== "published") && ((one && facets.length > 1) || name !== "one"),
  ).map((name) => ({ name, label: SCALE_LABELS[name], title: SCALE_TITLES[name] }));
}

/** Controls under the question they answer. */
function group(question: string, ...controls: (HTMLElement | string)[]): HTMLElement {
  const answers = make("div", "answers", ...controls);
  label(answers, "group", question);
  return make("div", "group", make("span", "question", question), answers);
}
