/**
 * Typed texts on their way to the kernel: one at a time, what is newest next. A kernel that is quiet for long is sent the
 * next one all the same.
 */
import type { After } from "./shown-position";

/** How long a text waits for its scene before the page says so and goes on. */
export const REPLY_PATIENCE = 4000;

export interface TypedText {
  readonly text: string;
  /** The character to explain: the one before the caret. */
  readonly position: number;
}

export interface TypedTextQueueOptions {
  readonly after: After;
  readonly patience: number;
  send(typed: TypedText, serial: number): void;
  /** The text asked for is the one that is shown: there is nothing to read. */
  same(position: number): void;
  /** The kernel does not answer. */
  silent(): void;
}

export class TypedTextQueue {
  #shown = "";
  // Several pages may ask one kernel, and all of them hear what it refuses.
  #serial = Math.floor(Math.random() * 2 ** 40);
  /** What was sent and has not been answered, the newest last. */
  #unanswered: (TypedText & { readonly serial: number })[] = [];
  #next: TypedText | null = null;
  #waiting: (() => void) | null = null;

  constructor(private readonly options: TypedTextQueueOptions) {}

  /** Whether nothing is awaited. */
  get settled(): boolean {
    return this.#waiting === null;
  }

  type(typed: TypedText): void {
    this.#next = typed;
    if (this.settled) this.#send();
  }

  /** Another text is shown, or the same anew. Returns what was asked for, if it was that. */
  read(text: string): TypedText | null {
    this.#shown = text;
    const place = this.#unanswered.map((one) => one.text).lastIndexOf(text);
    return place < 0 ? null : this.#answered(place);
  }

  /** The kernel did not take what was sent under this number. Returns that, if it was sent here. */
  refused(serial: unknown): TypedText | null {
    const place = this.#unanswered.findIndex((one) => one.serial === serial);
    return place < 0 ? null : this.#answered(place);
  }

  close(): void {
    this.#waiting?.();
    this.#waiting = this.#next = null;
  }

  #answered(place: number): TypedText | null {
    const typed = this.#unanswered[place] ?? null;
    // What was sent before has been passed over, or it would have been answered.
    this.#unanswered = this.#unanswered.slice(place + 1);
    if (this.#unanswered.length === 0) this.#free();
    return typed;
  }

  #free(): void {
    this.#waiting?.();
    this.#waiting = null;
    // Not before what has come is shown.
    if (this.#next !== null) queueMicrotask(() => this.settled && this.#send());
  }

  #send(): void {
    const typed = this.#next;
    if (typed === null) return;
    this.#next = null;
    if (typed.text === this.#shown) {
      this.options.same(typed.position);
      return;
    }
    this.#serial += 1;
    this.#unanswered.push({ ...typed, serial: this.#serial });
    this.#waiting = this.options.after(this.options.patience, () => {
      this.options.silent();
      this.#free();
    });
    this.options.send(typed, this.#serial);
  }
}
