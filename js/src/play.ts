/** Walks through the text by itself, round and round, until the reader takes over. */

/** How long a character is shown, as in the article's figure. */
export const STEP = 200;

export interface Walk {
  /** Where the picture is, and whether it may go on. */
  at(): number;
  readonly length: number;
  go(position: number): void;
}

export class Autoplay {
  #timer: ReturnType<typeof setInterval> | undefined;
  #moved = 0;
  #last = -1;

  constructor(
    private readonly walk: Walk,
    signal: AbortSignal,
  ) {
    signal.addEventListener("abort", () => clearInterval(this.#timer));
  }

  set playing(playing: boolean) {
    if (playing === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = playing ? setInterval(() => this.#step(), STEP / 4) : undefined;
  }

  /** Several views of one widget walk together: whichever is first, the others see that it moved. */
  #step(): void {
    const { walk } = this;
    const [at, now] = [walk.at(), performance.now()];
    if (at !== this.#last) [this.#last, this.#moved] = [at, now];
    if (now - this.#moved < STEP) return;
    walk.go((at + 1) % walk.length);
  }
}
