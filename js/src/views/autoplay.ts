/** Walks through the text by itself, again and again, until the reader takes over. */

import { onAbort } from "../core/dom";
import type { Options } from "../state/options";
import type { PointingHandlers } from "./pointing";
import type { TextView } from "./text-view";

/** How long a character is shown, as in the article's figure, in milliseconds. */
export const STEP = 200;

export class Autoplay {
  #timer: ReturnType<typeof setInterval> | undefined;
  #moved = 0;
  #last = -1;

  constructor(
    private readonly length: () => number,
    private readonly handlers: Pick<PointingHandlers, "selection" | "pointAt" | "pin">,
    private readonly texts: readonly Pick<TextView, "follow">[],
    signal: AbortSignal,
  ) {
    onAbort(signal, () => clearInterval(this.#timer));
  }

  set playing(playing: boolean) {
    if (playing === (this.#timer !== undefined)) return;
    clearInterval(this.#timer);
    this.#timer = playing ? setInterval(() => this.#step(), STEP / 4) : undefined;
  }

  /** Several views of one widget walk together: the first one moves the position, and the others notice. */
  #step(): void {
    const { handlers } = this;
    const { shown, pinned } = handlers.selection;
    const now = performance.now();
    if (shown !== this.#last) [this.#last, this.#moved] = [shown, now];
    if (now - this.#moved < STEP) return;
    if (pinned !== null) handlers.pin(null);
    const next = (shown + 1) % this.length();
    handlers.pointAt(next);
    for (const text of this.texts) text.follow(next);
  }
}

interface ReaderActs
  extends Pick<PointingHandlers, "selection" | "pointAt" | "pin" | "pointBeside"> {
  choose(change: Partial<Options>): void;
}

/** The reader's actions on the texts, any of which stops autoplay. */
export function stopWhenTouched(acts: ReaderActs, options: () => Options): PointingHandlers {
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
    pointBeside: (position) => acts.pointBeside(position),
    brush: (brush) => acts.choose({ brush }),
    play: (playing) => acts.choose({ playing }),
  };
}
