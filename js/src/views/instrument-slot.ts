/** Where one instrument stands while it is open, and the button that opens it. */
import { listen, make, makeButton, mark, onAbort } from "../core/dom";
import { errorMessage } from "../core/errors";
import { type PageModule, styleOf } from "../state/page-module";
import type { AskKind, Scene } from "../wire";
import type { Fields } from "../wire/fields";
import type { Drawing } from "./drawing";
import type { OpenParts } from "./fold";
import type { Instrument, InstrumentHost, MakeInstrument, OfferedInstrument } from "./instruments";
import { makeWaitingWords } from "./waiting-words";

export class InstrumentSlot {
  readonly button: HTMLButtonElement;
  readonly el = make("div", "instrument");
  /** Under the text of each facet. */
  readonly places: readonly HTMLElement[];
  #instrument: Instrument | null = null;
  #end: AbortController | null = null;
  #drawing: Drawing | null = null;

  constructor(
    readonly offered: OfferedInstrument,
    private host: Omit<InstrumentHost, "places" | "ask">,
    private readonly opened: OpenParts,
    private readonly signal: AbortSignal,
  ) {
    const { words, title, key } = offered;
    this.button = makeButton("button", words, `${title} (key ${key})`);
    this.places = host.scene.facets.map(() => make("div", "instrument-place"));
    listen(this.button, "click", () => this.toggle(), signal);
    onAbort(signal, () => this.#end?.abort());
    this.#mark();
  }

  /** Opens it where the picture before this one had it open. */
  restore(): void {
    if (this.opened.instruments.has(this.offered.name)) this.#open();
  }

  /** Another scene is shown, for which an open instrument is made anew. */
  setScene(scene: Scene): void {
    this.host = { ...this.host, scene };
    this.#drawing = null;
    this.reopen();
  }

  /** Makes it anew if it is open now, and closes it otherwise. */
  reopen(): void {
    this.#close();
    this.#mark();
    this.restore();
  }

  toggle(): void {
    const { opened, offered } = this;
    if (this.#end === null) {
      opened.instruments.add(offered.name);
      this.#open();
      return;
    }
    opened.instruments.delete(offered.name);
    offered.request.close();
    this.#close();
    this.#mark();
  }

  show(drawing: Drawing): void {
    this.#drawing = drawing;
    this.#guard((instrument) => instrument.show(drawing));
  }

  point(position: number | null): void {
    this.#guard((instrument) => instrument.point?.(position));
  }

  /** Gives it a reply, or a refusal, of its kind; returns whether it was. */
  read(kind: AskKind, reply: Fields | string): boolean {
    if (!this.#kinds.includes(kind)) return false;
    this.#guard((instrument) => {
      if (typeof reply === "string") instrument.refused(reply, kind);
      else instrument.read(reply, kind);
    });
    return true;
  }

  get #kinds(): readonly AskKind[] {
    return [this.offered.name, ...(this.offered.also ?? [])];
  }

  #open(): void {
    const { offered, signal } = this;
    const waiting = makeWaitingWords(offered.words);
    const end = new AbortController();
    this.#end = end;
    this.el.replaceChildren(waiting.el);
    this.#mark();
    offered.request.open(
      (module) => !end.signal.aborted && !signal.aborted && this.#start(module, end.signal),
      waiting.say,
    );
  }

  #start(module: PageModule<MakeInstrument>, signal: AbortSignal): void {
    if (this.#instrument !== null) return;
    const { host, offered, places } = this;
    const instrument = module.make({ ...host, places, ask: offered.ask }, signal);
    this.#instrument = instrument;
    this.el.replaceChildren(styleOf(module), instrument.el);
    for (const kind of this.#kinds) {
      const reply = offered.reply(kind);
      if (reply !== undefined) this.read(kind, reply);
    }
    if (this.#drawing !== null) this.show(this.#drawing);
  }

  #close(): void {
    this.#end?.abort();
    this.#end = this.#instrument = null;
    for (const el of [this.el, ...this.places]) el.replaceChildren();
  }

  /** Its errors end it, not the picture. */
  #guard(act: (instrument: Instrument) => void): void {
    if (this.#instrument === null) return;
    try {
      act(this.#instrument);
    } catch (error) {
      this.#close();
      this.el.textContent = `${this.offered.words}: ${errorMessage(error)}`;
      console.error(error);
      this.#mark();
    }
  }

  #mark(): void {
    mark(this.button, "aria-expanded", String(this.#end !== null));
  }
}
