/** Says so where the kernel does not answer what the reader chose, looks at or seeks: nothing else tells that it is gone. */

import { type After, SILENCE } from "../state/shown-position";
import { NO_ANSWER } from "../views/notices";

const UNANSWERED = `${NO_ANSWER} What you chose waits for it; if it is gone, run the cell again.`;

export class ReplyTimeout {
  #end: (() => void) | null = null;

  /** `say` tells the reader, with "" nothing more. */
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

  /** The kernel has answered, or the reader wants no answer any more. */
  stop(): void {
    this.#end?.();
    this.#end = null;
  }
}
