/** When an instrument asks the kernel, and what it says while it waits, or where there is none. */
import { write } from "../core/dom";
import type { Fields } from "../wire/fields";
import type { InstrumentHost } from "./instruments";
import { NO_ANSWER } from "./notices";

/** When it is said that an answer is awaited, and when that nothing has come, in milliseconds. */
const SLOW = 400;
const SILENT = 8000;

const ALONE = "Without a kernel there is only what was shown when this page was saved.";
export const NOTHING_SAVED = "Nothing of this was saved with the page.";

export class KernelAsking {
  #serial: number | null = null;
  #endWait: (() => void) | null = null;
  #endRest: (() => void) | null = null;

  constructor(
    private readonly host: Pick<InstrumentHost, "ask" | "after">,
    private readonly status: HTMLElement,
  ) {}

  /** Whether anything was asked for. */
  get begun(): boolean {
    return this.#serial !== null;
  }

  /** Whether an answer is awaited. */
  get waits(): boolean {
    return this.#endWait !== null;
  }

  /** Asks; `slow` is said where no answer comes soon, and that there is none after `silent` milliseconds more. */
  ask(fields: Fields, slow: string, silent = SILENT): void {
    const { host, status } = this;
    this.#endWait?.();
    this.#serial = host.ask(fields);
    this.#endWait = host.after(SLOW, () => {
      write(status, slow);
      this.#endWait = host.after(silent, () => write(status, NO_ANSWER));
    });
  }

  /** Acts once the reader has rested; the newest act counts. */
  onceAtRest(milliseconds: number, act: () => void): void {
    this.#endRest?.();
    this.#endRest = this.host.after(milliseconds, act);
  }

  /** Whether a reply is to the newest ask; another view of the widget may have asked for others. */
  expects(serial: number): boolean {
    return this.#serial === null || this.#serial === serial;
  }

  /** An answer is here: says `words`, or nothing more. */
  answered(words = ""): void {
    this.#endWait?.();
    this.#endWait = null;
    write(this.status, words);
  }

  /** In a page without a kernel: says whether something was saved. */
  sayAlone(saved: boolean): void {
    write(this.status, saved ? ALONE : NOTHING_SAVED);
  }

  end(): void {
    this.#endWait?.();
    this.#endRest?.();
  }
}
