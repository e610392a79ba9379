import type { Clock } from "../src/hosts/position-sync";

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #now = 0;
  #frames: (() => void)[] = [];
  #timers: { at: number; act: () => void }[] = [];

  frame(act: () => void): void {
    this.#frames.push(act);
  }

  after = (ms: number, act: () => void): (() => void) => {
    const timer = { at: this.#now + ms, act };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  nextFrame(): void {
    const frames = this.#frames;
    this.#frames = [];
    for (const act of frames) act();
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#now = due.at;
      due.act();
    }
    this.#now = until;
  }
}
