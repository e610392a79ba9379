/** The text of one view as the reader edits it: the editor, and the texts on their way to whoever reads them. */
import type { Rgb } from "../core/color";
import type { Editor } from "../editor/editor";
import type { After } from "../state/shown-position";
import { REPLY_PATIENCE, type TypedText, TypedTextQueue } from "../state/typed-text-queue";
import { NO_ANSWER } from "../views/notices";
import type { Refused, Scene, Strips } from "../wire";
import type { AskDoor } from "./asks";

const UNHEARD = `${NO_ANSWER} What is typed waits for it; if it is gone, copy the text and run the cell again.`;

export interface TextEditingHost {
  readonly after: After;
  /** What reads texts in the page itself, where that does. */
  readonly inPage: { readonly about: string; readonly details: string; start(): void } | undefined;
  readonly asks: AskDoor;
  /** Explains another character of the text that is shown. */
  goTo(position: number): void;
  /** The reader writes: whatever moves by itself stops. */
  stopAutoplay(): void;
  shown(): number;
}

export class TextEditing {
  readonly #queue: TypedTextQueue;
  #editor: Editor | null = null;
  #ground: Rgb = [255, 255, 255];

  constructor(
    private readonly host: TextEditingHost,
    private readonly editorType: typeof Editor | null,
    private readonly signal: AbortSignal,
  ) {
    this.#queue = new TypedTextQueue({
      after: host.after,
      // Models in the page may take long to load, and never forget.
      patience: host.inPage === undefined ? REPLY_PATIENCE : 2 ** 31 - 1,
      send: (typed, serial) => host.asks.send("text", typed, serial),
      same: (position) => {
        this.#editor?.say("");
        host.goTo(position);
      },
      silent: () => this.#editor?.say(UNHEARD),
    });
  }

  /** Whether no text is on its way. */
  get settled(): boolean {
    return this.#queue.settled;
  }

  /** The editor's element, to stand above the picture. */
  get el(): HTMLElement | null {
    return this.#editor?.el ?? null;
  }

  /** What opens the editor, to stand in the picture; a page that brings its models has it open always. */
  get toggle(): HTMLElement | null {
    return this.host.inPage === undefined ? (this.#editor?.toggle ?? null) : null;
  }

  set ground(ground: Rgb) {
    this.#ground = ground;
    if (this.#editor !== null) this.#editor.ground = ground;
  }

  set strips(strips: Strips | null) {
    if (this.#editor !== null) this.#editor.strips = strips;
  }

  /** A text is about to be shown: what was typed, if it was that here. */
  read(text: string): TypedText | null {
    return this.#queue.read(text);
  }

  /** Follows a new scene; `able`: its text can be another, `own`: it was typed here. */
  show(scene: Scene, able: boolean, own: boolean): void {
    if (!able || this.editorType === null) {
      this.#editor?.el.remove();
      this.#editor = null;
      return;
    }
    this.#editor ??= this.#open(this.editorType);
    const text = scene.characters.join("");
    const foreign = !own && this.#queue.settled;
    const typed = own || this.host.asks.newest("text")?.text === text;
    this.#editor.show(scene, this.host.shown(), foreign, !typed);
  }

  /** Whether a refusal was of a text from here; then it is told. */
  refused({ refused, serial, unknown }: Refused): boolean {
    const typed = this.#queue.refused(serial);
    if (typed === null) return false;
    this.#editor?.refuse(refused, typed.text, unknown);
    return true;
  }

  close(): void {
    this.#queue.close();
    if (this.#editor?.open && this.host.inPage === undefined) this.#askForStrips(false);
  }

  #askForStrips(wanted: boolean): void {
    this.host.asks.send("strips", { wanted });
  }

  #open(type: typeof Editor): Editor {
    const { host } = this;
    const { inPage } = host;
    const handlers = {
      typed: (text: string, position: number) => {
        host.stopAutoplay();
        this.#queue.type({ text, position });
      },
      moved: (position: number) => {
        host.stopAutoplay();
        host.goTo(position);
      },
      opened: (open: boolean) => this.#askForStrips(open),
      start: () => inPage?.start(),
      shown: () => host.shown(),
    };
    const editor = new type(handlers, { ...inPage, fixed: inPage !== undefined }, this.signal);
    editor.ground = this.#ground;
    if (editor.open) this.#askForStrips(true);
    return editor;
  }
}
