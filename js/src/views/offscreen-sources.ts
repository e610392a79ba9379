/** The edges above and below a text that scrolls: the strong sources out of view there, with a button to reach them. */
import { make, makeButton, write } from "../core/dom";
import { describeSources, type StrongSource } from "../core/strong-sources";

interface EdgeBar {
  readonly el: HTMLElement;
  readonly button: HTMLButtonElement;
  readonly arrow: string;
  target: number | null;
}

export class OffscreenSources {
  readonly #above = this.#edge("↑");
  readonly #below = this.#edge("↓");

  /** `go` brings a character into view; `leave` takes the focus when a focused button disappears. */
  constructor(
    private readonly go: (position: number) => void,
    private readonly leave: () => void,
  ) {}

  get above(): HTMLElement {
    return this.#above.el;
  }

  get below(): HTMLElement {
    return this.#below.el;
  }

  /** The edges in words, or "". */
  get words(): string {
    return [this.#above, this.#below]
      .filter(({ target }) => target !== null)
      .map(({ button, arrow }) => `${arrow === "↑" ? "above" : "below"}: ${button.title}`)
      .join("; ");
  }

  /** Shows which strong sources of a row are before and after the characters in view. */
  show(
    sources: readonly StrongSource[],
    position: number,
    [first, last]: readonly [number, number],
    noun: string,
  ): void {
    const before = sources.filter(({ peak }) => peak < first);
    const after = sources.filter(({ peak }) => peak >= last);
    this.#say(this.#above, before.at(-1), describeSources(before, position, noun));
    this.#say(this.#below, after[0], describeSources(after, position, noun));
  }

  #edge(arrow: string): EdgeBar {
    const button = makeButton("button edge-button", "");
    button.hidden = true;
    const edge: EdgeBar = { el: make("div", "edge", button), button, arrow, target: null };
    button.addEventListener("click", () => {
      if (edge.target !== null) this.go(edge.target);
    });
    return edge;
  }

  #say(edge: EdgeBar, nearest: StrongSource | undefined, words: string): void {
    const { button, arrow } = edge;
    const none = nearest === undefined;
    if (none && (button.getRootNode() as Document).activeElement === button) this.leave();
    edge.target = nearest?.peak ?? null;
    button.hidden = none;
    button.title = none ? "" : words;
    write(button, none ? "" : `${arrow} ${words}`);
  }
}
