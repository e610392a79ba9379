/** What the reader looks at: asked of the kernel after a short rest, shown until the reader looks elsewhere. */

import type { Preview, Target } from "../wire";
import type { After } from "./shown-position";

/** How long the reader rests on a class before it is asked for. */
export const REST = 120;

/** What the kernel is asked to explain at one position. */
export interface PreviewRequest {
  readonly position: number;
  readonly target: Target;
  readonly serial: number;
}

/** What to look at, asked once the reader has rested; null: what is shown already. */
export type TargetToPreview = () => Target | null;

export class PreviewRequester {
  // Several pages may ask one kernel, and all of them hear what it replies.
  #serial = Math.floor(Math.random() * 2 ** 40);
  #resting: (() => void) | null = null;
  #requested: PreviewRequest | null = null;
  #position: number;

  /** `shown` is the position in the picture; `ask` sets what is looked at, or null. */
  constructor(
    private readonly after: After,
    private readonly shown: () => number,
    private readonly ask: (request: PreviewRequest | null) => void,
  ) {
    this.#position = shown();
  }

  /** The reader looks at something, or with null away. What was looked at before stays until then. */
  request(wanted: TargetToPreview | null): void {
    this.#resting?.();
    this.#resting = null;
    if (wanted === null) this.#send(null);
    else {
      this.#resting = this.after(REST, () => {
        this.#resting = null;
        const target = wanted();
        const position = this.shown();
        this.#send(target === null ? null : { position, target, serial: ++this.#serial });
      });
    }
  }

  /** Another position is selected: what was looked at was at the one before. */
  moved(position: number): void {
    if (position !== this.#position) this.request(null);
    this.#position = position;
  }

  /** Whether this is what was asked for last. */
  awaits({ serial, position }: Preview): boolean {
    return serial === this.#requested?.serial && position === this.#requested.position;
  }

  #send(request: PreviewRequest | null): void {
    if (request === null && this.#requested === null) return;
    this.#requested = request;
    this.ask(request);
  }
}
