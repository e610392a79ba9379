/** Says so if the kernel does not answer a choice, a preview or a search, since nothing else shows that it is gone. */

import { type After, SILENCE } from "../state/shown-position";
import { NO_ANSWER } from "../views/notices";

const UNANSWERED = `${NO_ANSWER} What you chose waits for it; if it is gone, run the cell again.`;

export class ReplyTimeout {
  #end: (() => void) | null = null;

  /** `say` shows a message, or with "" removes it. */
  constructor(
    private readonly after: After,
    private readonly say: (words: string) => void,
  ) {}

  start(): void {
    this.stop();
    this.#end = this.after(SILENCE, () => {
      this.#end = () => this.say("");
      this.say(UNANSWERED);
    });
  }

  /** The kernel has answered, or no answer is needed any more. */
  stop(): void {
    this.#end?.();
    this.#end = null;
  }
}
