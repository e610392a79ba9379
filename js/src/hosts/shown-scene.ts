/** One scene in one view: its picture, incoming rows, and previews. */
import type { Rgb } from "../core/color";
import { errorMessage } from "../core/errors";
import { readOptions } from "../state/options";
import { type PreviewRequest, PreviewRequester } from "../state/preview-request";
import { ShownPosition } from "../state/shown-position";
import { readTextMeans, type TextMeans } from "../state/text-means";
import type { ExplorerHandlers } from "../views/explorer-handlers";
import { ExplorerView } from "../views/explorer-view";
import {
  CHOICES,
  decodeAnswer,
  decodeFoundClasses,
  decodePreview,
  decodeRows,
  decodeStatus,
  epochOf,
  type PackedRows,
  type Scene,
} from "../wire";
import type { Fields } from "../wire/fields";
import type { AskDoor } from "./asks";
import { clock } from "./clock";
import type { HostModel, PositionSync } from "./position-sync";

const UNPACKABLE = "The rows read so far can't be unpacked";
/** How long the kernel may take to acknowledge a freeze, in milliseconds. */
const FREEZING = 10_000;

export interface SceneHost {
  readonly model: HostModel;
  readonly sync: PositionSync;
  readonly asks: AskDoor;
  /** Actions of the reader that are not about this scene alone. */
  readonly handlers: Omit<
    ExplorerHandlers,
    "selection" | "alone" | "share" | "row" | "preview" | "freeze"
  >;
  /** A reply is awaited, or no longer. */
  waits(waiting: boolean): void;
  /** The picture was drawn; `whole`: every model has something to show. */
  drawn(whole: boolean): void;
  /** Runs something, and ends the picture if it fails. */
  guard(act: () => void): void;
}

export class ShownScene {
  readonly picture: ExplorerView;
  #position: ShownPosition;
  readonly #previews: PreviewRequester;
  /** The end of the picture, and that of the scene: one picture may show several. */
  readonly #end = new AbortController();
  #sceneEnd = new AbortController();
  readonly #alone: boolean;
  #drawing = false;
  #unpacking = 0;

  constructor(
    private scene: Scene,
    private readonly host: SceneHost,
  ) {
    const { model, sync, handlers } = host;
    this.#alone = model.alone === true;
    this.#position = this.#positionIn(scene);
    this.#previews = new PreviewRequester(
      clock.after,
      () => this.#position.frame().shown,
      (request) => this.#requestPreview(request),
    );
    this.picture = new ExplorerView(
      scene,
      {
        ...handlers,
        selection: sync,
        alone: this.#alone,
        share: (facet, s, t) => this.#position.share(facet, s, t),
        row: (facet, s) => this.#position.row(facet, s),
        preview: (wanted) => this.#previews.request(wanted),
        freeze: () => this.#askToFreeze(),
      },
      this.#end.signal,
    );
  }

  #positionIn(scene: Scene): ShownPosition {
    const redraw = () => this.#redraw();
    return new ShownPosition(scene, this.host.sync.shown, clock.after, redraw, this.#alone);
  }

  /** Goes on with another scene in the same picture, if that can show it; `start` then reads its rows. */
  setScene(scene: Scene): boolean {
    if (!this.picture.setScene(scene)) return false;
    this.#endScene();
    this.#sceneEnd = new AbortController();
    this.scene = scene;
    this.#position = this.#positionIn(scene);
    return true;
  }

  /** Whether every model has something to show. */
  get canShow(): boolean {
    return this.#position.canShow;
  }

  lacks(position: number): boolean {
    return this.#position.lacks(position);
  }

  /** Reads all traits, since hosts may set those of a new epoch in any order, and draws. */
  start(ground: Rgb): void {
    const { sync } = this.host;
    // Drawn once, at the end.
    const drawing = this.#drawing;
    this.#drawing = true;
    this.#position.select(sync.shown, sync.pinned !== null);
    this.readAnswer();
    this.readRows();
    this.readStatus();
    this.readFreeze();
    this.#position.settle();
    this.picture.ground = ground;
    this.readOptions();
    this.#drawing = drawing;
    this.picture.draw(this.#position.frame());
  }

  /** Shows the position that is selected. */
  select(): void {
    const { sync } = this.host;
    this.#previews.moved(sync.shown);
    this.#position.select(sync.shown, sync.pinned !== null);
  }

  /** Ends the preview. */
  endPreview(): void {
    this.#previews.request(null);
  }

  readAnswer(): void {
    const raw = this.host.model.get("_answer");
    // An answer for another text waits for its scene.
    if (epochOf(raw) !== this.scene.epoch) return;
    try {
      const answer = decodeAnswer(raw, this.scene);
      if (answer !== null && this.#position.answer(answer)) {
        this.host.sync.answered(answer.position);
      }
    } catch (error) {
      this.picture.showTrouble(`An answer can't be read: ${errorMessage(error)}`);
    }
  }

  readRows(): void {
    const raw = this.host.model.get("_rows");
    if (epochOf(raw) !== this.scene.epoch) return;
    this.#position.kernelReplied();
    const turn = ++this.#unpacking;
    const axis = this.host.handlers.axis();
    const unpacked = axis?.unpacked(raw);
    if (unpacked !== undefined) {
      this.#pack(unpacked);
      return;
    }
    const { signal } = this.#sceneEnd;
    const { scene } = this;
    decodeRows(raw, scene).then(
      (rows) => {
        axis?.keepRows(raw as object, scene, rows);
        if (!signal.aborted && turn === this.#unpacking) this.#pack(rows);
      },
      (error: unknown) => {
        const rows = this.#alone ? "The saved rows are damaged" : UNPACKABLE;
        const words = `${rows}: ${errorMessage(error)} The picture goes on without them.`;
        if (!signal.aborted) this.picture.showTrouble(words);
      },
    );
  }

  #pack(rows: PackedRows): void {
    this.#position.pack(rows);
    if (rows.complete) this.#readTextMeans();
    this.host.sync.recheck();
  }

  #readTextMeans(): void {
    const rowOf = (facet: number, s: number) => this.#position.row(facet, s);
    const show = (facet: number, means: TextMeans | null) => this.picture.showMeans(facet, means);
    readTextMeans(this.scene, this.picture.words, rowOf, show, this.#sceneEnd.signal);
  }

  readStatus(): void {
    const status = decodeStatus(this.host.model.get("_status"));
    if (status === null || status.epoch !== this.scene.epoch) return;
    this.#position.kernelReplied();
    this.picture.showStatus(status);
  }

  readFreeze(): void {
    const state = this.host.model.get("_freeze");
    this.picture.showFreeze(typeof state === "string" ? state : "");
  }

  readOptions(): void {
    const { model } = this.host;
    this.picture.options = readOptions((name) => model.get(name));
    this.picture.chosen = Object.fromEntries(CHOICES.map((what) => [what, model.get(what)]));
  }

  readPreview(message: Fields): void {
    try {
      const preview = decodePreview(message, this.scene);
      if (preview === null || !this.#previews.awaits(preview)) return;
      this.picture.expect(null);
      this.#position.showPreview(preview);
    } catch (error) {
      this.picture.showTrouble(`A preview can't be read: ${errorMessage(error)}`);
    }
  }

  readFoundClasses(message: Fields): void {
    try {
      const found = decodeFoundClasses(message);
      if (found !== null) this.picture.showFound(found);
    } catch (error) {
      this.picture.showTrouble(`What was found can't be read: ${errorMessage(error)}`);
    }
  }

  close(): void {
    this.#end.abort();
    this.#endScene();
  }

  #endScene(): void {
    this.#sceneEnd.abort();
    this.#previews.request(null);
    this.#position.close();
  }

  /** Requests a preview; with null ends it at once. */
  #requestPreview(request: PreviewRequest | null): void {
    const { asks, sync } = this.host;
    if (request === null) this.#position.showPreview(null);
    this.host.waits(request !== null);
    this.picture.expect(request?.target ?? null);
    const { position, target, serial } = request ?? { position: sync.shown, target: null };
    asks.send("preview", { position, target }, serial);
  }

  #askToFreeze(): void {
    const { model } = this.host;
    model.set("_freeze", "asked");
    model.save_changes?.();
    this.picture.showFreeze("asked");
    clock.after(FREEZING, () => {
      if (this.#end.signal.aborted || model.get("_freeze") !== "asked") return;
      this.picture.showFreeze("The kernel does not answer; run w.freeze() in a cell.");
    });
  }

  #redraw(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    clock.frame(() => {
      this.#drawing = false;
      if (this.#end.signal.aborted) return;
      this.host.guard(() => this.picture.draw(this.#position.frame()));
      this.host.drawn(this.canShow);
    });
  }
}
