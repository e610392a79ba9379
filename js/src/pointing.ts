/** What a reader does on the texts by pointer, finger and keys, told as what is meant by it. */
import type { FacetView } from "./facet-view";
import { actionOf, moved } from "./keys";

/** What is selected, which may be a frame ahead of what is drawn. */
export interface Selection {
  readonly shown: number;
  readonly pinned: number | null;
}

export interface PointingHandlers {
  readonly selection: Selection;
  /** The reader points at a character. */
  look(position: number): void;
  /** The reader pins a character, or releases with null. */
  pin(position: number | null): void;
}

export class Pointing {
  #held = false;
  #pointer = "mouse";
  #selectedAtDown: number | null = null;

  /** `el` holds all of the widget; `turned` is called when Shift, held over it, turns the picture round or back. */
  constructor(
    private readonly el: HTMLElement,
    private readonly characters: readonly string[],
    private readonly facets: readonly FacetView[],
    private readonly handlers: PointingHandlers,
    private readonly turned: () => void,
    signal: AbortSignal,
  ) {
    facets.forEach((facet, i) => {
      this.#listen(facet, i, signal);
    });
    el.addEventListener("keydown", (event) => this.#escape(event), { signal });
    el.addEventListener("pointermove", (event) => this.#hold(event.shiftKey), { signal });
    el.addEventListener("pointerleave", () => this.#hold(false), { signal });
    window.addEventListener("keyup", (event) => event.key === "Shift" && this.#hold(false), {
      signal,
    });
    window.addEventListener(
      "keydown",
      (event) => event.key === "Shift" && el.matches(":hover") && this.#hold(true),
      { signal },
    );
  }

  /** Whether Shift is held while the pointer is over the widget. */
  get held(): boolean {
    return this.#held;
  }

  focus(index: number): void {
    this.facets[index]?.text.el.focus({ preventScroll: true });
  }

  #hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    this.turned();
  }

  #listen({ text, facet }: FacetView, index: number, signal: AbortSignal): void {
    const { el } = text;
    el.tabIndex = index === 0 ? 0 : -1;
    el.addEventListener("focus", () => this.#rove(index), { signal });
    el.setAttribute("role", "application");
    el.setAttribute(
      "aria-label",
      `${facet.name}: text of ${this.characters.length} characters. ` +
        "Arrow keys walk through it, Enter pins a character, Escape releases it.",
    );
    if (facet.engine !== "") {
      el.setAttribute("aria-description", `How its rows are computed: ${facet.engine}.`);
    }
    el.addEventListener(
      "pointerdown",
      (event) => {
        this.#pointer = event.pointerType;
        this.#selectedAtDown = this.handlers.selection.shown;
        // A finger may be about to scroll; it selects by tapping, or by moving along the line.
        if (this.#pointer === "mouse") this.#look(event);
      },
      { signal },
    );
    el.addEventListener("pointermove", (event) => this.#look(event), { signal });
    el.addEventListener("click", (event) => this.#press(event), { signal });
    el.addEventListener("keydown", (event) => this.#key(event, text), { signal });
  }

  /** The tab key stops once at the widget: at the text that had the keyboard last. */
  #rove(index: number): void {
    this.facets.forEach((facet, i) => {
      facet.text.el.tabIndex = i === index ? 0 : -1;
    });
  }

  #look(event: PointerEvent): void {
    const position = this.#at(event);
    if (position !== null && this.handlers.selection.pinned === null) this.handlers.look(position);
  }

  #press(event: MouseEvent): void {
    const position = this.#at(event);
    if (position === null) return;
    const { pinned } = this.handlers.selection;
    if (pinned !== null) {
      this.handlers.pin(pinned === position ? null : position);
    } else if (this.#pointer === "mouse" || this.#selectedAtDown === position) {
      this.handlers.pin(position);
    } else {
      this.handlers.look(position);
    }
  }

  /** The character under the pointer; a finger keeps its first target, so the place decides. */
  #at(event: MouseEvent): number | null {
    const root = this.el.getRootNode() as Document | ShadowRoot;
    const under =
      event.type === "pointermove" && (event as PointerEvent).pointerType !== "mouse"
        ? root.elementFromPoint(event.clientX, event.clientY)
        : (event.target as Element | null);
    const p = under?.closest<HTMLElement>("[data-p]")?.dataset["p"];
    return p === undefined ? null : Number(p);
  }

  #key(event: KeyboardEvent, text: FacetView["text"]): void {
    const action = actionOf(event);
    const { shown: from, pinned: pin } = this.handlers.selection;
    const pinned = pin !== null;
    if (action === null || (action === "release" && !pinned)) return;
    event.preventDefault();
    event.stopPropagation();
    if (action === "release" || action === "pin") {
      this.handlers.pin(pinned ? null : from);
      return;
    }
    const { move } = action;
    const vertical = move === "up" || move === "down";
    const to = vertical
      ? text.vertical(from, move === "up" ? -1 : 1)
      : moved(this.characters, from, move);
    if (pinned) this.handlers.pin(to);
    else this.handlers.look(to);
    text.reveal(to);
  }

  /** Escape releases wherever in the widget the keyboard is. */
  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || this.handlers.selection.pinned === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.handlers.pin(null);
  }
}
