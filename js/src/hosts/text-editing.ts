/** Text editing in one view: the editor, and the queue of typed texts. */
import { Editor } from "../editor/editor";
import type { EditorField, EditorHandlers, PredictionsToTake } from "../editor/editor-handlers";
import type { After } from "../state/shown-position";
import type { TakeOffer } from "../state/take-offer";
import { REPLY_PATIENCE, type TypedText, TypedTextQueue } from "../state/typed-text-queue";
import { NO_ANSWER } from "../views/notices";
import type { Refused, Scene, Strips, Truth } from "../wire";
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

/** What was in the field when the reader opened it, and how much of it stood before the caret. */
export interface FirstField {
  readonly text: string;
  readonly caret: number;
}

export function makeTextEditing(
  host: TextEditingHost,
  field: EditorField,
  signal: AbortSignal,
): TextEditing {
  return new TextEditing(host, field, signal);
}

export class TextEditing implements EditorHandlers {
  readonly #queue: TypedTextQueue;
  readonly #editor: Editor;

  constructor(
    private readonly host: TextEditingHost,
    private readonly field: EditorField,
    signal: AbortSignal,
  ) {
    const { after, inPage } = host;
    this.#queue = new TypedTextQueue({
      after,
      // Models in the page may load slowly, but always answer.
      patience: inPage === undefined ? REPLY_PATIENCE : 2 ** 31 - 1,
      send: (typed, serial) => host.asks.send("text", typed, serial),
      same: (position) => {
        this.#editor.say("");
        host.goTo(position);
      },
      silent: () => this.#editor.say(UNHEARD),
    });
    this.#editor = new Editor(this, field, inPage, signal);
  }

  get el(): HTMLElement {
    return this.#editor.el;
  }

  /** Whether no text is waiting or being read. */
  get settled(): boolean {
    return this.#queue.settled;
  }

  /** Which predictions of the picture the editor would insert. */
  get offer(): TakeOffer | null {
    return this.#editor.offer;
  }

  set strips(strips: Strips | null) {
    this.#editor.strips = strips;
  }

  /** A text is about to be shown; returns the typed text, if it was typed here. */
  read(text: string): TypedText | null {
    return this.#queue.read(text);
  }

  /** Shows the current scene. `put`: the reader may have typed, or moved the caret, before this code was loaded. */
  begin(scene: Scene, first: TypedText, put: FirstField): void {
    const { value, selectionStart, selectionEnd } = this.field.input;
    const typed = value !== put.text;
    this.read(scene.characters.join(""));
    this.#editor.show(scene, this.host.shown(), !typed, first);
    this.#askForStrips(true);
    if (typed) this.#editor.typed();
    else if (selectionStart === selectionEnd && selectionEnd !== put.caret) this.#editor.aim();
  }

  /** Follows a new scene; `first`: what Reset restores, `own`: its text was typed here. */
  show(scene: Scene, first: TypedText, own: boolean): void {
    const foreign = !own && this.#queue.settled;
    this.#editor.show(scene, this.host.shown(), foreign, first);
  }

  /** The reader opens or closes the editor. */
  turn(open: boolean): void {
    this.#editor.turn(open);
    this.#askForStrips(open);
    this.offered();
  }

  /** Shows a refusal if it is of a text from here; returns whether it is. */
  refused({ refused, serial, unknown }: Refused): boolean {
    const typed = this.#queue.refused(serial);
    if (typed === null) return false;
    this.#editor.refuse(refused, typed.text, unknown);
    return true;
  }

  close(): void {
    this.#queue.close();
    if (this.#editor.open && this.host.inPage === undefined) this.#askForStrips(false);
  }

  take(name: string, truth: Truth): void {
    this.#editor.take(name, truth);
  }

  leave(): void {
    this.#editor.leave();
  }

  left(): void {
    this.#editor.left();
  }

  aim(): void {
    this.#editor.aim();
  }

  /** Strips are wanted while the editor is open. */
  #askForStrips(wanted: boolean): void {
    this.host.asks.send("strips", { wanted });
  }

  offered(): void {
    this.predictions()?.offer(this.offer);
  }

  typed(text: string, position: number): void {
    this.host.stopAutoplay();
    this.#queue.type({ text, position });
  }

  moved(position: number): void {
    this.host.stopAutoplay();
    this.host.goTo(position);
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
}
