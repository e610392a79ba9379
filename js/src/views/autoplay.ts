/** Walks through the text by itself, round and round, until the reader takes over. */

import type { Options } from "../state/options";
import type { PointingHandlers } from "./pointing";

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

interface ReaderActs extends Pick<PointingHandlers, "selection" | "pointAt" | "pin"> {
  choose(change: Partial<Options>): void;
}

/** What the reader does on the texts; any of it stops a picture that walks by itself. */
export function stopWhenTouched(
  acts: ReaderActs,
  options: () => Options,
  panels: Pick<PointingHandlers, "help" | "controls" | "edit" | "close">,
): PointingHandlers {
  const stop = () => {
    if (options().playing) acts.choose({ playing: false });
  };
  return {
    get selection() {
      return acts.selection;
    },
    get brushed() {
      return options().brush;
    },
    get playing() {
      return options().playing;
    },
    pointAt: (position) => {
      stop();
      acts.pointAt(position);
    },
    pin: (position) => {
      stop();
      acts.pin(position);
    },
    brush: (brush) => acts.choose({ brush }),
    play: (playing) => acts.choose({ playing }),
    ...panels,
  };
}
