/** Requests for previews: sent to the kernel after a debounce, shown until the pointer leaves. */

import type { Preview, Target } from "../wire";
import type { After } from "./shown-position";

/** How long the pointer rests on a class before the preview is requested (debounce), in milliseconds. */
export const REST = 120;

/** What the kernel is to explain at one position. */
export interface PreviewRequest {
  readonly position: number;
  readonly target: Target;
  readonly serial: number;
}

/** The target to preview, requested after the debounce; null: none. */
export type TargetToPreview = () => Target | null;

export class PreviewRequester {
  // Several pages may ask one kernel, and all of them get its replies.
  #serial = Math.floor(Math.random() * 2 ** 40);
  #resting: (() => void) | null = null;
  #requested: PreviewRequest | null = null;
  #position: number;

  /** `shown` returns the position in the picture; `ask` requests a preview, or with null ends it. */
  constructor(
    private readonly after: After,
    private readonly shown: () => number,
    private readonly ask: (request: PreviewRequest | null) => void,
  ) {
    this.#position = shown();
  }

  /** The pointer enters a class, or with null leaves. The preview before stays until the next one is requested. */
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

  /** Another position is selected, which ends the preview at the one before. */
  moved(position: number): void {
    if (position !== this.#position) this.request(null);
    this.#position = position;
  }

  /** Whether this reply is for the latest request. */
  awaits({ serial, position }: Preview): boolean {
    return serial === this.#requested?.serial && position === this.#requested.position;
  }

  #send(request: PreviewRequest | null): void {
    if (request === null && this.#requested === null) return;
    this.#requested = request;
    this.ask(request);
  }
}
