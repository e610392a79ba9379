/**
 * A story: steps of prose beside the picture, which shows what belongs to the step that is read. The reader goes through it
 * by scrolling, by the arrow keys, or by two buttons. On a wide page the steps scroll with the page beside a picture that stays;
 * on a narrow one, and in a notebook, they stand side by side in a row that is swiped. On a narrow page they can be folded to a line.
 */
import {
  consume,
  label,
  listen,
  make,
  makeButton,
  mark,
  suppressShortcuts,
  toggle,
  write,
} from "../core/dom";
import { isFields } from "../wire/fields";
import { decodeStoryText, type StoryText } from "../wire/generated";
import { brokenClaims, makeStoryStep } from "./story-step";

/** On a wide page a step is read once it begins above this part of the window's height; `story.css` has the space for that. */
const READ_AT = 0.3;
const NEXT: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };
/** By these a reader scrolls where the page was about to be scrolled for them. */
const OWN_SCROLLING = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

export interface StoryHost {
  /** The words of the story, as they were saved. */
  readonly words: unknown;
  /** The element in which the widget is shown. */
  readonly picture: HTMLElement;
  /** Whether the story is the whole page: it then scrolls with it, and has its keys. */
  readonly wholePage: boolean;
  /** Has the widget show what belongs to a step. */
  show(step: StoryText["steps"][number], index: number): void;
}

export interface StoryView {
  readonly el: HTMLElement;
}

export type MakeStory = (host: StoryHost, signal: AbortSignal) => StoryView;

export const makeStory: MakeStory = (host, signal) => new StoryPlayer(host, signal);

class StoryPlayer implements StoryView {
  readonly el = suppressShortcuts(make("section", "story"));
  readonly #row: HTMLElement;
  readonly #items: readonly HTMLElement[];
  readonly #text: StoryText;
  readonly #place = make("span", "story-place");
  readonly #spoken = make("div", "spoken");
  readonly #back = makeButton("button story-back", "←", "The step before (left arrow)");
  readonly #on = makeButton("button story-on", "→", "The next step (right arrow)");
  /** Shown on a narrow page only. */
  readonly #fold = makeButton("button story-fold", "words", "The words of the step in full");
  /** The step that is shown. */
  #step = -1;
  /** The step to which the page is being scrolled; null: the reader scrolls. */
  #goingTo: number | null = null;

  constructor(
    private readonly host: StoryHost,
    private readonly signal: AbortSignal,
  ) {
    if (!isFields(host.words)) throw new Error("The story's words are missing.");
    this.#text = decodeStoryText(host.words);
    this.#items = this.#text.steps.map(makeStoryStep);
    this.#row = make("ol", "story-steps", ...this.#items);
    mark(this.#row, "aria-label", "Steps of the story");
    this.#row.tabIndex = 0;
    label(this.el, "region", "Story");
    mark(this.#back, "aria-label", "The step before");
    mark(this.#on, "aria-label", "The next step");
    mark(this.#spoken, "role", "status");
    const bar = make("div", "story-bar", this.#back, this.#place, this.#on, this.#fold);
    const picture = make("div", "story-picture", host.picture);
    const reading = make("div", "story-reading", ...this.#warning(), this.#row, bar);
    this.el.append(reading, picture, this.#spoken);
    toggle(this.el, "story-page", host.wholePage);
    this.#listen(picture);
    this.#foldWords(false);
    this.#show(0);
  }

  #listen(picture: HTMLElement): void {
    const { signal } = this;
    listen(this.#back, "click", () => this.#go(this.#step - 1), signal);
    listen(this.#on, "click", () => this.#go(this.#step + 1), signal);
    listen(this.#fold, "click", () => this.#foldWords(!this.#isFolded), signal);
    listen(this.#row, "click", () => this.#isFolded && this.#foldWords(false), signal);
    listen(
      this.host.wholePage ? document : this.el,
      "keydown",
      (event) => this.#key(event),
      signal,
    );
    // Scrolling does not bubble, and it is the page that scrolls, or the row.
    document.addEventListener("scroll", () => this.#scrolled(), { capture: true, signal });
    for (const type of OWN_SCROLLING) {
      const stop = () => {
        this.#goingTo = null;
      };
      document.addEventListener(type, stop, { capture: true, passive: true, signal });
    }
    // The reader's own pointer and keys are answered at once.
    for (const type of ["pointermove", "keydown"] as const) {
      listen(picture, type, () => toggle(picture, "story-fading", false), signal);
    }
  }

  /** What is said above the steps where numbers no longer hold. */
  #warning(): HTMLElement[] {
    const { steps } = this.#text;
    const broken = steps.reduce((sum, step) => sum + brokenClaims(step), 0);
    if (broken === 0) return [];
    const all = steps.reduce((sum, { claims }) => sum + claims.length, 0);
    const words = `${broken} of the ${all} numbers in this story no longer hold for these models; they are marked.`;
    return [make("p", "story-warning", words)];
  }

  #key(event: KeyboardEvent): void {
    const by = NEXT[event.key];
    const { target } = event;
    const plain = !(event.ctrlKey || event.altKey || event.metaKey || event.shiftKey);
    if (!plain || !(target instanceof Node)) return;
    // In the picture arrows walk through the text, and in a field through what is typed.
    const field = target instanceof Element && target.matches("input, select, textarea");
    if (field || this.host.picture.contains(target)) return;
    // Pages made by Sphinx mark every Escape as handled.
    if (event.key === "Escape") this.#release(event);
    if (by === undefined || event.defaultPrevented) return;
    consume(event);
    this.#go(this.#step + by);
  }

  /** Escape releases what the step has brushed and pinned, wherever the reader is. */
  #release(event: KeyboardEvent): void {
    const repeated = new KeyboardEvent("keydown", { key: event.key, cancelable: true });
    const explorer = this.host.picture.querySelector(".rnnviz-explorer");
    if (!explorer?.dispatchEvent(repeated)) consume(event);
  }

  /** Goes to a step, scrolls to it, and has it read aloud. */
  #go(step: number): void {
    const item = this.#items[step];
    if (item === undefined) return;
    this.#show(step);
    this.#goingTo = step;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const behavior = still ? "auto" : "smooth";
    if (this.#isRow) this.#row.scrollTo({ left: item.offsetLeft, top: 0, behavior });
    else item.scrollIntoView({ block: "start", behavior });
    const prose = item.querySelectorAll(".rnnviz-story-prose");
    const words = Array.from(prose, (paragraph) => paragraph.textContent ?? "").join(" ");
    write(this.#spoken, `${this.#placeWords}. ${words}`);
  }

  get #isFolded(): boolean {
    return this.#fold.getAttribute("aria-expanded") === "false";
  }

  /** On a narrow page: has the words of each step take one line, and the picture the rest. */
  #foldWords(folded: boolean): void {
    mark(this.#fold, "aria-expanded", String(!folded));
    toggle(this.el, "story-folded", folded);
  }

  /** Whether the steps stand side by side. */
  get #isRow(): boolean {
    return getComputedStyle(this.#row).overflowX === "auto";
  }

  #scrolled(): void {
    const row = this.#isRow ? this.#row.getBoundingClientRect() : null;
    const place = row === null ? innerHeight * READ_AT : (row.left + row.right) / 2;
    const starts = this.#items.map((item) => {
      const { left, top } = item.getBoundingClientRect();
      return row === null ? top : left;
    });
    const read = Math.max(0, starts.filter((start) => start <= place).length - 1);
    if (this.#goingTo === null) this.#show(read);
    else if (this.#goingTo === read) this.#goingTo = null;
  }

  #show(index: number): void {
    const step = this.#text.steps[index];
    if (index === this.#step || step === undefined) return;
    const first = this.#step < 0;
    this.#step = index;
    for (const [i, item] of this.#items.entries()) {
      mark(item, "aria-current", i === index ? "step" : null);
    }
    write(this.#place, `${index + 1} of ${this.#items.length}`);
    this.#back.disabled = index === 0;
    this.#on.disabled = index === this.#items.length - 1;
    // Each step is read from its beginning.
    if (this.#row.scrollTop !== 0) this.#row.scrollTop = 0;
    this.el.dataset["step"] = String(index + 1);
    const picture = this.host.picture.parentElement;
    if (picture !== null && !first) toggle(picture, "story-fading", true);
    this.host.show(step, index);
  }

  get #placeWords(): string {
    return `Step ${this.#step + 1} of ${this.#items.length}`;
  }
}
