/** The line at the top: what was read, what is explained, and the way back from what the reader chose. */

import { make, onHoverOrFocus, write } from "../core/dom";
import type { Span } from "../core/scales";
import {
  EXPLAINS,
  type Explanation,
  inputsAt,
  sameExplanation,
  spanText,
  textBefore,
} from "../state/caption";
import type { TargetToPreview } from "../state/preview-request";
import type { Scene } from "../wire";

export interface HeaderHandlers {
  /** Releases the pinned character. */
  release(): void;
  /** Explains the truth again. */
  back(): void;
  /** Looks at what that would be, or with null away. */
  preview(wanted: TargetToPreview | null): void;
  /** Forgets the brushed span. */
  clear(): void;
}

export interface HeaderState {
  readonly pinned: boolean;
  /** The characters whose share is read. */
  readonly brush: Span | null;
  /** Those whose influence is drawn; null: sources are. */
  readonly influence: Span | null;
}

export class Header {
  readonly el = make("div", "header");
  readonly #acts = make("div", "acts");
  readonly #after = make("span", "after");
  readonly #explained = make("strong", "explained");
  readonly #reason = document.createTextNode("");
  readonly #explains = make("span", "explains", EXPLAINS, this.#explained, this.#reason);
  readonly #release = button("release", "pinned · Esc releases", "Release the pinned character");
  readonly #brush = button("brush", "", "Forget the brushed span");
  readonly #back = button("back", "back to the truth", "Explain the truth again");

  /** `chosen` tells whether another target than the truth is explained, and the page can change it. */
  constructor(handlers: HeaderHandlers, chosen: boolean, signal: AbortSignal) {
    this.#back.hidden = !chosen;
    this.#back.addEventListener("click", () => handlers.back(), { signal });
    this.#brush.addEventListener("click", () => handlers.clear(), { signal });
    const truth: TargetToPreview = () => [{ choice: "truth" }];
    onHoverOrFocus(this.#back, (looks) => handlers.preview(looks ? truth : null), signal);
    this.#release.addEventListener("click", () => handlers.release(), { signal });
    this.#acts.append(this.#back, this.#brush, this.#release);
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
    { pinned, brush, influence }: HeaderState,
  ): void {
    const alike = said.every((one) => sameExplanation(one, said[0]));
    const shared = alike && influence === null && said[0]?.target ? said[0] : undefined;
    const where = influence === null ? textBefore(scene, shown) : inputsAt(scene, influence);
    write(this.#after, where + (shared === undefined ? "" : ","));
    this.#explains.hidden = shared === undefined;
    write(this.#explained, shared?.target ?? "");
    this.#reason.data = shared === undefined ? "" : `, ${shared.reason}`;
    this.#brush.hidden = brush === null;
    // Escape takes back one thing at a time, what is about the span first.
    if (brush !== null) {
      write(this.#brush, `“${spanText(scene.characters, brush)}” · Esc clears`);
    }
    this.#release.hidden = !pinned;
    write(this.#release, brush === null ? "pinned · Esc releases" : "pinned · release");
  }
}

function button(name: string, words: string, title: string): HTMLButtonElement {
  const el = make("button", `button ${name}`, words);
  el.type = "button";
  el.title = title;
  el.dataset["lmSuppressShortcuts"] = "true";
  return el;
}
