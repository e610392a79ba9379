/** The whole picture: header, facets, legend and what is to be said; draws frames and reports what the reader does. */
import {
  differsSomewhere,
  explanations,
  influenceSentence,
  inputAt,
  place,
  same,
  sentence,
} from "./caption";
import { css, makePalette, type Palette, type Rgb } from "./color";
import { Controls } from "./controls";
import { make, mark, write } from "./dom";
import { FacetView } from "./facet-view";
import { type Heat, heatSteps, makeHeat } from "./heat";
import { InWords } from "./in-words";
import { type Influence, influenceOf, type ShareOf } from "./influence";
import { actionOf, moved } from "./keys";
import { Legend } from "./legend";
import { link } from "./linked";
import { type Memory, memoryOf } from "./memory";
import { DEFAULTS, type Options } from "./options";
import { reversal } from "./reversal";
import { isPart, isRow, type Outcome } from "./rows";
import type { Frame } from "./stage";
import type { Facet, Scene, Status } from "./wire";
import { type Words, wordsOf } from "./words";

/** What is selected, which may be a frame ahead of what is drawn. */
export interface Selection {
  readonly shown: number;
  readonly pinned: number | null;
}

export interface Handlers {
  readonly selection: Selection;
  /** Whether no kernel is behind the page. */
  readonly alone: boolean;
  /** The reader points at a character. */
  look(position: number): void;
  /** The reader pins a character, or releases with null. */
  pin(position: number | null): void;
  /** The share of an output that lies on an input, where it is known. */
  readonly share: ShareOf;
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
  readonly #after = make("span", "after");
  readonly #explains = make("span", "explains");
  readonly #explained = make("strong", "explained");
  readonly #reason = document.createTextNode("");
  readonly #release = make("button", "button release");
  readonly #back = make("button", "button back", "chosen · back to the truth");
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
  #held = false;
  #pointer = "mouse";
  #selectedAtDown: number | null = null;
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
    const header = make("div", "header");
    this.#explains.append("explains ", this.#explained, this.#reason);
    header.append(make("div", "sentence", this.#after, this.#explains), this.#back, this.#release);
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
    this.el.append(header, ...this.#facets.map((facet) => facet.el), footer, this.#spoken);
    // JupyterLab tests its shortcuts from the focused element upwards: each one that takes the keyboard must say no itself.
    for (const el of [
      this.el,
      this.#release,
      this.#freeze,
      ...this.#facets.map((facet) => facet.text.el),
    ]) {
      el.dataset["lmSuppressShortcuts"] = "true";
    }
    this.el.dataset["epoch"] = String(scene.epoch);
    this.el.classList.toggle("rnnviz-differing", differsSomewhere(scene));
    this.#reversal.setAttribute("role", "status");
    this.#reversal.hidden = scene.facets.length < 2;
    this.#notice.setAttribute("role", "status");
    this.#sharing.setAttribute("role", "status");
    this.#spoken.setAttribute("aria-live", "polite");
    this.#release.type = "button";
    this.#release.textContent = "pinned · Esc releases";
    this.#release.title = "Release the pinned character";
    this.#release.addEventListener("click", () => handlers.pin(null), { signal });
    this.#back.type = "button";
    this.#back.dataset["lmSuppressShortcuts"] = "true";
    this.#back.hidden = handlers.alone || scene.target === null || scene.target === "truth";
    this.#back.addEventListener("click", () => handlers.explain("truth"), { signal });
    if (scene.target !== null && !handlers.alone) {
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
    this.#facets.forEach((facet, i) => {
      this.#listen(facet, i, signal);
    });
    this.el.addEventListener("keydown", (event) => this.#escape(event), { signal });
    this.el.addEventListener("pointermove", (event) => this.#hold(event.shiftKey), { signal });
    this.el.addEventListener("pointerleave", () => this.#hold(false), { signal });
    window.addEventListener("keyup", (event) => event.key === "Shift" && this.#hold(false), {
      signal,
    });
    window.addEventListener(
      "keydown",
      (event) => event.key === "Shift" && this.el.matches(":hover") && this.#hold(true),
      { signal },
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
    if (this.#frame !== null) this.draw(this.#frame);
  }

  set options(options: Options) {
    this.#options = options;
    this.#controls.show(options);
    if (this.#frame !== null) this.draw(this.#frame);
  }

  draw(frame: Frame): void {
    this.#frame = frame;
    const palette = this.#palette;
    if (palette === null) return;
    const { scene } = this;
    const { shown } = frame;
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
    const shared = alike && influence === null ? said[0] : undefined;
    this.#facets.forEach((view, i) => {
      const own = said[i];
      const explains = !alike && influence === null && own?.target ? own : null;
      const part = heat.facets[i] ?? null;
      const steps = part === null ? null : heatSteps(part, i, heat.scaling);
      view.remember(rowMemory(view.facet, frame.facets[i], shown, this.words));
      view.paint(shown, frame.facets[i], part, steps, explains, quiet, palette, influence !== null);
      view.text.expect(frame.pending);
    });
    const where = influence === null ? place(scene, shown) : inputAt(scene, shown);
    write(this.#after, where + (shared?.target ? "," : ""));
    this.#explains.hidden = !shared?.target;
    write(this.#explained, shared?.target ?? "");
    this.#reason.data = shared === undefined ? "" : `, ${shared.reason}`;
    this.#legend.show(heat, palette, this.#options, influence);
    const turned = influence === null ? reversal(scene, heat, this.words, shown, squared) : "";
    write(this.#reversal, turned);
    this.#reversal.title = turned;
    this.#release.hidden = !frame.pinned;
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
    return (this.#options.direction === "influence") !== this.#held;
  }

  #hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (this.#frame !== null) this.draw(this.#frame);
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
    this.#facets[index]?.text.el.focus({ preventScroll: true });
  }

  /** The facet whose text has the keyboard, or -1. */
  get focused(): number {
    const root = this.el.getRootNode() as Document | ShadowRoot;
    return this.#facets.findIndex((facet) => facet.text.el === root.activeElement);
  }

  #listen({ text, facet }: FacetView, index: number, signal: AbortSignal): void {
    const { el } = text;
    el.tabIndex = index === 0 ? 0 : -1;
    el.addEventListener("focus", () => this.#rove(index), { signal });
    el.setAttribute("role", "application");
    el.setAttribute(
      "aria-label",
      `${facet.name}: text of ${this.scene.characters.length} characters. ` +
        "Arrow keys walk through it, Enter pins a character, Escape releases it.",
    );
    if (facet.engine !== "") {
      el.setAttribute("aria-description", `How its rows are computed: ${facet.engine}.`);
    }
    el.addEventListener(
      "pointerdown",
      (event) => {
        this.#pointer = event.pointerType;
        this.#selectedAtDown = this.handlers.selection.shown;
        // A finger may be about to scroll; it selects by tapping, or by moving along the line.
        if (this.#pointer === "mouse") this.#look(event);
      },
      { signal },
    );
    el.addEventListener("pointermove", (event) => this.#look(event), { signal });
    el.addEventListener("click", (event) => this.#press(event), { signal });
    el.addEventListener("keydown", (event) => this.#key(event, text), { signal });
  }

  /** The tab key stops once at the widget: at the text that had the keyboard last. */
  #rove(index: number): void {
    this.#facets.forEach((facet, i) => {
      facet.text.el.tabIndex = i === index ? 0 : -1;
    });
  }

  #look(event: PointerEvent): void {
    const position = this.#at(event);
    if (position !== null && this.handlers.selection.pinned === null) this.handlers.look(position);
  }

  #press(event: MouseEvent): void {
    const position = this.#at(event);
    if (position === null) return;
    const { pinned } = this.handlers.selection;
    if (pinned !== null) {
      this.handlers.pin(pinned === position ? null : position);
    } else if (this.#pointer === "mouse" || this.#selectedAtDown === position) {
      this.handlers.pin(position);
    } else {
      this.handlers.look(position);
    }
  }

  /** The character under the pointer; a finger keeps its first target, so the place decides. */
  #at(event: MouseEvent): number | null {
    const root = this.el.getRootNode() as Document | ShadowRoot;
    const under =
      event.type === "pointermove" && (event as PointerEvent).pointerType !== "mouse"
        ? root.elementFromPoint(event.clientX, event.clientY)
        : (event.target as Element | null);
    const p = under?.closest<HTMLElement>("[data-p]")?.dataset["p"];
    return p === undefined ? null : Number(p);
  }

  #key(event: KeyboardEvent, text: FacetView["text"]): void {
    const action = actionOf(event);
    const { shown: from, pinned: pin } = this.handlers.selection;
    const pinned = pin !== null;
    if (action === null || (action === "release" && !pinned)) return;
    event.preventDefault();
    event.stopPropagation();
    if (action === "release" || action === "pin") {
      this.handlers.pin(pinned ? null : from);
      return;
    }
    const { move } = action;
    const vertical = move === "up" || move === "down";
    const to = vertical
      ? text.vertical(from, move === "up" ? -1 : 1)
      : moved(this.scene.characters, from, move);
    if (pinned) this.handlers.pin(to);
    else this.handlers.look(to);
    text.reveal(to);
  }

  /** Escape releases wherever in the widget the keyboard is. */
  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.handlers.selection.pinned === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.handlers.pin(null);
  }

  #speak(frame: Frame, heat: Heat, influence: Influence | null): void {
    clearTimeout(this.#speaking);
    const words =
      influence === null
        ? sentence(this.scene, frame, heat, this.words)
        : influenceSentence(this.scene, frame.shown, influence);
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
