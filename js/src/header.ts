/** The line at the top: what was read, what is explained, and the way back from what the reader chose. */
import { type Explanation, inputAt, place, same } from "./caption";
import { make, onLook, write } from "./dom";
import type { Wanted } from "./looking";
import type { Scene } from "./wire";

export interface HeaderHandlers {
  /** Releases the pinned character. */
  release(): void;
  /** Explains the truth again. */
  back(): void;
  /** Looks at what that would be, or with null away. */
  lookAt(wanted: Wanted | null): void;
}

export class Header {
  readonly el = make("div", "header");
  readonly #acts = make("div", "acts");
  readonly #after = make("span", "after");
  readonly #explained = make("strong", "explained");
  readonly #reason = document.createTextNode("");
  readonly #explains = make("span", "explains", "explains ", this.#explained, this.#reason);
  readonly #release = button("release", "pinned · Esc releases", "Release the pinned character");
  readonly #back = button("back", "chosen · back to the truth", "Explain the truth again");

  /** `chosen` tells whether another target than the truth is explained, and the page can change it. */
  constructor(handlers: HeaderHandlers, chosen: boolean, signal: AbortSignal) {
    this.#back.hidden = !chosen;
    this.#back.addEventListener("click", () => handlers.back(), { signal });
    const truth: Wanted = () => [{ choice: "truth" }];
    onLook(this.#back, (looks) => handlers.lookAt(looks ? truth : null), signal);
    this.#release.addEventListener("click", () => handlers.release(), { signal });
    this.#acts.append(this.#back, this.#release);
    this.el.append(make("div", "sentence", this.#after, this.#explains), this.#acts);
  }

  /** Something at the right, where nothing moves it. */
  add(el: HTMLElement): void {
    this.el.classList.add("rnnviz-header-wide");
    this.#acts.append(el);
  }

  /** `said` is what each facet explains; of an input's influence nothing is. */
  show(
    scene: Scene,
    shown: number,
    said: readonly Explanation[],
    pinned: boolean,
    influence: boolean,
  ): void {
    const alike = said.every((one) => same(one, said[0]));
    const shared = alike && !influence && said[0]?.target ? said[0] : undefined;
    const where = influence ? inputAt(scene, shown) : place(scene, shown);
    write(this.#after, where + (shared === undefined ? "" : ","));
    this.#explains.hidden = shared === undefined;
    write(this.#explained, shared?.target ?? "");
    this.#reason.data = shared === undefined ? "" : `, ${shared.reason}`;
    this.#release.hidden = !pinned;
  }
}

function button(name: string, words: string, title: string): HTMLButtonElement {
  const el = make("button", `button ${name}`, words);
  el.type = "button";
  el.title = title;
  el.dataset["lmSuppressShortcuts"] = "true";
  return el;
}
