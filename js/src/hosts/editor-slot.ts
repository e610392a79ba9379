/**
 * Where the editor stands above the picture, and the button that opens it. Its code comes when it is first opened; what the
 * reader types until then goes into its field all the same.
 */
import type { Rgb } from "../core/color";
import { listen, make, makeButton, mark, suppressShortcuts } from "../core/dom";
import { type ModuleRequest, type PageModule, styleOf } from "../state/page-module";
import type { TypedText } from "../state/typed-text-queue";
import type { TextEditor } from "../views/explorer-handlers";
import { makeWaitingWords } from "../views/waiting-words";
import type { Refused, Scene, Strips, Truth } from "../wire";
import type { FirstField, makeTextEditing, TextEditing, TextEditingHost } from "./text-editing";
import { paintAbove } from "./view-place";

const EDIT = "Type another text and see what is predicted and why (key E)";

export class EditorSlot implements TextEditor {
  readonly toggle: HTMLButtonElement | null;
  readonly #el = suppressShortcuts(make("div", "editor-slot"));
  readonly #input = suppressShortcuts(make("textarea", "field-text"));
  readonly #waiting = makeWaitingWords("the editor");
  #editing: TextEditing | null = null;
  #open = false;
  /** The scene that is shown, where its text can be another. */
  #scene: Scene | null = null;
  /** Where Reset leads: the text that nobody typed. */
  #first: TypedText | null = null;
  /** The text that was put into the field when it was opened, and where its caret was. */
  #put: FirstField = { text: "", caret: 0 };

  constructor(
    private readonly host: TextEditingHost,
    private readonly request: ModuleRequest<typeof makeTextEditing>,
    private readonly signal: AbortSignal,
  ) {
    // Where models in the page read what is typed, the editor is what the page is for.
    this.toggle = host.inPage === undefined ? makeButton("button edit", "edit text", EDIT) : null;
    if (this.toggle !== null) listen(this.toggle, "click", () => this.#turn(), signal);
    mark(this.#input, "aria-label", "Type another text");
    this.#el.append(this.#input, this.#waiting.el);
    // A host must not take letters for its shortcuts; JupyterLab asks each element itself.
    for (const type of ["keydown", "keyup", "keypress"] as const) {
      listen(this.#el, type, (event) => event.stopPropagation(), signal);
    }
    this.#show(false);
  }

  /** Whether no text is on its way. */
  get settled(): boolean {
    return this.#editing?.settled ?? true;
  }

  /** What stands above the picture; null: the text can't be another. */
  get el(): HTMLElement | null {
    return this.#scene === null ? null : this.#el;
  }

  /** The editor as the picture knows it. */
  get editor(): TextEditor | null {
    return this.#scene === null ? null : this;
  }

  /** Tells the picture what the editor would take of its predictions. */
  offered(): void {
    this.host.predictions()?.offer(this.#editing?.offer ?? null);
  }

  set ground(ground: Rgb) {
    paintAbove(this.#el, ground);
  }

  set strips(strips: Strips | null) {
    if (this.#editing !== null) this.#editing.strips = strips;
  }

  /** A text is about to be shown: what was typed, if it was that here. */
  read(text: string): TypedText | null {
    return this.#editing?.read(text) ?? null;
  }

  /** Follows a new scene; `able`: its text can be another, `own`: it was typed here. */
  show(scene: Scene, able: boolean, own: boolean): void {
    if (!able) {
      if (this.#open) this.#turn();
      this.#el.remove();
      this.#scene = this.#first = null;
      return;
    }
    this.#scene = scene;
    const text = scene.characters.join("");
    const typed = own || this.host.asks.newest("text")?.text === text;
    // A page that was loaded anew knows none but this.
    if (!typed || this.#first === null) this.#first = { text, position: this.host.shown() };
    this.#editing?.show(scene, this.#first, own);
    if (this.toggle === null && !this.#open) this.#turn();
  }

  /** Whether a refusal was of a text from here; then it is told. */
  refused(refusal: Refused): boolean {
    return this.#editing?.refused(refusal) ?? false;
  }

  close(): void {
    this.#editing?.close();
  }

  take(name: string, truth: Truth): void {
    this.#editing?.take(name, truth);
  }

  leave(): void {
    this.#editing?.leave();
  }

  left(): void {
    this.#editing?.left();
  }

  aim(): void {
    this.#editing?.aim();
  }

  #turn(): void {
    this.#show(!this.#open);
    if (!this.#open) {
      this.request.close();
      this.#editing?.turn(false);
    } else {
      if (this.#editing === null) this.#await();
      this.request.open(
        (module) => this.#start(module),
        (words) => this.#waiting.say(words),
      );
    }
  }

  #show(open: boolean): void {
    this.#open = open;
    this.#el.hidden = !open;
    if (this.toggle !== null) mark(this.toggle, "aria-expanded", String(open));
  }

  /** The field takes what is typed while the code is on its way, its caret where the picture is. */
  #await(): void {
    const { characters } = this.#scene ?? { characters: [] };
    const text = characters.join("");
    const caret = characters.slice(0, this.host.shown() + 1).join("").length;
    this.#put = { text, caret };
    this.#input.value = text;
    this.#input.setSelectionRange(caret, caret);
    if (this.toggle !== null) this.#input.focus();
  }

  #start(module: PageModule<typeof makeTextEditing>): void {
    if (this.#editing !== null) {
      this.#editing.turn(this.#open);
      return;
    }
    if (this.#scene === null || this.#first === null) return;
    const input = this.#input;
    const keyboard = (input.getRootNode() as Document | ShadowRoot).activeElement === input;
    const { selectionStart, selectionEnd } = input;
    const close = () => this.#turn();
    const editing = module.make(this.host, { input, close: this.toggle && close }, this.signal);
    this.#editing = editing;
    this.#el.replaceChildren(styleOf(module), editing.el);
    input.setSelectionRange(selectionStart, selectionEnd);
    editing.begin(this.#scene, this.#first, this.#put);
    if (!this.#open) editing.turn(false);
    else if (keyboard) input.focus();
    this.offered();
  }
}
