/**
 * Sends typed texts to the kernel: one at a time, the newest next. After a timeout a silent kernel is sent the
 * next one anyway.
 */
import type { After } from "./shown-position";

/** How long a text waits for its scene before the page says so and sends the next. */
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
  /** The text asked for is the one that is shown. */
  same(position: number): void;
  /** Called when the kernel does not answer. */
  silent(): void;
}

export class TypedTextQueue {
  #shown = "";
  // Several pages may ask one kernel, and all of them get its refusals.
  #serial = Math.floor(Math.random() * 2 ** 40);
  /** The texts sent but not answered, the newest last. */
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

  /** Another text is shown, or the same in a new epoch. Returns the request, if it was asked for here. */
  read(text: string): TypedText | null {
    this.#shown = text;
    const place = this.#unanswered.map((one) => one.text).lastIndexOf(text);
    return place < 0 ? null : this.#answered(place);
  }

  /** The kernel refused the text with this serial. Returns the request, if it was sent here. */
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
    // Older texts were skipped, or they would have been answered.
    this.#unanswered = this.#unanswered.slice(place + 1);
    if (this.#unanswered.length === 0) this.#free();
    return typed;
  }

  #free(): void {
    this.#waiting?.();
    this.#waiting = null;
    // After the new scene is shown.
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
