/** The widget as its host sees it: the traits on one side, the picture on the other, wired together. */
import { css, makePalette, type Rgb } from "../core/color";
import { make } from "../core/dom";
import { errorMessage } from "../core/errors";
import type { Memory } from "../state/memory";
import { OPTION_NAMES, type Options, readOptions, traitOf } from "../state/options";
import { type PreviewRequest, PreviewRequester } from "../state/preview-request";
import { MOVE_ON_AFTER as SETTLING, ShownPosition } from "../state/shown-position";
import { readMemory } from "../state/text-memory";
import { watchBackground } from "../views/background";
import { ClassSearch } from "../views/class-search";
import type { MeasureChoice } from "../views/controls";
import type { ViewInstruments } from "../views/explorer-handlers";
import { ExplorerView } from "../views/explorer-view";
import { nothingOpen } from "../views/fold";
import { focusAt, placeOfFocus } from "../views/keyboard-focus";
import { PredictionGrid } from "../views/prediction-grid";
import {
  type AskFields,
  decodeAnswer,
  decodeFoundClasses,
  decodePreview,
  decodeRows,
  decodeScene,
  decodeStatus,
  decodeStrips,
  epochOf,
  type Refused,
  type Scene,
  type Target,
  WireError,
} from "../wire";
import type { Fields } from "../wire/fields";
import { AskDoor } from "./asks";
import { type Clock, type HostModel, PositionSync } from "./position-sync";
import { ReplyTimeout } from "./reply-timeout";
import { TextEditing } from "./text-editing";
import "../views/widget.css";
import "../editor/editor.css";

export interface RenderProps {
  readonly model: HostModel;
  readonly el: HTMLElement;
  readonly signal?: AbortSignal;
}

/** Parts of the page that need somebody who answers; an entry gives those that its hosts can use. */
export interface Instruments extends ViewInstruments {
  readonly textEditing?: typeof TextEditing;
}

const UNPACKABLE = "The rows read so far can't be unpacked";
/** How long the kernel may take to say that it freezes the output. */
const FREEZING = 10_000;

const clock: Clock = {
  frame: (act) => void requestAnimationFrame(act),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** One view: everything that several views share is in the traits, so they need nothing of each other. */
class WidgetView {
  readonly #sync: PositionSync;
  #shownPosition: ShownPosition | null = null;
  #picture: ExplorerView | null = null;
  #previewRequester: PreviewRequester | null = null;
  #message: HTMLElement | null = null;
  readonly #editing: TextEditing | null;
  readonly #opened = nothingOpen();
  /** What stands below the editor. */
  #below: HTMLElement | null = null;
  #pictureEnd = new AbortController();
  #ground: Rgb = [255, 255, 255];
  /** Puts the picture into the page, while it is not there yet. */
  #place: (() => void) | null = null;
  /** Whether the reader has chosen what the next scene explains. */
  #chosen = false;
  #drawing = false;
  #unpacking = 0;
  readonly #replyTimeout: ReplyTimeout;
  readonly #asks: AskDoor;

  constructor(
    private readonly model: HostModel,
    private readonly el: HTMLElement,
    signal: AbortSignal,
    private readonly instruments: Instruments,
  ) {
    // Models in the page may take long to load, and never go.
    const after = model.inPage === undefined ? clock.after : () => () => undefined;
    this.#replyTimeout = new ReplyTimeout(after, (words) => this.#picture?.showTrouble(words));
    this.#sync = new PositionSync({
      model,
      clock,
      lacks: (position) => this.#shownPosition?.lacks(position) ?? false,
      // Where a text is on its way, its position comes first.
      changed: () => this.#editing?.settled !== false && this.#select(),
    });
    this.#asks = new AskDoor(model, {
      replies: {
        preview: (message) => this.#readPreview(message),
        classes: (message) => this.#readFoundClasses(message),
        strips: (message) => this.#readStrips(message),
      },
      refused: (refusal) => this.#readRefusal(refusal),
    });
    const host = {
      after: clock.after,
      inPage: model.inPage,
      asks: this.#asks,
      goTo: (position: number) => this.#goTo(position),
      stopAutoplay: () => this.#stopAutoplay(),
      shown: () => this.#sync.shown,
      predictions: () => this.#picture?.predictions ?? null,
    };
    const { textEditing } = instruments;
    this.#editing = textEditing === undefined ? null : new textEditing(host, signal);
    const readers = {
      _scene: () => this.#readScene(),
      _answer: () => this.#readAnswer(),
      _rows: () => this.#readRows(),
      _status: () => this.#readStatus(),
      _freeze: () => this.#readFreeze(),
      _reply: () => this.#asks.read(),
    };
    for (const [name, read] of Object.entries(readers)) {
      model.on(`change:${name}`, () => this.#guard(read));
    }
    for (const name of [...OPTION_NAMES, "measure"]) {
      model.on(`change:${name}`, () => this.#guard(() => this.#readOptions()));
    }
    signal.addEventListener("abort", () => this.#close());
    this.#guard(readers._scene);
    watchBackground(el, signal, (ground) => {
      this.#ground = ground;
      if (this.#picture !== null) this.#picture.ground = ground;
      if (this.#editing !== null) this.#editing.ground = ground;
      this.#inkMessage();
    });
  }

  #readScene(): void {
    this.#replyTimeout.stop();
    const scene = decodeScene(this.model.get("_scene"));
    const before = this.#chosen ? this.#picture : null;
    this.#chosen = false;
    const focused = this.#picture === null ? -1 : placeOfFocus(this.#picture.el);
    const typed = scene && (this.#editing?.read(scene.characters.join("")) ?? null);
    if (typed !== null) this.#sync.adopt(typed.position);
    this.#endPicture();
    const empty = emptiness(scene);
    if (scene === null || empty !== null) {
      this.#say(empty ?? "");
      return;
    }
    const alone = this.model.alone === true;
    const able = this.model.inPage !== undefined || (scene.editable && !alone);
    this.#editing?.show(scene, able, typed !== null);
    const shownPosition = new ShownPosition(
      scene,
      this.#sync.shown,
      clock.after,
      () => this.#redraw(),
      alone,
    );
    this.#shownPosition = shownPosition;
    const previewRequester = new PreviewRequester(
      clock.after,
      () => shownPosition.frame().shown,
      (request) => this.#requestPreview(request),
    );
    this.#previewRequester = previewRequester;
    const picture = new ExplorerView(
      scene,
      {
        selection: this.#sync,
        alone,
        pointAt: (position) => this.#goTo(position),
        pin: (position) => {
          this.#sync.pin(position);
          this.#select();
        },
        share: (facet, s, t) => shownPosition.share(facet, s, t),
        explain: (target) => this.#beginEpoch("target", { target: target as Target }),
        measures: alone ? [] : ((this.model.get("_measures") ?? []) as MeasureChoice[]),
        measureBy: (measure) => this.#beginEpoch("measure", { measure }),
        preview: (wanted) => previewRequester.request(wanted),
        seek: ({ prefix, serial }) => {
          this.#replyTimeout.start();
          this.#asks.send("classes", { prefix }, serial);
        },
        choose: (change) => this.#choose(change),
        freeze: () => this.#askToFreeze(),
        editing: this.#editing?.editor ?? null,
        opened: this.#opened,
        instruments: this.instruments,
      },
      this.#pictureEnd.signal,
    );
    this.#picture = picture;
    this.#editing?.offer();
    shownPosition.select(this.#sync.shown, this.#sync.pinned !== null);
    // Hosts may set the traits of a new epoch in any order: look at all of them again.
    this.#readAnswer();
    this.#readRows();
    this.#readStatus();
    this.#readFreeze();
    shownPosition.settle();
    picture.ground = this.#ground;
    this.#readOptions();
    picture.draw(shownPosition.frame());
    this.#place = () => {
      this.#place = null;
      this.#message = null;
      this.#put(picture.el);
      if (focused >= 0 && !focusAt(picture.el, focused)) picture.focusFacet(0);
    };
    // What was looked at stays till its rows are the scene's: between them would be a picture without any.
    if (before === null || shownPosition.canShow) this.#place();
    else clock.after(SETTLING, () => this.#picture === picture && this.#place?.());
  }

  /** Puts something in the picture's place; the editor above it keeps the keyboard. */
  #put(below: HTMLElement): void {
    const editor = this.#editing?.el ?? null;
    if (editor?.parentElement === this.el && this.#below !== null) this.#below.replaceWith(below);
    else this.el.replaceChildren(...(editor === null ? [] : [editor]), below);
    this.#below = below;
  }

  #save(): void {
    try {
      this.model.save_changes?.();
    } catch {
      // No kernel behind this page: what is here can still be drawn another way.
    }
  }

  #readStrips(message: Fields): void {
    if (this.#editing?.el) this.#editing.strips = decodeStrips(message);
  }

  /** A picture that walks by itself stops where the reader writes. */
  #stopAutoplay(): void {
    if (readOptions((name) => this.model.get(name)).playing) this.#choose({ playing: false });
  }

  #goTo(position: number): void {
    this.#sync.select(position);
    this.#select();
  }

  #readAnswer(): void {
    const shownPosition = this.#shownPosition;
    const raw = this.model.get("_answer");
    // That of a text to come waits for its scene.
    if (shownPosition === null || epochOf(raw) !== shownPosition.scene.epoch) return;
    try {
      const answer = decodeAnswer(raw, shownPosition.scene);
      if (answer !== null && shownPosition.answer(answer)) this.#sync.answered(answer.position);
    } catch (error) {
      this.#picture?.showTrouble(`An answer can't be read: ${errorMessage(error)}`);
    }
  }

  #readRows(): void {
    const shownPosition = this.#shownPosition;
    const raw = this.model.get("_rows");
    if (shownPosition === null || epochOf(raw) !== shownPosition.scene.epoch) return;
    shownPosition.kernelReplied();
    const turn = ++this.#unpacking;
    decodeRows(raw, shownPosition.scene).then(
      (rows) => {
        if (shownPosition !== this.#shownPosition || turn !== this.#unpacking) return;
        shownPosition.pack(rows);
        if (rows.complete) this.#readMemory(shownPosition);
        this.#sync.recheck();
      },
      (error: unknown) => {
        if (shownPosition !== this.#shownPosition) return;
        const rows = this.model.alone === true ? "The saved rows are damaged" : UNPACKABLE;
        this.#picture?.showTrouble(
          `${rows}: ${errorMessage(error)} The picture goes on without them.`,
        );
      },
    );
  }

  #readMemory(shownPosition: ShownPosition): void {
    const picture = this.#picture;
    if (picture === null) return;
    const end = this.#pictureEnd.signal;
    const rowOf = (facet: number, s: number) => shownPosition.row(facet, s);
    const show = (facet: number, mean: Memory | null) => picture.showMemory(facet, mean);
    readMemory(shownPosition.scene, picture.words, rowOf, show, end);
  }

  #readStatus(): void {
    const status = decodeStatus(this.model.get("_status"));
    if (status === null || status.epoch !== this.#shownPosition?.scene.epoch) return;
    this.#shownPosition.kernelReplied();
    this.#picture?.showStatus(status);
  }

  #readFreeze(): void {
    const state = this.model.get("_freeze");
    this.#picture?.showFreeze(typeof state === "string" ? state : "");
  }

  #readOptions(): void {
    if (this.#picture === null) return;
    this.#picture.options = readOptions((name) => this.model.get(name));
    const measure = this.model.get("measure");
    if (typeof measure === "string") this.#picture.measure = measure;
  }

  #choose(change: Partial<Options>): void {
    for (const [name, value] of Object.entries(change)) this.model.set(name, traitOf(value));
    this.#readOptions();
    this.#save();
  }

  /** Asks for what begins another epoch; the picture stays until that has its rows. */
  #beginEpoch<Kind extends "target" | "measure">(kind: Kind, fields: AskFields<Kind>): void {
    this.#picture?.showTrouble("");
    this.#chosen = true;
    this.#replyTimeout.start();
    this.#asks.send(kind, fields);
  }

  /** Asks for what the reader looks at; with null the scene's own is shown again, at once. */
  #requestPreview(request: PreviewRequest | null): void {
    if (request !== null) this.#replyTimeout.start();
    else {
      this.#shownPosition?.showPreview(null);
      if (!this.#chosen) this.#replyTimeout.stop();
    }
    this.#picture?.expect(request?.target ?? null);
    const { position, target, serial } = request ?? { position: this.#sync.shown, target: null };
    this.#asks.send("preview", { position, target }, serial);
  }

  #readPreview(message: Fields): void {
    this.#replyTimeout.stop();
    const shownPosition = this.#shownPosition;
    if (shownPosition === null) return;
    try {
      const preview = decodePreview(message, shownPosition.scene);
      if (preview === null || !this.#previewRequester?.awaits(preview)) return;
      this.#picture?.expect(null);
      shownPosition.showPreview(preview);
    } catch (error) {
      this.#picture?.showTrouble(`A look can't be read: ${errorMessage(error)}`);
    }
  }

  #readFoundClasses(message: Fields): void {
    this.#replyTimeout.stop();
    try {
      const found = decodeFoundClasses(message);
      if (found !== null) this.#picture?.showFound(found);
    } catch (error) {
      this.#picture?.showTrouble(`What was found can't be read: ${errorMessage(error)}`);
    }
  }

  #readRefusal(refusal: Refused): void {
    this.#replyTimeout.stop();
    const { kind, refused } = refusal;
    if (kind === "text") {
      if (this.#editing?.refused(refusal)) this.#select();
      return;
    }
    if (kind === "target" || kind === "measure") {
      this.#chosen = false;
      this.#previewRequester?.request(null);
      // The control goes back to what is.
      this.#readOptions();
    }
    this.#picture?.showTrouble(refused);
  }

  #askToFreeze(): void {
    this.model.set("_freeze", "asked");
    this.model.save_changes?.();
    this.#picture?.showFreeze("asked");
    const end = this.#pictureEnd.signal;
    clock.after(FREEZING, () => {
      if (end.aborted || this.model.get("_freeze") !== "asked") return;
      this.#picture?.showFreeze("The kernel does not answer; run w.freeze() in a cell.");
    });
  }

  #select(): void {
    this.#previewRequester?.moved(this.#sync.shown);
    this.#shownPosition?.select(this.#sync.shown, this.#sync.pinned !== null);
  }

  #redraw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    clock.frame(() => {
      this.#drawing = false;
      const shownPosition = this.#shownPosition;
      if (shownPosition === null) return;
      this.#guard(() => this.#picture?.draw(shownPosition.frame()));
      if (shownPosition.canShow) this.#place?.();
    });
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#endPicture();
    const wire = error instanceof WireError;
    this.#say(
      (wire ? "The kernel's data can't be shown: " : "This view failed: ") + errorMessage(error),
    );
    if (!wire) console.error(error);
  }

  #say(words: string): void {
    const message = make("div", "explorer message", words);
    message.setAttribute("role", "status");
    this.#put(message);
    this.#message = message;
    this.#inkMessage();
  }

  #inkMessage(): void {
    const { ink } = makePalette(this.#ground, false);
    this.#message?.style.setProperty("--rnnviz-ink", css(ink));
  }

  #endPicture(): void {
    this.#pictureEnd.abort();
    this.#pictureEnd = new AbortController();
    this.#place = null;
    this.#previewRequester?.request(null);
    this.#previewRequester = null;
    this.#shownPosition?.close();
    this.#shownPosition = null;
    this.#picture = null;
  }

  #close(): void {
    this.#endPicture();
    this.#replyTimeout.stop();
    this.#editing?.close();
    this.#sync.close();
  }
}

/**
 * Tells the kernel which page this is: only the page that an output was made in can replace it. The kernel then says whether
 * there is one to freeze; what a saved state says of another page does not hold.
 */
function sayWhichPage(model: HostModel): void {
  const loaded = performance.timeOrigin;
  const known = model.get("_page");
  if (typeof known !== "number" || known === loaded) return;
  if (known !== 0) model.set("_freeze", "");
  model.set("_page", loaded);
  model.save_changes?.();
}

/** Why there is nothing to draw, or null. */
function emptiness(scene: Scene | null): string | null {
  if (scene === null) return "Waiting for the kernel to read the text…";
  if (scene.characters.length === 0) return "The text is empty.";
  return scene.facets.length === 0 ? "There is no model to show." : null;
}

/** Shows the widget with these instruments. Hosts take a `render` for their own. */
export function renderWidget(
  { model, el, signal }: RenderProps,
  instruments: Instruments,
): () => void {
  el.classList.add("rnnviz-host");
  const end = new AbortController();
  signal?.addEventListener("abort", () => end.abort());
  try {
    new WidgetView(model, el, end.signal, instruments);
    sayWhichPage(model);
  } catch (error) {
    el.textContent = `This view failed: ${errorMessage(error)}`;
    console.error(error);
  }
  return () => end.abort();
}

const INSTRUMENTS = {
  textEditing: TextEditing,
  classSearch: ClassSearch,
  predictionGrid: PredictionGrid,
};

export default {
  /** Nothing is needed before a view is: it would only delay the kernel's messages. */
  initialize(): void {},

  render: (props: RenderProps): (() => void) => renderWidget(props, INSTRUMENTS),
};
