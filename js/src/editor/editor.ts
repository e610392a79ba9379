/** The text editor: the field, the strips of all classes, and why a text can't be read. */
import { listen, make, makeButton, mark, write } from "../core/dom";
import { loneSurrogates } from "../core/surrogates";
import type { TakeOffer } from "../state/take-offer";
import type { TypedText } from "../state/typed-text-queue";
import type { Scene, Strips, Truth } from "../wire";
import { applySuggestion } from "./apply-suggestion";
import { ClassStrips } from "./class-strips";
import type { EditorField, EditorHandlers, TextReaders } from "./editor-handlers";
import { TextField } from "./text-field";

const STAYS = "The picture shows the last text that could be read.";
const BROKEN =
  "The text is not sent: what is marked is half of a character (of a surrogate pair). Delete it.";
const KEYS = "Tab takes the outlined prediction, ↓ goes to all of them; Esc, then Tab, leaves.";

export class Editor {
  readonly el = make("div", "editor");
  readonly #field: TextField;
  readonly #reset = makeButton("button reset", "Reset", "Back to the text as it was first");
  readonly #close = makeButton("button close", "close", "Close the editor; the text stays");
  readonly #said = make("span", "editor-said");
  readonly #keys = make("span", "editor-keys", KEYS);
  readonly #classStrips: ClassStrips;
  #strips: Strips | null = null;
  #scene: Scene | null = null;
  /** The text that Reset restores, which was not typed. */
  #first: TypedText = { text: "", position: 0 };
  /** The character to explain, if it is not the one before the caret. */
  #goal: number | null = null;
  #armed = false;
  /** Whether the focus is in the field, or went from it to the predictions. */
  #typing = false;

  constructor(
    private readonly handlers: EditorHandlers,
    { input, close }: EditorField,
    { about, details }: TextReaders = { about: "", details: "" },
    private readonly signal: AbortSignal,
  ) {
    this.#field = new TextField(input);
    const aboutEl = make("div", "editor-about", about);
    aboutEl.title = details;
    const line = make("div", "editor-line", make("div", "editor-words", this.#said, this.#keys));
    line.append(this.#reset, ...(close === null ? [] : [this.#close]));
    this.el.append(make("label", "editor-label", "Type another text", this.#field.el), line);
    this.#classStrips = new ClassStrips(signal);
    this.el.append(...this.#classStrips.elements, aboutEl);
    mark(this.#said, "role", "status");
    mark(input, "aria-label", null);
    mark(input, "aria-description", KEYS);
    if (close !== null) listen(this.#close, "click", close, signal);
    this.#listen();
  }

  get open(): boolean {
    return !this.el.hidden;
  }

  /** Another scene is shown. `foreign`: its text was not typed here; `first`: what Reset restores. */
  show(scene: Scene, position: number, foreign: boolean, first: TypedText): void {
    const text = scene.characters.join("");
    const before = this.#scene?.characters.join("");
    this.#scene = scene;
    this.#first = first;
    // Text that the reader is typing is not overwritten.
    const busy = before !== undefined && this.#focused && this.#field.text !== before;
    if (foreign && !busy && this.#field.text !== text) {
      this.#field.text = text;
      this.#field.caret = position + 1;
    }
    this.#classStrips.build(scene.facets);
    if (this.#field.text === text) this.say("");
    this.#update();
  }

  /** The strips of the position shown. */
  set strips(strips: Strips | null) {
    this.#strips = strips;
    this.#update();
  }

  /** Shows why a typed text was refused, and marks its characters that models do not know. */
  refuse(words: string, text: string, unknown: readonly number[]): void {
    this.say(`${words}${/[.!?]$/.test(words) ? "" : "."} ${STAYS}`);
    if (text === this.#field.text) this.#field.mark(unknown);
  }

  /** A remark on the text in the field; "": it is the one that is shown. */
  say(words: string): void {
    write(this.#said, words);
    this.#keys.hidden = words !== "";
    if (words === "") this.#field.mark([]);
  }

  get #focused(): boolean {
    return this.#field.input.matches(":focus");
  }

  /** Opens or closes it. The caret goes where the picture is, so that nothing moves. */
  turn(open: boolean): void {
    this.el.hidden = !open;
    if (!open) return;
    const { input } = this.#field;
    this.#field.draw();
    if (this.#isShown) this.#field.caret = this.handlers.shown() + 1;
    input.focus();
    this.#update();
  }

  #listen(): void {
    const { signal } = this;
    const { input } = this.#field;
    listen(
      input,
      "focus",
      () => {
        this.#type(true);
        this.handlers.start();
      },
      signal,
    );
    // The focus may move to a prediction, to insert it.
    listen(
      input,
      "blur",
      ({ relatedTarget }) =>
        this.#type((relatedTarget as HTMLElement | null)?.dataset["takeable"] === "true"),
      signal,
    );
    // Text that an input method is composing does not count yet.
    listen(
      input,
      "input",
      (event) => {
        this.#field.draw();
        if (!(event as InputEvent).isComposing) this.typed();
      },
      signal,
    );
    listen(input, "compositionend", () => this.typed(), signal);
    listen(input, "keydown", (event) => this.#key(event), signal);
    listen(this.#reset, "click", () => this.#restore(), signal);
    listen(document, "selectionchange", () => this.#moved(), signal);
  }

  /** The reader has typed. */
  typed(): void {
    const { text } = this.#field;
    this.#arm(true);
    this.#reset.disabled = text === this.#first.text;
    const broken = loneSurrogates(text);
    if (broken.length > 0) {
      this.say(`${BROKEN} ${STAYS}`);
      this.#field.mark(broken);
    } else this.handlers.typed(text, this.#position);
    this.#update();
  }

  #moved(): void {
    if (!this.open || !this.#focused || this.#field.selects || !this.#isShown) return;
    this.handlers.moved(this.#position);
    this.#update();
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
      if (this.handlers.predictions()?.takeFirst()) event.preventDefault();
    } else if (event.key === "Escape") {
      this.#arm(false);
    } else if (event.key === "ArrowDown" && !this.#field.selects && this.#field.onLastLine) {
      this.aim();
      if (this.handlers.predictions()?.focus()) event.preventDefault();
    }
  }

  #arm(armed: boolean): void {
    this.#armed = armed;
    this.handlers.offered();
  }

  #type(typing: boolean): void {
    this.#typing = typing;
    this.#arm(false);
  }

  /** Which predictions would be inserted; null: the editor is closed. */
  get offer(): TakeOffer | null {
    const scene = this.#scene;
    if (scene === null || !this.open) return null;
    const { caret } = this.#field;
    const [shown, armed] = [this.#isShown, this.#armed];
    // A token needs a complete one before it; a word may also complete what was typed since it was shown.
    const takeable = scene.facets.map(({ truth, ends, tokenAt }) =>
      truth === "word"
        ? caret > 0
        : truth === "next" && shown && caret > 0 && ends[tokenAt[caret - 1] ?? -1] === caret,
    );
    return { position: shown ? this.#position : null, takeable, typing: this.#typing, armed };
  }

  /** Inserts a prediction into the text. */
  take(name: string, truth: Truth): void {
    // A word may complete what was typed since it was shown; a token does not follow newer text.
    if (truth === "next" && !this.#isShown) return;
    const { input, text } = this.#field;
    this.#field.change(applySuggestion(text, input.selectionEnd, name, truth));
  }

  /** The focus returns from the predictions. */
  leave(): void {
    this.#field.input.focus();
  }

  /** The focus has left the predictions for another place. */
  left(): void {
    this.#type(this.#focused);
  }

  /** Shows the predictions at the caret again, in case the pointer has moved the position. */
  aim(): void {
    if (this.#isShown) this.handlers.moved(this.#position);
  }

  /** Updates strips, buttons and offers to the field's text and caret. */
  #update(): void {
    const scene = this.#scene;
    if (scene === null || !this.open) return;
    this.#reset.disabled = this.#field.text === this.#first.text;
    const strips = this.#strips;
    const current =
      strips?.epoch === scene.epoch && strips.position === this.#position && this.#isShown;
    this.#classStrips.show(current ? strips : null);
    this.handlers.offered();
  }
}
