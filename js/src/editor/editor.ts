/** The text as the reader edits it: the field, what is predicted at its caret, and what keeps a text from being read. */
import { css, makePalette, type Rgb } from "../core/color";
import { make, mark, write } from "../core/dom";
import { grouped } from "../core/format";
import { loneSurrogates } from "../core/surrogates";
import type { Facet, Scene, Strips, Truth } from "../wire";
import { applySuggestion } from "./apply-suggestion";
import { ClassStrip } from "./class-strip";
import { Suggestions } from "./suggestions";
import { TextField } from "./text-field";

export interface EditorHandlers {
  /** The reader has typed; `position` is the character before the caret. */
  typed(text: string, position: number): void;
  /** The caret has moved in the text that is shown. */
  moved(position: number): void;
  /** The editor was opened or closed. */
  opened(open: boolean): void;
  /** The reader is about to type. */
  start(): void;
  /** The character that the picture explains. */
  shown(): number;
}

export interface EditorOptions {
  /** Something to say about what reads the text, and more of it. */
  readonly about?: string;
  readonly details?: string;
  /** Whether it can't be folded away. */
  readonly fixed: boolean;
}

const STAYS = "The picture shows the last text that could be read.";
const BROKEN =
  "The text is not sent: what is marked is half of a character (of a surrogate pair). Delete it.";
const KEYS = "Tab takes the outlined prediction, ↓ goes to all of them; Esc, then Tab, leaves.";

export class Editor {
  readonly el = make("div", "editor");
  /** Opens and closes it; stands wherever there is room. */
  readonly toggle = make("button", "button edit", "edit text");
  readonly #field = new TextField();
  readonly #reset = make("button", "button reset", "Reset");
  readonly #said = make("span", "editor-said");
  readonly #keys = make("span", "editor-keys", KEYS);
  readonly #models = make("div", "editor-models");
  readonly #message = make("div", "editor-told");
  #suggestions: Suggestions | null = null;
  #strips: ClassStrip[] = [];
  #strip: Strips | null = null;
  #scene: Scene | null = null;
  #shape = "";
  /** Where Reset leads: the text that nobody typed. */
  #first = { text: "", position: 0 };
  /** The character to explain, where that is not the one before the caret. */
  #goal: number | null = null;
  #armed = false;
  #shapeEnd = new AbortController();

  constructor(
    private readonly handlers: EditorHandlers,
    { about = "", details = "", fixed }: EditorOptions,
    private readonly signal: AbortSignal,
  ) {
    const telling = make("div", "editor-about", about);
    telling.title = details;
    const line = make("div", "editor-line", make("div", "editor-words", this.#said, this.#keys));
    line.append(this.#reset);
    this.el.append(make("label", "editor-label", "Type another text", this.#field.el), line);
    this.el.append(this.#models, this.#message, telling);
    this.#said.setAttribute("role", "status");
    this.#field.input.setAttribute("aria-description", KEYS);
    this.#reset.title = "Back to the text as it was first";
    for (const button of [this.#reset, this.toggle]) {
      button.type = "button";
      button.dataset["lmSuppressShortcuts"] = "true";
    }
    this.el.dataset["lmSuppressShortcuts"] = "true";
    this.toggle.title = "Type another text and see what is predicted and why";
    this.#show(fixed);
    this.#listen();
    signal.addEventListener("abort", () => this.#shapeEnd.abort());
  }

  get open(): boolean {
    return !this.el.hidden;
  }

  set ground(ground: Rgb) {
    const palette = makePalette(ground, false);
    for (const name of ["ink", "muted", "line", "accent", "mark"] as const) {
      this.el.style.setProperty(`--rnnviz-${name}`, css(palette[name]));
    }
    this.el.style.colorScheme = palette.dark ? "dark" : "light";
  }

  /** Another scene is shown. `foreign`: nobody typed its text, or somebody else did; `first`: nobody did. */
  show(scene: Scene, position: number, foreign: boolean, first: boolean): void {
    const text = scene.characters.join("");
    const before = this.#scene?.characters.join("");
    this.#scene = scene;
    // A page that was loaded anew knows none but this.
    if (first || before === undefined) this.#first = { text, position };
    // What the reader types right now is not taken away.
    const busy = before !== undefined && this.#focused && this.#field.text !== before;
    if (foreign && !busy && this.#field.text !== text) {
      this.#field.text = text;
      this.#field.caret = position + 1;
    }
    this.#build(scene.facets);
    if (this.#field.text === text) this.say("");
    this.#predict();
  }

  /** The strips of the position shown. */
  set strips(strips: Strips | null) {
    this.#strip = strips;
    this.#predict();
  }

  /** Why the text that was typed is not shown, and which of its characters no model knows. */
  refuse(words: string, text: string, unknown: readonly number[]): void {
    this.say(`${words}${/[.!?]$/.test(words) ? "" : "."} ${STAYS}`);
    if (text === this.#field.text) this.#field.mark(unknown);
  }

  /** Something to know about the text in the field; "": it is the one that is shown. */
  say(words: string): void {
    write(this.#said, words);
    this.#keys.hidden = words !== "";
    if (words === "") this.#field.mark([]);
  }

  get #focused(): boolean {
    return this.#field.input.matches(":focus");
  }

  #show(open: boolean): void {
    this.el.hidden = !open;
    mark(this.toggle, "aria-expanded", String(open));
  }

  #listen(): void {
    const { signal } = this;
    const { input } = this.#field;
    const on = <K extends keyof HTMLElementEventMap>(
      el: HTMLElement,
      type: K,
      act: (event: HTMLElementEventMap[K]) => void,
    ) => el.addEventListener(type, act, { signal });
    on(this.toggle, "click", () => {
      this.#show(!this.open);
      if (this.open) this.#begin();
      this.handlers.opened(this.open);
    });
    on(input, "focus", () => {
      this.#arm(false);
      this.handlers.start();
    });
    on(input, "blur", () => this.#arm(false));
    // What an input method composes is not the text yet.
    on(input, "input", (event) => {
      this.#field.draw();
      if (!(event as InputEvent).isComposing) this.#typed();
    });
    on(input, "compositionend", () => this.#typed());
    on(input, "keydown", (event) => this.#key(event));
    on(this.#reset, "click", () => this.#restore());
    // A host must not take letters for its shortcuts; JupyterLab asks each element itself.
    for (const type of ["keydown", "keyup", "keypress"] as const) {
      on(this.el, type, (event) => event.stopPropagation());
    }
    document.addEventListener("selectionchange", () => this.#moved(), { signal });
  }

  /** The caret goes where the picture is, so that nothing moves. */
  #begin(): void {
    const { input } = this.#field;
    this.#field.draw();
    if (this.#isShown) this.#field.caret = this.handlers.shown() + 1;
    input.focus();
    this.#predict();
  }

  #typed(): void {
    const { text } = this.#field;
    this.#arm(true);
    this.#reset.disabled = text === this.#first.text;
    const broken = loneSurrogates(text);
    if (broken.length > 0) {
      this.say(`${BROKEN} ${STAYS}`);
      this.#field.mark(broken);
    } else this.handlers.typed(text, this.#position);
    this.#predict();
  }

  #moved(): void {
    if (!this.open || !this.#focused || this.#field.selects || !this.#isShown) return;
    this.handlers.moved(this.#position);
    this.#predict();
  }

  get #position(): number {
    return this.#goal ?? Math.max(0, this.#field.caret - 1);
  }

  /** Whether the picture shows the text in the field. */
  get #isShown(): boolean {
    return this.#scene?.characters.join("") === this.#field.text;
  }

  #restore(): void {
    const { text, position } = this.#first;
    this.#goal = position;
    this.#field.change({ start: 0, end: this.#field.text.length, text });
    this.#goal = null;
    this.#field.caret = position + 1;
    this.#arm(false);
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey)
      return;
    if (event.key === "Tab" && this.#armed) {
      if (this.#suggestions?.takeFirst()) event.preventDefault();
    } else if (event.key === "Escape") {
      this.#arm(false);
    } else if (event.key === "ArrowDown" && !this.#field.selects && this.#field.onLastLine) {
      if (this.#suggestions?.focus()) event.preventDefault();
    }
  }

  #arm(armed: boolean): void {
    this.#armed = armed;
    this.#suggestions?.point(armed);
  }

  #take(name: string, truth: Truth): void {
    // A word that was seen may finish what was typed since; a token that was seen does not follow on it.
    if (truth === "next" && !this.#isShown) return;
    const { input, text } = this.#field;
    this.#field.change(applySuggestion(text, input.selectionEnd, name, truth));
  }

  /** Rows for these models; the same elements as long as the models are the same. */
  #build(facets: readonly Facet[]): void {
    const shape = JSON.stringify(facets.map(({ name, truth }) => [name, truth]));
    if (shape === this.#shape) return;
    this.#shape = shape;
    this.#shapeEnd.abort();
    this.#shapeEnd = new AbortController();
    const { signal } = this.#shapeEnd;
    const handlers = {
      take: (name: string, truth: Truth) => this.#take(name, truth),
      leave: () => this.#field.input.focus(),
    };
    this.#suggestions = new Suggestions(facets, handlers, signal);
    const tell = (words: string | null) => write(this.#message, words ?? this.#scale);
    this.#strips = facets.map(({ name }) => new ClassStrip(name, tell, signal));
    const rows = this.#suggestions.rows.map(({ name, el }, i) =>
      make("div", "editor-model", name, el, this.#strips[i]?.el ?? ""),
    );
    this.#models.replaceChildren(...rows);
  }

  /** Shows what is predicted at the caret, as far as it is known. */
  #predict(): void {
    const scene = this.#scene;
    if (scene === null || !this.open) return;
    this.#reset.disabled = this.#field.text === this.#first.text;
    const { caret } = this.#field;
    const strips = this.#strip;
    const fresh =
      strips?.epoch === scene.epoch && strips.position === this.#position && this.#isShown;
    mark(this.#models, "data-stale", this.#isShown ? null : "true");
    mark(this.#models, "data-waiting", fresh ? null : "true");
    if (fresh) {
      for (const [i, view] of this.#strips.entries()) view.show(strips.facets[i] ?? null);
      write(this.#message, this.#scale);
    }
    if (!this.#isShown) return;
    const outputs = scene.facets.map(({ tokenAt }) =>
      caret > 0 ? (tokenAt[caret - 1] ?? -1) : -1,
    );
    // A token goes in behind one that is whole.
    const takeable = scene.facets.map(
      ({ truth, ends }, i) => truth === "word" || ends[outputs[i] ?? -1] === caret,
    );
    this.#suggestions?.show(scene.facets, outputs, takeable);
    this.#suggestions?.point(this.#armed);
  }

  /** What the bars are. */
  get #scale(): string {
    const counts = new Set(this.#strip?.facets.flatMap((strip) => strip?.classes ?? []));
    const [count] = counts;
    if (count === undefined) return "";
    const cells = Math.max(...(this.#strip?.facets.map((strip) => strip?.p.length ?? 0) ?? []));
    const words = this.#scene?.facets.every(({ truth }) => truth === "word") ? "words" : "classes";
    const some = counts.size > 1 ? `All ${words}` : `All ${grouped(count)} ${words}`;
    return (
      `${some} in alphabetical order, in ${cells} bars; ` +
      "their height is the square root of the probability, full at 100 %."
    );
  }
}
