/** The whole picture: header, facets, legend and what is to be said; draws frames and reports what the reader does. */

import { css, makePalette, type Palette, type Rgb, STEPS } from "../core/color";
import { make, mark, write } from "../core/dom";
import { type Span, sameSpan, shareOn } from "../core/scales";
import { type Words, wordsOf } from "../core/words";
import {
  differsSomewhere,
  type Explanation,
  explanations,
  influenceSentence,
  pictureSentence,
  sameExplanation,
  spanText,
} from "../state/caption";
import { type FacetHeat, type Heat, heatSteps, makeHeat } from "../state/heat";
import { type Inputs, influenceOf, type ShareOf } from "../state/influence";
import { haveOneMeasure, isSigned, isSquared } from "../state/measures";
import { type Memory, memoryOf, standsAt } from "../state/memory";
import { DEFAULTS, type Options } from "../state/options";
import type { TargetToPreview } from "../state/preview-request";
import { reversal } from "../state/reversal";
import { isPart, isRow, type Outcome } from "../state/row-store";
import type { Frame } from "../state/shown-position";
import type { Facet, FoundClasses, Scene, Status, Target } from "../wire";
import { Announcer } from "./announcer";
import { Autoplay, stopWhenTouched } from "./autoplay";
import { ClassSearch, type ClassSearchRequest } from "./class-search";
import { Controls, type MeasureChoice } from "./controls";
import { type BrushShare, FacetView } from "./facet-view";
import { Header } from "./header";
import { Help } from "./help";
import { Legend } from "./legend";
import { Notices } from "./notices";
import { Pointing, type Selection } from "./pointing";
import { linkScrolling } from "./scroll-sync";

export interface ExplorerHandlers {
  readonly selection: Selection;
  /** The reader points at a character. */
  pointAt(position: number): void;
  /** The reader pins a character, or releases with null. */
  pin(position: number | null): void;
  /** Whether no kernel is behind the page. */
  readonly alone: boolean;
  /** The share of an output that lies on an input, where it is known. */
  readonly share: ShareOf;
  /** Opens the editor; null where the text can't be another. */
  readonly edit: HTMLElement | null;
  /** The reader chooses how the picture is drawn. */
  choose(change: Partial<Options>): void;
  /** By what this kernel can measure, with titles, and the reader's choice of one. */
  readonly measures: readonly MeasureChoice[];
  measureBy(name: string): void;
  /** The reader chooses what is explained: "truth", or one class, or one rather than another. */
  explain(target: string | readonly string[]): void;
  /** The reader looks at another class, or with null away. */
  preview(wanted: TargetToPreview | null): void;
  /** The reader seeks a class by its name. */
  seek(request: ClassSearchRequest): void;
  /** The reader wants an output that needs no kernel in place of this one. */
  freeze(): void;
}

const NAMED = ["ground", "ink", "muted", "line", "hatch", "future", "accent", "mark"] as const;
/** The step of colour that marks what is compared with, as `mark` is one of the other arm. */
const RIVAL = Math.round(STEPS * 0.55);

/** Where colours are the reader's own, or too weak for the reader, bars say what they would. */
const CONTRAST = matchMedia("(forced-colors: active), (prefers-contrast: more)");
const MORE = matchMedia("(prefers-contrast: more)");

export class ExplorerView {
  readonly el = make("div", "explorer");
  readonly #facets: readonly FacetView[];
  readonly #header: Header;
  readonly #classSearch: ClassSearch | null;
  readonly #pointing: Pointing;
  readonly #play: Autoplay;
  readonly #notices: Notices;
  readonly #legend: Legend;
  readonly #controls: Controls;
  readonly words: Words;
  readonly #reversal = make("div", "reversal");
  readonly #help: Help;
  readonly #announcer: Announcer;
  /** Looks at the same again; null: the reader looks at no class. */
  #previewAgain: (() => void) | null = null;
  #palettes = new Map<boolean, Palette>();
  #palette: Palette | null = null;
  #ground: Rgb | null = null;
  #frame: Frame | null = null;
  #options: Options = DEFAULTS;

  constructor(
    private readonly scene: Scene,
    private readonly handlers: ExplorerHandlers,
    signal: AbortSignal,
  ) {
    this.#facets = scene.facets.map((facet) => new FacetView(scene.characters, facet, signal));
    linkScrolling(
      this.#facets.map((facet) => facet.text.el),
      signal,
    );
    this.#legend = new Legend(scene);
    this.#announcer = new Announcer(signal);
    this.#notices = new Notices(handlers.alone, () => handlers.freeze(), signal);
    this.#controls = new Controls(scene, handlers, signal);
    this.#help = new Help(!handlers.alone && scene.target !== null, signal);
    this.#controls.add(this.#help.button);
    this.words = wordsOf(scene.characters);
    const choosable = !handlers.alone && scene.target !== null;
    const preview = (wanted: TargetToPreview | null) => this.#preview(wanted, scene.facets[0]);
    const acts = {
      release: () => handlers.pin(null),
      back: () => handlers.explain("truth"),
      clear: () => handlers.choose({ brush: null }),
      preview,
    };
    this.#header = new Header(acts, choosable && scene.target !== "truth", signal);
    // Of models that give one number there is nothing to choose.
    const classes = this.scene.facets.some(({ unit }) => unit === null);
    this.#classSearch = choosable && classes ? this.#makeClassSearch(preview, signal) : null;
    if (this.#classSearch !== null) this.#header.add(this.#classSearch.el);
    if (handlers.edit !== null) this.#controls.add(handlers.edit);
    const footer = make(
      "div",
      "footer",
      this.#controls.el,
      this.#help.el,
      this.#legend.el,
      this.#reversal,
      this.#announcer.description.el,
      ...this.#notices.elements,
    );
    this.el.append(
      this.#header.el,
      ...this.#facets.map((facet) => facet.el),
      footer,
      this.#announcer.spoken,
    );
    // JupyterLab tests its shortcuts from the focused element upwards: each one that takes the keyboard must say no itself.
    for (const el of [this.el, ...this.#facets.map((facet) => facet.text.el)]) {
      el.dataset["lmSuppressShortcuts"] = "true";
    }
    this.el.dataset["epoch"] = String(scene.epoch);
    this.el.classList.toggle("rnnviz-differing", differsSomewhere(scene));
    this.#reversal.setAttribute("role", "status");
    this.#reversal.hidden = scene.facets.length < 2;
    if (choosable) {
      for (const { predictions, facet } of this.#facets) {
        const choose = (name: string, pair: boolean) => this.#choose(facet, name, pair);
        const preview = (wanted: TargetToPreview | null) => this.#preview(wanted, facet);
        predictions.choosable({ choose, preview }, signal);
      }
    }
    this.#legend.el.append(this.#notices.freeze);
    this.#pointing = new Pointing(
      this.el,
      scene.characters,
      this.words,
      this.#facets,
      stopWhenTouched(handlers, () => this.#options, this.#help),
      () => {
        this.#previewAgain?.();
        this.#redraw();
      },
      signal,
    );
    const walk = {
      at: () => handlers.selection.shown,
      length: scene.characters.length,
      go: (position: number) => {
        if (handlers.selection.pinned !== null) handlers.pin(null);
        handlers.pointAt(position);
        for (const { text } of this.#facets) text.follow(position);
      },
    };
    this.#play = new Autoplay(walk, signal);
  }

  #makeClassSearch(
    preview: (wanted: TargetToPreview | null) => void,
    signal: AbortSignal,
  ): ClassSearch {
    const { facets } = this.scene;
    const acts = {
      preview,
      seek: (request: ClassSearchRequest) => this.handlers.seek(request),
      explains: (name: string) => this.#facets.every(({ predictions }) => predictions.isOwn(name)),
      choose: (name: string, pair: boolean) => this.#choose(facets[0], name, pair),
      leave: () => this.focusFacet(0),
    };
    return new ClassSearch(facets, acts, signal);
  }

  /** Classes found by the beginning of their names. */
  showFound(found: FoundClasses): void {
    this.#classSearch?.found(found);
  }

  set ground(ground: Rgb) {
    this.#palettes = new Map();
    this.#ground = ground;
    this.#colour(isSigned((this.#frame?.scene ?? this.scene).facets));
    this.#redraw();
  }

  /** The colours of a signed measure or one that is not; what is looked at may have the other. */
  #colour(signed: boolean): Palette | null {
    if (this.#ground === null) return null;
    const palette = this.#palettes.get(signed) ?? makePalette(this.#ground, signed);
    if (palette === this.#palette) return palette;
    this.#palettes.set(signed, palette);
    this.#palette = palette;
    for (const name of NAMED) {
      const color = name === "muted" && MORE.matches ? "ink" : name;
      this.el.style.setProperty(`--rnnviz-${name}`, css(palette[color]));
    }
    const against = palette.falling[RIVAL]?.background ?? palette.ink;
    this.el.style.setProperty("--rnnviz-against", css(against));
    this.el.dataset["theme"] = palette.dark ? "dark" : "light";
    return palette;
  }

  /** The measure of all models that have none of their own. */
  set measure(name: string) {
    this.#controls.measure = name;
  }

  set options(options: Options) {
    this.#options = options;
    this.#controls.show(options);
    this.#play.playing = options.playing;
    this.#redraw();
  }

  #redraw(): void {
    if (this.#frame !== null) this.draw(this.#frame);
  }

  draw(given: Frame): void {
    this.#frame = given;
    const frame = (this.#influences ? given.own : null) ?? given;
    const { scene, shown } = frame;
    const previewed = frame.own !== null;
    const palette = this.#colour(isSigned(scene.facets));
    if (palette === null) return;
    for (const { text } of this.#facets) text.updateVisible();
    const { by, sharpness } = this.#options;
    // Numbers of several measures have no common unit but shares.
    const mixed = this.#options.scale === "one" && !haveOneMeasure(scene.facets);
    const scale = mixed ? "share" : this.#options.scale;
    const squared = isSquared(scene.facets);
    const words = by === "word" ? this.words : null;
    const drawOptions = { scale, sharpness, squared, words };
    const { length } = scene.characters;
    const brush = clampBrush(this.#options.brush, length);
    const { share } = this.handlers;
    const influence = this.#influences
      ? influenceOf(scene.facets, this.#inputs(scene, shown, brush), length, share, drawOptions)
      : null;
    const bars = this.#options.bars || CONTRAST.matches;
    const work = { brush, bars, influence: influence?.of ?? null };
    const heat: Heat = influence ?? makeHeat(scene.facets, frame.facets, length, drawOptions);
    const explained = explanations(scene.facets, shown);
    // A model that lacks what is looked at fails, and does not explain something else.
    const said = previewed
      ? explained.map((one) => (one.target ? one : (explained.find(hasTarget) ?? one)))
      : explained;
    const quiet = frame.silent ? this.#notices.quiet : null;
    const alike = said.every((one) => sameExplanation(one, said[0]));
    this.#facets.forEach((view, i) => {
      const own = said[i];
      const explains = !alike && influence === null && own?.target ? own : null;
      const part = heat.facets[i] ?? null;
      const steps = part === null ? null : heatSteps(part, i, heat.scaling);
      const facet = scene.facets[i] ?? view.facet;
      view.remember(rowMemory(facet, frame.facets[i], shown, this.words));
      view.paint(
        facet,
        shown,
        frame.facets[i],
        part,
        steps,
        explains,
        quiet,
        palette,
        work,
        this.#brushed(scene, brush, frame, part),
        previewed,
      );
      view.text.expect(frame.pending);
    });
    this.#classSearch?.show(shown);
    this.#header.show(scene, shown, said, {
      pinned: frame.pinned,
      brush,
      influence: work.influence,
    });
    this.#legend.show(scene, heat, palette, { ...this.#options, scale }, bars, influence);
    const turned =
      influence === null ? reversal(scene, heat, this.words, shown, squared, brush) : "";
    write(this.#reversal, turned);
    this.#reversal.title = turned;
    this.#notices.show(frame.silent, previewed ? failureText(frame) : "");
    mark(this.el, "data-shown", frame.complete ? String(shown) : null);
    mark(this.el, "data-looked", previewed ? "true" : null);
    mark(this.el, "data-pinned", frame.pinned ? "true" : null);
    const { cap, scaling } = heat;
    const scaled = cap !== null && heat.facets.some((one) => one !== null);
    mark(this.el, "data-partial", scaling === null ? String(shown) : null);
    mark(this.el, "data-cap", scaled ? String(cap) : null);
    mark(this.el, "data-scale", scale);
    mark(this.el, "data-direction", influence === null ? "sources" : "influence");
    mark(this.el, "data-filled", frame.filled ? "true" : null);
    mark(this.el, "data-ready", "true");
    const spoken =
      influence === null
        ? pictureSentence(scene, frame, heat, this.words, brush)
        : influenceSentence(scene, influence);
    this.#announcer.say(spoken, () => this.#facets.map(({ text }) => text.words));
  }

  /** Outlines the class that is to be looked at while its rows are on their way. */
  expect(target: Target | null): void {
    const [name] = typeof target === "string" ? [] : (target ?? []);
    for (const { predictions } of this.#facets) {
      predictions.expect(typeof name === "string" ? name : null);
    }
  }

  /** Shift, held while the pointer is over the widget, turns the picture round; over a class it compares. */
  get #influences(): boolean {
    const turned = this.#pointing.held && this.#previewAgain === null;
    return (this.#options.direction === "influence") !== turned;
  }

  /** Looks at a class, with Shift held at it rather than what that facet explains. */
  #preview(wanted: TargetToPreview | null, facet: Facet | undefined): void {
    // Of an input's influence there is nothing to look at: it is of many outputs.
    const looks = wanted !== null && this.#options.direction === "sources";
    this.#previewAgain = looks ? () => this.#preview(wanted, facet) : null;
    const target = () => {
      const found = wanted?.() ?? null;
      const now = facet && this.#explainedBy(facet);
      if (!this.#pointing.held || now === undefined || found?.length !== 1) return found;
      return typeof found[0] === "string" ? ([now, found[0]] as const) : found;
    };
    this.handlers.preview(looks ? target : null);
  }

  /** Explains a class, or it rather than what that facet explains now. */
  #choose(facet: Facet | undefined, name: string, pair: boolean): void {
    const now = facet && this.#explainedBy(facet);
    if (!pair) this.handlers.explain([name]);
    else if (now !== undefined && now !== name) this.handlers.explain([now, name]);
  }

  /** The inputs whose influence is drawn: those brushed, else those pointed at, or their word where numbers are summed over words. */
  #inputs({ facets }: Scene, position: number, brush: Span | null): Inputs {
    const { starts, ends } = this.words;
    if (brush !== null) return { ...brush, at: null };
    if (this.#options.by === "word") {
      return {
        start: starts[position] ?? 0,
        end: ends[position] ?? position + 1,
        at: null,
      };
    }
    // One token for all models is what the reader points at, whole.
    const spans = facets.map((facet) => spanAt(facet, position));
    const [span = null] = spans.every((one) => sameSpan(one, spans[0] ?? null)) ? spans : [];
    return { ...(span ?? { start: position, end: position + 1 }), at: position };
  }

  /** What of an output lies on the brushed span, whichever way round the picture is drawn. */
  #brushed(
    { characters }: Scene,
    brush: Span | null,
    { shown }: Frame,
    heat: FacetHeat | null,
  ): BrushShare | null {
    if (brush === null || heat === null || heat.part !== null) return null;
    const share = this.#influences
      ? Math.abs(heat.shares[shown] ?? Number.NaN)
      : shareOn(heat, brush);
    return { name: `on “${spanText(characters, brush)}”`, share };
  }

  #explainedBy(facet: Facet): string | undefined {
    const s = facet.tokenAt[this.#frame?.shown ?? 0] ?? 0;
    return facet.classes[facet.target[s] ?? -1];
  }

  /** Memory on the mean over the whole text. */
  showMemory(facet: number, mean: Memory | null): void {
    this.#facets[facet]?.memory.showText(mean);
  }

  showStatus(status: Status | null): void {
    this.#notices.showStatus(status);
  }

  /** See `Notices.showFreeze`. */
  showFreeze(state: string): void {
    this.#notices.showFreeze(state);
  }

  /** Says what went wrong beside a picture that goes on. */
  showTrouble(words: string): void {
    this.#notices.showTrouble(words);
  }

  focusFacet(index: number): void {
    this.#pointing.focus(index);
  }
}

/** A brush, as far as the text goes. */
function clampBrush(brush: Span | null, length: number): Span | null {
  return brush === null || brush.start >= length
    ? null
    : { start: brush.start, end: Math.min(brush.end, length) };
}

/** The characters of the token that holds a character, if one does. */
function spanAt({ starts, ends, tokenAt }: Facet, position: number): Span | null {
  const t = tokenAt[position] ?? 0;
  const [start, end] = [starts[t] ?? 0, ends[t] ?? 0];
  return start <= position && position < end ? { start, end } : null;
}

function hasTarget({ target }: Explanation): boolean {
  return target !== "";
}

/** Why some models can't explain what is looked at: below the picture, where it moves nothing. */
function failureText({ scene, facets }: Frame): string {
  const said = facets.map((outcome, i) =>
    outcome !== undefined && "error" in outcome ? `${scene.facets[i]?.name}: ${outcome.error}` : "",
  );
  return said.filter((one) => one !== "").join(" ");
}

/** Memory of the output shown, once its row is whole. */
function rowMemory(facet: Facet, outcome: Outcome | undefined, position: number, words: Words) {
  if (!isRow(outcome) || isPart(outcome)) return null;
  return memoryOf(facet, outcome, standsAt(facet, position), words);
}
