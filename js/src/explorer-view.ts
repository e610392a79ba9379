/** The whole picture: header, facets, legend and what is to be said; draws frames and reports what the reader does. */
import { differsSomewhere, explanations, influenceSentence, same, sentence } from "./caption";
import { css, makePalette, type Palette, type Rgb } from "./color";
import { Controls } from "./controls";
import { make, mark, write } from "./dom";
import { FacetView } from "./facet-view";
import { Header } from "./header";
import { type Heat, heatSteps, makeHeat } from "./heat";
import { InWords } from "./in-words";
import { type Influence, influenceOf, type ShareOf } from "./influence";
import { Legend } from "./legend";
import { link } from "./linked";
import { type Memory, memoryOf } from "./memory";
import { DEFAULTS, type Options } from "./options";
import { Pointing, type PointingHandlers } from "./pointing";
import { reversal } from "./reversal";
import { isPart, isRow, type Outcome } from "./rows";
import type { Frame } from "./stage";
import type { Facet, Scene, Status } from "./wire";
import { type Words, wordsOf } from "./words";

export interface Handlers extends PointingHandlers {
  /** Whether no kernel is behind the page. */
  readonly alone: boolean;
  /** The share of an output that lies on an input, where it is known. */
  readonly share: ShareOf;
  /** Opens the editor; null where the text can't be another. */
  readonly edit: HTMLElement | null;
  /** The reader chooses how the picture is drawn. */
  choose(change: Partial<Options>): void;
  /** The reader chooses what is explained: "truth", or one class, or one rather than another. */
  explain(target: string | readonly string[]): void;
  /** The reader wants an output that needs no kernel in place of this one. */
  freeze(): void;
}

const SILENT =
  "No answer from the kernel: it is busy, gone or was never started. " +
  "What the page has can still be hovered; for the rest run the cell again.";
const UNSAVED =
  "This character's rows were not saved with the page. " +
  "To see them, run the notebook that made it.";

/** How long the reader rests before the picture is read out. */
const SPEAKING = 400;

export class ExplorerView {
  readonly el = make("div", "explorer");
  readonly #facets: readonly FacetView[];
  readonly #header: Header;
  readonly #pointing: Pointing;
  readonly #freeze = make("button", "button freeze");
  readonly #legend: Legend;
  readonly #controls: Controls;
  readonly words: Words;
  readonly #reversal = make("div", "reversal");
  readonly #inWords: InWords;
  readonly #progress = make("div", "progress");
  readonly #notice = make("div", "notice");
  readonly #trouble = make("div", "notice");
  readonly #sharing = make("div", "notice");
  readonly #spoken = make("div", "spoken");
  #palette: Palette | null = null;
  #frame: Frame | null = null;
  #options: Options = DEFAULTS;
  #speaking: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly scene: Scene,
    private readonly handlers: Handlers,
    signal: AbortSignal,
  ) {
    this.#facets = scene.facets.map((facet) => new FacetView(scene.characters, facet, signal));
    link(
      this.#facets.map((facet) => facet.text.el),
      signal,
    );
    this.#legend = new Legend(scene);
    this.#inWords = new InWords(signal);
    this.#controls = new Controls(scene, (change) => handlers.choose(change), signal);
    this.words = wordsOf(scene.characters);
    const choosable = !handlers.alone && scene.target !== null;
    const acts = { release: () => handlers.pin(null), back: () => handlers.explain("truth") };
    this.#header = new Header(acts, choosable && scene.target !== "truth", signal);
    if (handlers.edit !== null) this.#header.el.append(handlers.edit);
    const footer = make(
      "div",
      "footer",
      this.#controls.el,
      this.#legend.el,
      this.#reversal,
      this.#inWords.el,
      this.#progress,
      this.#notice,
      this.#trouble,
      this.#sharing,
    );
    this.el.append(this.#header.el, ...this.#facets.map((facet) => facet.el), footer, this.#spoken);
    // JupyterLab tests its shortcuts from the focused element upwards: each one that takes the keyboard must say no itself.
    for (const el of [this.el, this.#freeze, ...this.#facets.map((facet) => facet.text.el)]) {
      el.dataset["lmSuppressShortcuts"] = "true";
    }
    this.el.dataset["epoch"] = String(scene.epoch);
    this.el.classList.toggle("rnnviz-differing", differsSomewhere(scene));
    this.#reversal.setAttribute("role", "status");
    this.#reversal.hidden = scene.facets.length < 2;
    this.#notice.setAttribute("role", "status");
    this.#sharing.setAttribute("role", "status");
    this.#spoken.setAttribute("aria-live", "polite");
    if (choosable) {
      for (const { predictions, facet } of this.#facets) {
        const choose = (name: string, pair: boolean) => {
          const now = this.#explainedBy(facet);
          if (pair && now !== undefined && now !== name) handlers.explain([now, name]);
          else if (!pair) handlers.explain([name]);
        };
        predictions.choosable(choose, signal);
      }
    }
    this.#freeze.type = "button";
    this.#freeze.title =
      "Put a copy that is saved with the notebook and needs no kernel in place of this output";
    this.#freeze.addEventListener("click", () => handlers.freeze(), { signal });
    this.#legend.el.append(this.#freeze);
    this.showFreeze("");
    this.#pointing = new Pointing(
      this.el,
      scene.characters,
      this.#facets,
      handlers,
      () => this.#redraw(),
      signal,
    );
    signal.addEventListener("abort", () => clearTimeout(this.#speaking));
  }

  set ground(ground: Rgb) {
    const palette = makePalette(ground, this.scene.measure.signed);
    this.#palette = palette;
    for (const name of ["ink", "muted", "line", "hatch", "future", "accent", "mark"] as const) {
      this.el.style.setProperty(`--rnnviz-${name}`, css(palette[name]));
    }
    this.el.style.setProperty("--rnnviz-ground", css(ground));
    this.el.dataset["theme"] = palette.dark ? "dark" : "light";
    this.#redraw();
  }

  set options(options: Options) {
    this.#options = options;
    this.#controls.show(options);
    this.#redraw();
  }

  #redraw(): void {
    if (this.#frame !== null) this.draw(this.#frame);
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    const palette = this.#palette;
    if (palette === null) return;
    const { scene, shown } = frame;
    for (const { text } of this.#facets) text.look();
    const { scale, by, sharpness } = this.#options;
    const squared = scene.measure.name === "squared";
    const words = by === "word" ? this.words : null;
    const look = { scale, sharpness, squared, words };
    const { length } = scene.characters;
    const influence = this.#influences
      ? influenceOf(scene.facets, shown, length, this.handlers.share, look)
      : null;
    const heat: Heat = influence ?? makeHeat(scene.facets, frame.facets, length, look);
    const said = explanations(scene.facets, shown);
    const quiet = !frame.silent ? null : this.handlers.alone ? "not saved" : "no answer";
    const alike = said.every((one) => same(one, said[0]));
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
        influence !== null,
      );
      view.text.expect(frame.pending);
    });
    this.#header.show(scene, shown, said, frame.pinned, influence !== null);
    this.#legend.show(scene, heat, palette, this.#options, influence);
    const turned = influence === null ? reversal(scene, heat, this.words, shown, squared) : "";
    write(this.#reversal, turned);
    this.#reversal.title = turned;
    this.#progress.hidden = frame.silent;
    write(this.#notice, !frame.silent ? "" : this.handlers.alone ? UNSAVED : SILENT);
    mark(this.el, "data-shown", frame.complete ? String(shown) : null);
    mark(this.el, "data-pinned", frame.pinned ? "true" : null);
    const { cap, scaling } = heat;
    const scaled = cap !== null && heat.facets.some((one) => one !== null);
    mark(this.el, "data-partial", scaling === null ? String(shown) : null);
    mark(this.el, "data-cap", scaled ? String(cap) : null);
    mark(this.el, "data-scale", scale);
    mark(this.el, "data-direction", influence === null ? "sources" : "influence");
    mark(this.el, "data-filled", frame.filled ? "true" : null);
    mark(this.el, "data-ready", "true");
    this.#speak(frame, heat, influence);
  }

  /** Shift, held while the pointer is over the widget, turns the picture round. */
  get #influences(): boolean {
    return (this.#options.direction === "influence") !== this.#pointing.held;
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
    const filling = status?.state === "filling" && status.total > 0;
    const part = filling ? status.done / status.total : 0;
    const ended = status?.message ?? (status?.state === "stopped" ? "Reading stopped." : "");
    write(this.#progress, filling ? `reading rows ${Math.floor(100 * part)} %` : ended);
    this.#progress.style.setProperty("--rnnviz-p", String(part));
    mark(this.#progress, "data-state", status?.state ?? null);
  }

  /** Whether this output can be frozen: "" no, "ready", "asked", or what came of it, in words. */
  showFreeze(state: string): void {
    this.#freeze.hidden = state === "";
    this.#freeze.disabled = state === "asked";
    write(this.#freeze, state === "asked" ? "freezing…" : "freeze for sharing");
    write(this.#sharing, state === "asked" || state === "ready" ? "" : state);
  }

  /** Says what went wrong beside a picture that goes on. */
  showTrouble(words: string): void {
    write(this.#trouble, words);
  }

  focusFacet(index: number): void {
    this.#pointing.focus(index);
  }

  /** The facet whose text has the keyboard, or -1. */
  get focused(): number {
    return this.#pointing.focused;
  }

  #speak(frame: Frame, heat: Heat, influence: Influence | null): void {
    clearTimeout(this.#speaking);
    const words =
      influence === null
        ? sentence(frame.scene, frame, heat, this.words)
        : influenceSentence(frame.scene, frame.shown, influence);
    this.#inWords.show(words);
    this.#speaking = setTimeout(() => {
      const edges = this.#facets.map(({ text }) => text.words).filter((said) => said !== "");
      write(this.#spoken, [words, ...edges].join(" "));
    }, SPEAKING);
  }
}

/** Memory of the output shown, once its row is whole. */
function rowMemory(facet: Facet, outcome: Outcome | undefined, position: number, words: Words) {
  if (!isRow(outcome) || isPart(outcome)) return null;
  return memoryOf(facet, outcome, facet.tokenAt[position] ?? 0, words);
}
