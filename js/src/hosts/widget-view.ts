/** One view of a widget: the traits on one side, the picture on the other, wired together. */
import { onAbort } from "../core/dom";
import { errorMessage } from "../core/errors";
import { OPTION_NAMES, type Options, readOptions, traitOf } from "../state/options";
import { MOVE_ON_AFTER as SETTLING } from "../state/shown-position";
import { watchBackground } from "../views/background";
import type { Choices } from "../views/controls";
import { nothingOpen, type OpenParts } from "../views/fold";
import { INSTRUMENTS } from "../views/instruments";
import { focusAt, placeOfFocus } from "../views/keyboard-focus";
import {
  type AskFields,
  type AskKind,
  BEGINNINGS,
  type Beginning,
  CHOICES,
  decodeScene,
  decodeStrips,
  type Refused,
  type Target,
  WireError,
} from "../wire";
import { AskDoor } from "./asks";
import { CheckpointSlot } from "./checkpoint-slot";
import { clock } from "./clock";
import type { EditorSlot } from "./editor-slot";
import { offeredInstruments, openInstruments, readOpened } from "./offered-instruments";
import type { ModuleSource } from "./page-modules";
import { type HostModel, PositionSync, saved } from "./position-sync";
import { ReplyTimeout } from "./reply-timeout";
import { type SceneHost, ShownScene } from "./shown-scene";
import { ShownTraits } from "./shown-traits";
import type { TextEditingHost } from "./text-editing";
import { type Instruments, viewInstruments } from "./view-instruments";
import { emptiness, ViewPlace } from "./view-place";

/** Everything that several views share is in the traits. */
export class WidgetView {
  readonly #sync: PositionSync;
  readonly #asks: AskDoor;
  readonly #modules: ModuleSource;
  readonly #editing: EditorSlot | null;
  readonly #checkpoints: CheckpointSlot;
  readonly #place: ViewPlace;
  readonly #replyTimeout: ReplyTimeout;
  readonly #opened: OpenParts;
  #shown: ShownScene | null = null;
  /** Adds the picture to the page, if it is not there yet. */
  #putPicture: (() => void) | null = null;
  /** Whether the text that is shown could be another. */
  #able = false;
  /** Whether the reader has chosen the target of the next scene. */
  #chosen = false;
  /** The target that was chosen last, of which there may be no scene yet. */
  #wished: Target | null = null;
  private readonly model: ShownTraits;
  constructor(
    host: HostModel,
    el: HTMLElement,
    signal: AbortSignal,
    private readonly instruments: Instruments,
  ) {
    const model = new ShownTraits(host);
    this.model = model;
    // Models in the page may load slowly, but always answer.
    const after = model.inPage === undefined ? clock.after : () => () => undefined;
    this.#replyTimeout = new ReplyTimeout(after, (said) => this.#shown?.picture.showTrouble(said));
    this.#place = new ViewPlace(el, () =>
      [this.#editing?.el, this.#checkpoints.el].filter((one) => one != null),
    );
    this.#sync = new PositionSync({
      model,
      clock,
      lacks: (position) => this.#shown?.lacks(position) ?? false,
      // While a text is being read, its position takes precedence.
      changed: () => this.#editing?.settled !== false && this.#shown?.select(),
    });
    this.#asks = new AskDoor(model, {
      replies: {
        preview: (message) => {
          this.#replyTimeout.stop();
          this.#shown?.readPreview(message);
        },
        classes: (message) => {
          this.#replyTimeout.stop();
          this.#shown?.readFoundClasses(message);
        },
        strips: (message) => {
          if (this.#editing?.el) this.#editing.strips = decodeStrips(message);
        },
      },
      other: (kind, message) => this.#shown?.picture.readForInstrument(kind, message),
      refused: (refusal) => this.#readRefusal(refusal),
    });
    this.#opened = nothingOpen(openInstruments(model));
    this.#modules = instruments.modules(model, this.#asks, signal);
    const { editorSlot } = instruments;
    const editor = this.#modules.request("editor");
    this.#editing =
      editorSlot === undefined ? null : new editorSlot(this.#textEditingHost(), editor, signal);
    this.#checkpoints = new CheckpointSlot(
      host,
      {
        ask: (checkpoint) => this.#asks.send("checkpoint", { checkpoint }),
        show: (instead) => this.#guard(() => model.show(instead)),
        choose: (change) => this.#choose(change),
        more: () => this.#guard(() => this.#shown?.readOptions()),
      },
      this.#modules.request("checkpoints"),
      signal,
    );
    const readers = {
      _scene: () => this.#readScene(),
      _answer: () => this.#shown?.readAnswer(),
      _rows: () => this.#shown?.readRows(),
      _status: () => this.#shown?.readStatus(),
      _freeze: () => this.#shown?.readFreeze(),
      _reply: () => this.#asks.read(),
      _opened: () => readOpened(model, this.#opened) && this.#shown?.picture.instruments.reopen(),
      _modules: () => this.#modules.read(),
    };
    for (const [name, read] of Object.entries(readers))
      model.on(`change:${name}`, () => this.#guard(read));
    for (const name of [...OPTION_NAMES, ...CHOICES])
      model.on(`change:${name}`, () => this.#guard(() => this.#shown?.readOptions()));
    onAbort(signal, () => this.#close());
    this.#guard(readers._scene);
    watchBackground(el, signal, (ground) => {
      this.#place.ground = ground;
      if (this.#shown !== null) this.#shown.picture.ground = ground;
      if (this.#editing !== null) this.#editing.ground = ground;
      this.#checkpoints.ground = ground;
    });
  }

  #textEditingHost(): TextEditingHost {
    return {
      after: clock.after,
      inPage: this.model.inPage,
      asks: this.#asks,
      goTo: (position) => this.#goTo(position),
      // Autoplay stops when the reader types.
      stopAutoplay: () => {
        if (readOptions((name) => this.model.get(name)).playing) this.#choose({ playing: false });
      },
      shown: () => this.#sync.shown,
      predictions: () => this.#shown?.picture.predictions ?? null,
    };
  }

  #readScene(): void {
    this.#replyTimeout.stop();
    const scene = decodeScene(this.model.get("_scene"));
    const before = this.#chosen ? this.#shown : null;
    if (!this.#chosen) this.#wished = scene?.target ?? null;
    this.#chosen = false;
    const typed = scene && (this.#editing?.read(scene.characters.join("")) ?? null);
    if (typed !== null) this.#sync.adopt(typed.position);
    const empty = emptiness(scene);
    if (scene === null || empty !== null) {
      this.#endScene();
      this.#place.say(empty ?? "");
      return;
    }
    const able = this.model.inPage !== undefined || (scene.editable && this.model.alone !== true);
    if (able === this.#able && this.#putPicture === null && this.#shown?.setScene(scene)) {
      this.#editing?.show(scene, able, typed !== null);
      this.#editing?.offered();
      this.#shown.start(this.#place.ground);
      return;
    }
    this.#able = able;
    const focused = this.#shown === null ? -1 : placeOfFocus(this.#shown.picture.el);
    this.#endScene();
    this.#editing?.show(scene, able, typed !== null);
    const shown = new ShownScene(scene, this.#sceneHost(able));
    this.#shown = shown;
    this.#editing?.offered();
    shown.start(this.#place.ground);
    this.#putPicture = () => {
      this.#putPicture = null;
      this.#place.put(shown.picture.el);
      if (focused >= 0 && !focusAt(shown.picture.el, focused)) shown.picture.focusFacet(0);
    };
    // The preview stays until the new scene has rows, so that there is no picture without any in between.
    if (before === null || shown.canShow) this.#putPicture();
    else clock.after(SETTLING, () => this.#shown === shown && this.#putPicture?.());
  }

  #sceneHost(able: boolean): SceneHost {
    const { model } = this;
    const { entries = INSTRUMENTS } = this.instruments;
    return {
      model,
      sync: this.#sync,
      asks: this.#asks,
      handlers: {
        pointAt: (position) => this.#goTo(position),
        pin: (position) => {
          this.#sync.pin(position);
          this.#shown?.select();
        },
        explain: (target) => {
          this.#wished = target as Target;
          this.#beginEpoch("target", { target: this.#wished });
        },
        wished: () => this.#wished,
        choices: model.alone === true ? {} : ((model.get("_choices") ?? {}) as Choices),
        change: (what, name) => this.#beginEpoch(what, { value: name }),
        begin: (kind, fields) => this.#beginEpoch(kind, fields),
        seek: ({ prefix, serial }) => {
          this.#replyTimeout.start();
          this.#asks.send("classes", { prefix }, serial);
        },
        axis: () => this.#checkpoints.axis,
        choose: (change) => this.#choose(change),
        editing: this.#editing?.editor ?? null,
        opened: this.#opened,
        instruments: viewInstruments(this.instruments, this.#modules),
        offered: offeredInstruments(entries, model, this.#modules, this.#asks),
        after: clock.after,
        readText: able ? (text, position) => this.#asks.send("text", { text, position }) : null,
      },
      waits: (waiting) => {
        if (waiting) this.#replyTimeout.start();
        else if (!this.#chosen) this.#replyTimeout.stop();
      },
      drawn: (whole) => {
        if (whole) this.#putPicture?.();
      },
      guard: (act) => this.#guard(act),
    };
  }

  #goTo(position: number): void {
    this.#sync.select(position);
    this.#shown?.select();
  }

  #choose(change: Partial<Options>): void {
    for (const [name, value] of Object.entries(change)) this.model.set(name, traitOf(value));
    this.#shown?.readOptions();
    saved(this.model);
  }

  /** Sends an ask that begins another epoch; the picture stays until that has rows. */
  #beginEpoch<Kind extends Beginning>(kind: Kind, fields: AskFields<Kind>): void {
    this.#shown?.picture.showTrouble("");
    this.#chosen = true;
    this.#replyTimeout.start();
    this.#asks.send(kind, fields);
  }

  #readRefusal(refusal: Refused): void {
    this.#replyTimeout.stop();
    const { kind, refused } = refusal;
    if (kind === "text") {
      if (this.#editing?.refused(refusal)) this.#shown?.select();
      return;
    }
    if (kind === "checkpoint" || kind === "modules") {
      (kind === "modules" ? this.#modules : this.#checkpoints).refused(refused);
      return;
    }
    if (BEGINNINGS.includes(kind as Beginning)) {
      this.#chosen = false;
      this.#wished = null;
      this.#shown?.endPreview();
      // Reset the control to the current value.
      this.#shown?.readOptions();
    }
    if (this.#shown?.picture.readForInstrument(kind as AskKind, refused)) return;
    this.#shown?.picture.showTrouble(refused);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#endScene();
      const wire = error instanceof WireError;
      const what = wire ? "The kernel's data can't be shown: " : "This view failed: ";
      this.#place.say(what + errorMessage(error));
      if (!wire) console.error(error);
    }
  }

  #endScene(): void {
    this.#putPicture = null;
    this.#shown?.close();
    this.#shown = null;
  }

  #close(): void {
    this.#endScene();
    this.#replyTimeout.stop();
    this.#editing?.close();
    this.#sync.close();
  }
}
