/** Tells a long wait from a short one, so that what says "wait" is shown in a long one only. */

export class LongWait {
  /** Whether what is awaited now has been awaited for long. */
  long = false;
  #awaited: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `lasts` is called when a wait has lasted for `after` milliseconds. */
  constructor(
    private readonly after: number,
    private readonly lasts: () => void,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => this.end(), { once: true });
  }

  /** Says what is awaited; null: nothing is. The wait for something else begins anew. */
  waitFor(awaited: number | null): void {
    if (awaited === this.#awaited) return;
    this.end();
    if (awaited === null) return;
    this.#awaited = awaited;
    this.#timer = setTimeout(() => {
      this.long = true;
      this.lasts();
    }, this.after);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.long = false;
    this.#awaited = null;
  }
}
