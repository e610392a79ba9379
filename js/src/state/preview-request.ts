/** What the reader looks at: asked of the kernel after a short rest, shown until the reader looks elsewhere. */

import type { Look, Target } from "../wire";
import type { After } from "./shown-position";

/** How long the reader rests on a class before it is asked for. */
export const REST = 120;

/** What the kernel is asked to explain at one position. */
export interface LookRequest {
  readonly position: number;
  readonly target: Target;
  readonly serial: number;
}

/** What to look at, asked once the reader has rested; null: what is shown already. */
export type Wanted = () => Target | null;

export class Looking {
  // Several pages may ask one kernel, and all of them hear what it replies.
  #serial = Math.floor(Math.random() * 2 ** 40);
  #resting: (() => void) | null = null;
  #asked: LookRequest | null = null;
  #position: number;

  /** `shown` is the position in the picture; `ask` sets what is looked at, or null. */
  constructor(
    private readonly after: After,
    private readonly shown: () => number,
    private readonly ask: (request: LookRequest | null) => void,
  ) {
    this.#position = shown();
  }

  /** The reader looks at something, or with null away. What was looked at before stays until then. */
  at(wanted: Wanted | null): void {
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
    if (position !== this.#position) this.at(null);
    this.#position = position;
  }

  /** Whether this is what was asked for last. */
  awaits({ serial, position }: Look): boolean {
    return serial === this.#asked?.serial && position === this.#asked.position;
  }

  #send(request: LookRequest | null): void {
    if (request === null && this.#asked === null) return;
    this.#asked = request;
    this.ask(request);
  }
}
