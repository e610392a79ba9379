/** One scene in one view: its picture, the rows that come in, and what the reader previews. */
import type { Rgb } from "../core/color";
import { errorMessage } from "../core/errors";
import type { Memory } from "../state/memory";
import { readOptions } from "../state/options";
import { type PreviewRequest, PreviewRequester } from "../state/preview-request";
import { ShownPosition } from "../state/shown-position";
import { readMemory } from "../state/text-memory";
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
  type Scene,
} from "../wire";
import type { Fields } from "../wire/fields";
import type { AskDoor } from "./asks";
import { clock } from "./clock";
import type { HostModel, PositionSync } from "./position-sync";

const UNPACKABLE = "The rows read so far can't be unpacked";
/** How long the kernel may take to say that it freezes the output. */
const FREEZING = 10_000;

export interface SceneHost {
  readonly model: HostModel;
  readonly sync: PositionSync;
  readonly asks: AskDoor;
  /** What the reader does on the picture that is no business of the scene's own. */
  readonly handlers: Omit<ExplorerHandlers, "selection" | "alone" | "share" | "preview" | "freeze">;
  /** The reader waits for a reply, or no more. */
  waits(waiting: boolean): void;
  /** The picture was drawn; `whole`: with something to show for every model. */
  drawn(whole: boolean): void;
  /** Does something, and ends the picture where that fails. */
  guard(act: () => void): void;
}

export class ShownScene {
  readonly picture: ExplorerView;
  readonly #position: ShownPosition;
  readonly #previews: PreviewRequester;
  readonly #end = new AbortController();
  readonly #alone: boolean;
  #drawing = false;
  #unpacking = 0;

  constructor(
    readonly scene: Scene,
    private readonly host: SceneHost,
  ) {
    const { model, sync, handlers } = host;
    this.#alone = model.alone === true;
    const redraw = () => this.#redraw();
    this.#position = new ShownPosition(scene, sync.shown, clock.after, redraw, this.#alone);
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
        preview: (wanted) => this.#previews.request(wanted),
        freeze: () => this.#askToFreeze(),
      },
      this.#end.signal,
    );
  }

  /** Whether every model has something to show. */
  get canShow(): boolean {
    return this.#position.canShow;
  }

  lacks(position: number): boolean {
    return this.#position.lacks(position);
  }

  /** Hosts may set the traits of a new epoch in any order: looks at all of them, and draws. */
  start(ground: Rgb): void {
    const { sync } = this.host;
    this.#position.select(sync.shown, sync.pinned !== null);
    this.readAnswer();
    this.readRows();
    this.readStatus();
    this.readFreeze();
    this.#position.settle();
    this.picture.ground = ground;
    this.readOptions();
    this.picture.draw(this.#position.frame());
  }

  /** Shows the position that is selected. */
  select(): void {
    const { sync } = this.host;
    this.#previews.moved(sync.shown);
    this.#position.select(sync.shown, sync.pinned !== null);
  }

  /** Shows the scene's own again. */
  endPreview(): void {
    this.#previews.request(null);
  }

  readAnswer(): void {
    const raw = this.host.model.get("_answer");
    // That of a text to come waits for its scene.
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
    decodeRows(raw, this.scene).then(
      (rows) => {
        if (this.#end.signal.aborted || turn !== this.#unpacking) return;
        this.#position.pack(rows);
        if (rows.complete) this.#readMemory();
        this.host.sync.recheck();
      },
      (error: unknown) => {
        const rows = this.#alone ? "The saved rows are damaged" : UNPACKABLE;
        const words = `${rows}: ${errorMessage(error)} The picture goes on without them.`;
        if (!this.#end.signal.aborted) this.picture.showTrouble(words);
      },
    );
  }

  #readMemory(): void {
    const rowOf = (facet: number, s: number) => this.#position.row(facet, s);
    const show = (facet: number, mean: Memory | null) => this.picture.showMemory(facet, mean);
    readMemory(this.scene, this.picture.words, rowOf, show, this.#end.signal);
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
      this.picture.showTrouble(`A look can't be read: ${errorMessage(error)}`);
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
    this.#previews.request(null);
    this.#position.close();
  }

  /** Asks for what the reader looks at; with null the scene's own is shown again, at once. */
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
