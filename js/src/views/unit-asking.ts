/** When the view of units asks the kernel, and what it says while it waits. */
import { write } from "../core/dom";
import type { Fields } from "../wire/fields";
import type { InstrumentHost } from "./instruments";
import { NO_ANSWER } from "./notices";

/** When it is said that states are awaited, and when that nothing has come, in milliseconds. */
const SLOW = 400;
const SILENT = 8000;

export class UnitAsking {
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

  /** Asks; `slow` is said where no answer comes soon. */
  ask(fields: Fields, slow: string): void {
    const { host, status } = this;
    this.#endWait?.();
    this.#serial = host.ask(fields);
    this.#endWait = host.after(SLOW, () => {
      write(status, slow);
      this.#endWait = host.after(SILENT, () => write(status, NO_ANSWER));
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

  end(): void {
    this.#endWait?.();
    this.#endRest?.();
  }
}
