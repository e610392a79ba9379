/** Paints the blocks of a long text that are near the view in turns, some in each frame: the browser takes long for thousands of new colours. */
import type { Range } from "./text-blocks";

/** In how many frames. */
const TURNS = 3;

export class BlockTurns {
  #turn = 0;
  #left = 0;
  #frame = 0;

  constructor(
    private readonly near: () => Range,
    private readonly paint: (block: number) => void,
  ) {}

  /** All are to be painted, from the next frame on; where some are left of the last time, these come first. */
  start(): void {
    this.#left = TURNS;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#next());
  }

  /** What is not painted yet is not to be. */
  end(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
  }

  #next(): void {
    const [first, last] = this.near();
    for (let b = first; b < last; b++) if (b % TURNS === this.#turn) this.paint(b);
    this.#turn = (this.#turn + 1) % TURNS;
    this.#left -= 1;
    this.#frame = this.#left === 0 ? 0 : requestAnimationFrame(() => this.#next());
  }
}
