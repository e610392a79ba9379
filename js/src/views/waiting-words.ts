/** What stands in the place of an instrument whose code is on its way: at first nothing, then that it is loaded, or why not. */
import { make, mark, write } from "../core/dom";

export interface WaitingWords {
  readonly el: HTMLElement;
  say(words: string): void;
}

export function makeWaitingWords(what: string): WaitingWords {
  const el = make("span", "waiting", `Loading ${what}…`);
  mark(el, "role", "status");
  return { el, say: (words) => write(el, words) };
}
