/**
 * The slider over the checkpoints of the models. The page keeps the scenes and rows of checkpoints that it was sent, and shows
 * them at once; the kernel is asked for the newest choice only, when it has shown the one before.
 */
import { listen, make, makeButton, mark, suppressShortcuts, write } from "../core/dom";
import { CheckpointRows } from "../state/checkpoint-rows";
import type { DrawOptions } from "../state/heat";
import type { Options } from "../state/options";
import type { PackedRows, Scene } from "../wire";
import { type Fields, isFields } from "../wire/fields";
import { decodeShownCheckpoint, type ShownCheckpoint } from "../wire/generated";

/** What belongs to a scene, and carries its epoch. */
const OF_A_SCENE = ["_scene", "_rows", "_answer", "_status"] as const;

export interface CheckpointAxisHost {
  /** The traits as the host has them. */
  readonly traits: { get(name: string): unknown; on(event: string, act: () => void): void };
  /** Whether no kernel answers: all there is was saved. */
  readonly alone: boolean;
  /** Asks the kernel to show a checkpoint. */
  ask(checkpoint: number): void;
  /** Shows traits in place of those of the host; {}: the host's again. */
  show(instead: Fields): void;
  /** The reader changes an option of the picture. */
  choose(change: Partial<Options>): void;
  /** There are rows that the colours of the picture depend on. */
  more(): void;
}

export interface CheckpointAxis {
  readonly el: HTMLElement;
  readonly labels: readonly string[];
  /** The checkpoint that is shown, or is to be. */
  readonly shown: number;
  /** The reader chooses a checkpoint. */
  choose(checkpoint: number): void;
  /** The kernel can't show what it was asked for. */
  refused(words: string): void;
  /** The rows of a message, if they are unpacked. */
  unpacked(message: unknown): PackedRows | undefined;
  /** Keeps rows that were unpacked elsewhere. */
  keepRows(message: object, scene: Scene, rows: PackedRows): void;
  /** What full colour stands for at least at a character, at all checkpoints that the page has. */
  fullColour(shown: number, options: DrawOptions): number;
}

export type MakeCheckpointAxis = (host: CheckpointAxisHost, signal: AbortSignal) => CheckpointAxis;

export const makeCheckpointAxis: MakeCheckpointAxis = (host, signal) => new Axis(host, signal);

class Axis implements CheckpointAxis {
  readonly el = suppressShortcuts(make("div", "checkpoint-axis"));
  readonly #slider = make("input", "checkpoint-slider");
  readonly #words = make("span", "checkpoint-words");
  readonly #trouble = make("span", "checkpoint-trouble");
  readonly #common = makeButton(
    "button toggle checkpoint-common",
    "same colours throughout",
    "Full colour stands for the same at all checkpoints that were read, so that brightness can be compared along the training",
  );
  /** What the page has, by epoch. */
  readonly #kept = new Map<number, Fields>();
  readonly #rows = new CheckpointRows();
  /** What the kernel shows. */
  #now: ShownCheckpoint;
  /** What the reader has chosen, until the kernel shows it. */
  #wanted: number | null = null;
  /** What the kernel was asked for, and has not answered. */
  #asked: number | null = null;

  constructor(
    private readonly host: CheckpointAxisHost,
    private readonly signal: AbortSignal,
  ) {
    const { traits } = host;
    this.#now = decodeShownCheckpoint(traits.get("_checkpoints") as Fields);
    const saved = traits.get("_kept");
    for (const one of Array.isArray(saved) ? saved : []) this.#keep(one);
    this.#keep(this.#ofHost());
    this.#slider.type = "range";
    this.#slider.min = "0";
    mark(this.#slider, "aria-label", "Checkpoint");
    const caption = make("label", "checkpoint-label", "checkpoint ");
    caption.append(this.#slider);
    mark(this.#trouble, "role", "status");
    this.el.append(caption, this.#words, this.#common, this.#trouble);
    listen(this.#slider, "input", () => this.choose(Number(this.#slider.value)), signal);
    const isCommon = () => traits.get("common_scale") !== false;
    listen(this.#common, "click", () => host.choose({ common_scale: !isCommon() }), signal);
    // A host must not take arrows for its shortcuts.
    for (const type of ["keydown", "keyup", "keypress"] as const) {
      listen(this.el, type, (event) => event.stopPropagation(), signal);
    }
    for (const name of [...OF_A_SCENE, "_checkpoints"]) {
      traits.on(`change:${name}`, () => !signal.aborted && this.#read());
    }
    const drawCommon = () => mark(this.#common, "aria-pressed", String(isCommon()));
    traits.on("change:common_scale", drawCommon);
    drawCommon();
    this.#draw();
    this.#unpack();
  }

  get labels(): readonly string[] {
    return this.#now.checkpoints.map(({ label }) => label);
  }

  get shown(): number {
    return this.#wanted ?? this.#now.shown;
  }

  refused(words: string): void {
    this.#wanted = this.#asked = null;
    this.host.show({});
    this.#draw();
    write(this.#trouble, words);
  }

  choose(checkpoint: number): void {
    write(this.#trouble, "");
    const kept = this.#kept.get(this.#now.checkpoints[checkpoint]?.epoch ?? 0);
    if (this.host.alone) this.#now = { ...this.#now, shown: checkpoint };
    else this.#wanted = checkpoint;
    if (kept !== undefined) this.host.show(kept);
    if (!this.host.alone && this.#asked === null) this.#ask(checkpoint);
    this.#draw();
  }

  unpacked(message: unknown): PackedRows | undefined {
    return this.#rows.of(message);
  }

  keepRows(message: object, scene: Scene, rows: PackedRows): void {
    this.#rows.keep(message, scene, rows);
  }

  fullColour(shown: number, options: DrawOptions): number {
    return this.#rows.fullColour(shown, options);
  }

  /** Unpacks the rows that the page has, so that they are drawn in the frame in which they are chosen. */
  #unpack(): void {
    this.#rows.unpack([...this.#kept.values()]).then((any) => {
      if (any && !this.signal.aborted) this.host.more();
    });
  }

  /** The scene that the host has, with what belongs to it. */
  #ofHost(): Fields {
    const { traits } = this.host;
    const epoch = epochOf(traits.get("_scene"));
    const found = OF_A_SCENE.map((name) => [name, traits.get(name)] as const);
    return Object.fromEntries(found.filter(([, value]) => epochOf(value) === epoch));
  }

  #keep(traits: Fields): void {
    const epoch = epochOf(traits["_scene"]);
    // Rows that come with an epoch shown again replace those before; an answer alone must not.
    if (epoch !== null) this.#kept.set(epoch, { ...this.#kept.get(epoch), ...traits });
  }

  #read(): void {
    const scene = this.#ofHost();
    this.#keep(scene);
    const now = decodeShownCheckpoint(this.host.traits.get("_checkpoints") as Fields);
    // Hosts may set the traits of one message one after the other.
    if (now.epoch !== epochOf(scene["_scene"])) return;
    this.#now = now;
    const listed = new Set(now.checkpoints.map(({ epoch }) => epoch));
    for (const epoch of this.#kept.keys()) if (!listed.has(epoch)) this.#kept.delete(epoch);
    this.#rows.keepOnly(listed);
    if (now.shown === this.#asked) this.#asked = null;
    if (now.shown === this.#wanted || this.#asked === null) {
      if (this.#wanted !== null && this.#wanted !== now.shown) {
        this.#ask(this.#wanted);
      } else {
        this.#wanted = null;
        this.host.show({});
      }
    }
    this.#draw();
  }

  #ask(checkpoint: number): void {
    this.#asked = checkpoint;
    this.host.ask(checkpoint);
  }

  #draw(): void {
    const { checkpoints } = this.#now;
    const at = this.shown;
    const one = checkpoints[at];
    const missing = !this.#kept.has(one?.epoch ?? 0);
    const why = this.host.alone ? "not saved here" : "the models read the text …";
    const words = `${one?.label ?? ""} (${at + 1} of ${checkpoints.length})`;
    this.#slider.max = String(checkpoints.length - 1);
    this.#slider.value = String(at);
    mark(this.#slider, "aria-valuetext", words);
    write(this.#words, missing ? `${words}: ${why}` : words);
  }
}

function epochOf(message: unknown): number | null {
  const epoch = isFields(message) ? message["epoch"] : null;
  return typeof epoch === "number" ? epoch : null;
}
