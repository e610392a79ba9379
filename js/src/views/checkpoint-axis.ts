/**
 * The slider over the checkpoints of the models. The page keeps the scenes and rows of checkpoints that it was sent, and shows
 * them at once; the kernel is asked for the newest choice only, when it has shown the one before.
 */
import { listen, make, mark, suppressShortcuts, write } from "../core/dom";
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
}

export interface CheckpointAxis {
  readonly el: HTMLElement;
  refused(words: string): void;
}

export type MakeCheckpointAxis = (host: CheckpointAxisHost, signal: AbortSignal) => CheckpointAxis;

export const makeCheckpointAxis: MakeCheckpointAxis = (host, signal) => new Axis(host, signal);

class Axis implements CheckpointAxis {
  readonly el = suppressShortcuts(make("div", "checkpoint-axis"));
  readonly #slider = make("input", "checkpoint-slider");
  readonly #words = make("span", "checkpoint-words");
  readonly #trouble = make("span", "checkpoint-trouble");
  /** What the page has, by epoch. */
  readonly #kept = new Map<number, Fields>();
  /** What the kernel shows. */
  #now: ShownCheckpoint;
  /** What the reader has chosen, until the kernel shows it. */
  #wanted: number | null = null;
  /** What the kernel was asked for, and has not answered. */
  #asked: number | null = null;

  constructor(
    private readonly host: CheckpointAxisHost,
    signal: AbortSignal,
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
    this.el.append(caption, this.#words, this.#trouble);
    listen(this.#slider, "input", () => this.#choose(Number(this.#slider.value)), signal);
    // A host must not take arrows for its shortcuts.
    for (const type of ["keydown", "keyup", "keypress"] as const) {
      listen(this.el, type, (event) => event.stopPropagation(), signal);
    }
    for (const name of [...OF_A_SCENE, "_checkpoints"]) {
      traits.on(`change:${name}`, () => !signal.aborted && this.#read());
    }
    this.#draw();
  }

  refused(words: string): void {
    this.#wanted = this.#asked = null;
    this.host.show({});
    this.#draw();
    write(this.#trouble, words);
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
    for (const epoch of this.#kept.keys()) {
      if (!now.checkpoints.some((one) => one.epoch === epoch)) this.#kept.delete(epoch);
    }
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

  #choose(checkpoint: number): void {
    write(this.#trouble, "");
    const kept = this.#kept.get(this.#now.checkpoints[checkpoint]?.epoch ?? 0);
    if (this.host.alone) this.#now = { ...this.#now, shown: checkpoint };
    else this.#wanted = checkpoint;
    if (kept !== undefined) this.host.show(kept);
    if (!this.host.alone && this.#asked === null) this.#ask(checkpoint);
    this.#draw();
  }

  #ask(checkpoint: number): void {
    this.#asked = checkpoint;
    this.host.ask(checkpoint);
  }

  #draw(): void {
    const { shown, checkpoints } = this.#now;
    const at = this.#wanted ?? shown;
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
