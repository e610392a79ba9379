/** Takes the place of the kernel on a live page: reads typed text, and answers hovers over it. */

import { aboutOf, detailsOf } from "../live/about";
import type { ModelSpec } from "../live/message";
import type { Reply } from "../live/protocol";
import { type ModelClient, openModelClient } from "../live/worker-client";
import {
  type Answer,
  type Ask,
  type AskKind,
  type Asks,
  type OutputChecks,
  type SceneMessage,
  Unpacked,
} from "../wire";
import type { KernelStandIn, PageModel, State } from "./page-model";
import type { InPageModels } from "./position-sync";

/** How long a new text waits for its first row, so that the picture does not flicker, in milliseconds. */
const GRACE = 20;

/** A text to be read, and the epoch that it begins. */
type ReadText = Ask<"text"> & { readonly epoch: number };

/**
 * One request is sent at a time, the newest next, and texts before rows. The author's text is shown as it was
 * saved, with the rows that the kernel computed.
 */
export class LiveHost implements KernelStandIn {
  readonly inPage: InPageModels;
  readonly #saved: State;
  readonly #text: string;
  #model: PageModel | null = null;
  #client: ModelClient | null = null;
  #busy = false;
  #epoch: number;
  /** The asks that were received. */
  #asks: Asks = {};
  #replies = 0;
  /** The requests that wait to be sent. */
  #typed: Ask<"text"> | null = null;
  #row: number | null = null;
  #check: Ask<"check"> | null = null;
  /** How many models of it were told. */
  #checked = 0;
  /** The text being read, and the one read before; null if the author's text is wanted meanwhile. */
  #requested: ReadText | null = null;
  #read: ReadText | null = null;
  /** Whether the picture shows a typed text. */
  #live = false;
  /** The scene of a new text, which waits for its first row. */
  #held: { readonly scene: SceneMessage; readonly timer: ReturnType<typeof setTimeout> } | null =
    null;

  /** `saved` is the initial state of the page model; `script` as for `openModelClient`. */
  constructor(
    private readonly models: readonly ModelSpec[],
    saved: State,
    private readonly script: string | null,
  ) {
    this.#saved = { ...saved };
    const scene = saved["_scene"] as { readonly epoch: number; readonly text: string };
    this.#epoch = scene.epoch;
    this.#text = scene.text;
    this.inPage = {
      about: aboutOf(models),
      details: detailsOf(models),
      start: () => this.start(),
    };
  }

  /** The author's text has its saved rows and targets, to which nothing can be added. */
  get answers(): boolean {
    return this.#live;
  }

  /** Sets the page model that this answers. */
  attach(model: PageModel): void {
    this.#model = model;
  }

  /** Called for an ask, or when another character is hovered or pinned. */
  changed(model: PageModel): void {
    const before = this.#asks;
    this.#asks = (model.get("_ask") ?? {}) as Asks;
    const { text } = this.#asks;
    if (text !== undefined && text !== before.text) {
      this.#type(text);
      return;
    }
    if (!this.#live) throw new Error("no kernel behind this page");
    const { check } = this.#asks;
    if (check !== undefined && check !== before.check) {
      this.#check = check;
      this.#checked = 0;
      this.#next();
      return;
    }
    const pinned = model.get("pinned");
    this.#row = Number(typeof pinned === "number" ? pinned : model.get("position"));
    this.#next();
  }

  /** Loads the models, so that the first text need not wait for them. */
  start(): void {
    this.#client ??= openModelClient(this.models, this.script, (reply) => this.#hear(reply));
  }

  close(): void {
    this.#client?.close();
    clearTimeout(this.#held?.timer);
    this.#typed = this.#requested = this.#read = this.#held = null;
  }

  /** Reads a text and explains a character of it; the author's text is shown as it was saved. */
  #type(typed: Ask<"text">): void {
    if (typed.text !== this.#text) {
      this.#typed = typed;
      this.#next();
      return;
    }
    clearTimeout(this.#held?.timer);
    this.#typed = this.#requested = this.#read = this.#held = this.#row = this.#check = null;
    this.#live = false;
    const { _answer, _scene } = this.#saved;
    this.#set({ pinned: null, position: typed.position, _answer, _scene });
  }

  #next(): void {
    const check = this.#check?.position ?? null;
    if (this.#busy || (this.#typed === null && this.#row === null && check === null)) return;
    this.start();
    this.#busy = true;
    if (this.#typed !== null) {
      this.#release(null);
      this.#epoch += 1;
      this.#requested = { ...this.#typed, epoch: this.#epoch };
      this.#typed = this.#check = null;
      this.#client?.ask({ kind: "read", epoch: this.#epoch, text: this.#requested.text });
      return;
    }
    const epoch = this.#read?.epoch ?? 0;
    if (this.#row !== null || check === null) {
      this.#client?.ask({ kind: "row", epoch, position: this.#row ?? 0 });
      this.#row = null;
    } else {
      const serial = this.#check?.serial ?? 0;
      this.#client?.ask({ kind: "check", epoch, position: check, serial });
    }
  }

  #hear(reply: Reply): void {
    this.#busy = false;
    if (reply.kind === "scene") {
      if (this.#requested?.epoch === reply.scene.epoch) this.#hold(reply.scene, this.#requested);
    } else if (reply.kind === "answer") {
      const current = reply.answer.epoch === this.#read?.epoch;
      if (current && this.#held !== null) this.#release(reply.answer);
      else if (current) this.#set({ _answer: new Unpacked(reply.answer) });
      if (current) this.#reply("strips", (number) => new Unpacked(reply.strips, number));
    } else if (reply.kind === "check") {
      this.#hearCheck(reply.checks);
    } else if (reply.kind === "refused" && this.#requested !== null) {
      const { words: refused, unknown } = reply;
      const { serial } = this.#requested;
      this.#reply("text", (number) => ({ serial, refused, unknown, number }));
    }
    this.#next();
  }

  /** What is done is told when another model is; the rest is asked for until all are. */
  #hearCheck(checks: OutputChecks): void {
    const { epoch, serial, facets } = checks;
    if (epoch !== this.#read?.epoch || serial !== this.#check?.serial) return;
    const whole = facets.length >= this.models.length;
    if (whole) this.#check = null;
    if (whole || facets.length > this.#checked) {
      this.#reply("check", (number) => ({ ...checks, number }));
    }
    this.#checked = whole ? 0 : facets.length;
  }

  /** Sets `_reply` as the kernel does, with the newest reply of each kind. */
  #reply(kind: AskKind, message: (number: number) => object): void {
    this.#replies += 1;
    const others = this.#model?.get("_reply") ?? {};
    this.#set({ _reply: { ...others, [kind]: message(this.#replies) } });
  }

  #hold(scene: SceneMessage, read: ReadText): void {
    this.#read = read;
    this.#row = read.position;
    this.#held = { scene, timer: setTimeout(() => this.#release(null), GRACE) };
  }

  /** Shows the new text, with its first row if there is one. */
  #release(answer: Answer | null): void {
    const held = this.#held;
    if (held === null || this.#read === null) return;
    clearTimeout(held.timer);
    this.#held = null;
    this.#live = true;
    const row = answer === null ? {} : { _answer: new Unpacked(answer) };
    this.#set({
      pinned: null,
      position: this.#read.position,
      ...row,
      _scene: new Unpacked(held.scene),
    });
  }

  #set(traits: State): void {
    for (const [name, value] of Object.entries(traits)) this.#model?.set(name, value);
  }
}
