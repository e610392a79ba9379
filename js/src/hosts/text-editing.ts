/** Text editing in one view: the editor, and the queue of typed texts. */
import type { Rgb } from "../core/color";
import { Editor } from "../editor/editor";
import type { EditorHandlers, PredictionsToTake } from "../editor/editor-handlers";
import type { After } from "../state/shown-position";
import type { TakeOffer } from "../state/take-offer";
import { REPLY_PATIENCE, type TypedText, TypedTextQueue } from "../state/typed-text-queue";
import type { TextEditor } from "../views/explorer-handlers";
import { NO_ANSWER } from "../views/notices";
import type { Refused, Scene, Strips } from "../wire";
import type { AskDoor } from "./asks";

const UNHEARD = `${NO_ANSWER} What is typed waits for it; if it is gone, copy the text and run the cell again.`;

export interface TextEditingHost {
  readonly after: After;
  /** The models in the page that read texts, if there are any. */
  readonly inPage: { readonly about: string; readonly details: string; start(): void } | undefined;
  readonly asks: AskDoor;
  /** Explains another character of the text that is shown. */
  goTo(position: number): void;
  /** The reader types, which stops autoplay. */
  stopAutoplay(): void;
  shown(): number;
  /** The predictions in the picture, from which the editor inserts. */
  predictions(): PredictionSource | null;
}

/** Predictions that can be inserted into the text, and are marked so. */
export interface PredictionSource extends PredictionsToTake {
  offer(offer: TakeOffer | null): void;
}

export class TextEditing implements EditorHandlers {
  readonly #queue: TypedTextQueue;
  #editor: Editor | null = null;
  #ground: Rgb = [255, 255, 255];

  constructor(
    private readonly host: TextEditingHost,
    private readonly signal: AbortSignal,
  ) {
    this.#queue = new TypedTextQueue({
      after: host.after,
      // Models in the page may load slowly, but always answer.
      patience: host.inPage === undefined ? REPLY_PATIENCE : 2 ** 31 - 1,
      send: (typed, serial) => host.asks.send("text", typed, serial),
      same: (position) => {
        this.#editor?.say("");
        host.goTo(position);
      },
      silent: () => this.#editor?.say(UNHEARD),
    });
  }

  /** Whether no text is waiting or being read. */
  get settled(): boolean {
    return this.#queue.settled;
  }

  /** The editor's element, above the picture. */
  get el(): HTMLElement | null {
    return this.#editor?.el ?? null;
  }

  /** The editor's interface for the picture. */
  get editor(): TextEditor | null {
    return this.#editor;
  }

  /** Tells the picture which predictions the editor would insert. */
  offered(): void {
    this.predictions()?.offer(this.#editor?.offer ?? null);
  }

  set ground(ground: Rgb) {
    this.#ground = ground;
    if (this.#editor !== null) this.#editor.ground = ground;
  }

  set strips(strips: Strips | null) {
    if (this.#editor !== null) this.#editor.strips = strips;
  }

  /** A text is about to be shown; returns the typed text, if it was typed here. */
  read(text: string): TypedText | null {
    return this.#queue.read(text);
  }

  /** Follows a new scene; `able`: its text can be changed; `own`: it was typed here. */
  show(scene: Scene, able: boolean, own: boolean): void {
    if (!able) {
      this.#editor?.el.remove();
      this.#editor = null;
      return;
    }
    this.#editor ??= this.#open();
    const text = scene.characters.join("");
    const foreign = !own && this.#queue.settled;
    const typed = own || this.host.asks.newest("text")?.text === text;
    this.#editor.show(scene, this.host.shown(), foreign, !typed);
  }

  /** Shows a refusal if it is of a text from here; returns whether it is. */
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

  typed(text: string, position: number): void {
    this.host.stopAutoplay();
    this.#queue.type({ text, position });
  }

  moved(position: number): void {
    this.host.stopAutoplay();
    this.host.goTo(position);
  }

  opened(open: boolean): void {
    this.#askForStrips(open);
  }

  start(): void {
    this.host.inPage?.start();
  }

  shown(): number {
    return this.host.shown();
  }

  predictions(): PredictionSource | null {
    return this.host.predictions();
  }

  #open(): Editor {
    const { inPage } = this.host;
    const editor = new Editor(this, { ...inPage, fixed: inPage !== undefined }, this.signal);
    editor.ground = this.#ground;
    if (editor.open) this.opened(true);
    return editor;
  }
}
