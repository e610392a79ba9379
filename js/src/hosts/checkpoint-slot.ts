/** Where the reader chooses a checkpoint, above the picture; there if the models have some. Its code is a module of the page. */
import type { Rgb } from "../core/color";
import { make } from "../core/dom";
import { type ModuleRequest, styleOf } from "../state/page-module";
import type {
  CheckpointAxis,
  CheckpointAxisHost,
  MakeCheckpointAxis,
} from "../views/checkpoint-axis";
import { isFields } from "../wire/fields";
import type { HostModel } from "./position-sync";
import { paintAbove } from "./view-place";

/** Whether the models have checkpoints. */
export function hasCheckpoints(model: HostModel): boolean {
  const listed = model.get("_checkpoints");
  return isFields(listed) && listed["checkpoints"] !== undefined;
}

export class CheckpointSlot {
  readonly #el = make("div", "checkpoint-slot");
  /** What shows and keeps them; null: they have none, or its code is not here yet. */
  axis: CheckpointAxis | null = null;
  #wanted = false;

  constructor(
    private readonly model: HostModel,
    private readonly host: Omit<CheckpointAxisHost, "traits" | "alone">,
    private readonly request: ModuleRequest<MakeCheckpointAxis>,
    private readonly signal: AbortSignal,
  ) {
    model.on("change:_checkpoints", () => this.#read());
    this.#read();
  }

  /** What stands above the picture; null: the models have no checkpoints. */
  get el(): HTMLElement | null {
    return this.#wanted ? this.#el : null;
  }

  set ground(ground: Rgb) {
    paintAbove(this.#el, ground);
  }

  /** The kernel can't show the checkpoint that was asked for. */
  refused(words: string): void {
    this.axis?.refused(words);
  }

  #read(): void {
    if (this.#wanted || !hasCheckpoints(this.model)) return;
    this.#wanted = true;
    const { model, host, signal } = this;
    this.request.open(
      (module) => {
        if (this.axis !== null || signal.aborted) return;
        this.axis = module.make({ ...host, traits: model, alone: model.alone === true }, signal);
        this.#el.replaceChildren(styleOf(module), this.axis.el);
      },
      (words) => {
        this.#el.textContent = words;
      },
    );
  }
}
