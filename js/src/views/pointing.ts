/** What a reader does on the texts by pointer, finger and keys, told as what is meant by it. */

import { listen, mark } from "../core/dom";
import { type Action, actionOf, mirrored, moved } from "../core/key-actions";
import type { Span } from "../core/scales";
import { trimmed, type Words } from "../core/words";
import type { FacetView } from "./facet-view";

/** What is selected, which may be a frame ahead of what is drawn. */
export interface Selection {
  readonly shown: number;
  readonly pinned: number | null;
}

export interface PointingHandlers {
  readonly selection: Selection;
  /** The reader points at a character. */
  pointAt(position: number): void;
  /** The reader pins a character, or releases with null. */
  pin(position: number | null): void;
  /** The reader brushes characters, whose share is to be read, or forgets them with null. */
  brush(span: Span | null): void;
  readonly brushed: Span | null;
  /** Whether the picture walks by itself, until it is touched. */
  readonly playing: boolean;
  play(playing: boolean): void;
  /** Opens or closes the sheet of keys. */
  help(): void;
  /** Goes to the controls from a facet's text. */
  controls(facet: number): void;
  /** Opens or closes the editor. */
  edit(): void;
  /** Closes the controls; tells whether they were open. */
  close(): boolean;
}

/** How far a pressed mouse moves before it brushes, in pixels. */
const SLACK = 4;

export class Pointing {
  #held = false;
  #pointer = "mouse";
  #selectedAtDown: number | null = null;
  /** Where a press began, which becomes a brush when it moves on, and whether it did. */
  #from: { readonly position: number; readonly x: number; readonly y: number } | null = null;
  #brushing = false;
  #place = "";
  #pinnedBefore: number | null = null;
  /** Where the keyboard's brush began and has got to. */
  #walk: { readonly anchor: number; readonly head: number } | null = null;

  /** `el` holds all of the widget; `turned` is called when Shift, held over it, turns the picture round or back. */
  constructor(
    private readonly el: HTMLElement,
    private readonly characters: readonly string[],
    private readonly words: Words,
    private readonly facets: readonly FacetView[],
    private readonly handlers: PointingHandlers,
    private readonly turned: () => void,
    signal: AbortSignal,
  ) {
    facets.forEach((facet, i) => {
      this.#listen(facet, i, signal);
    });
    listen(el, "keydown", (event) => this.#escape(event), signal);
    listen(el, "pointermove", (event) => this.#hold(event.shiftKey), signal);
    listen(el, "pointerleave", () => this.#hold(false), signal);
    listen(window, "keyup", (event) => event.key === "Shift" && this.#hold(false), signal);
    const release = () => {
      this.#from = null;
    };
    for (const type of ["pointerup", "pointercancel"] as const) {
      listen(window, type, release, signal);
    }
    listen(
      window,
      "keydown",
      (event) => event.key === "Shift" && el.matches(":hover") && this.#hold(true),
      signal,
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
    listen(el, "focus", () => this.#rove(index), signal);
    mark(el, "role", "application");
    mark(
      el,
      "aria-label",
      `${facet.name}: text of ${this.characters.length} characters. ` +
        "Arrow keys walk through it, Enter pins a character, Escape releases it; " +
        "the question mark tells the other keys.",
    );
    if (facet.engine !== "") {
      mark(el, "aria-description", `How its rows are computed: ${facet.engine}.`);
    }
    listen(
      el,
      "pointerdown",
      (event) => {
        this.#pointer = event.pointerType;
        this.#selectedAtDown = this.handlers.selection.shown;
        const position = event.button === 0 ? this.#at(event) : null;
        this.#from = position === null ? null : { position, x: event.clientX, y: event.clientY };
        this.#brushing = false;
        // A finger may be about to scroll; it selects by tapping, or by moving along the line.
        if (this.#pointer === "mouse") this.#pointAt(event);
      },
      signal,
    );
    listen(el, "pointermove", (event) => this.#brush(event) || this.#pointAt(event), signal);
    listen(el, "click", (event) => this.#press(event), signal);
    listen(el, "keydown", (event) => this.#key(event, text, index), signal);
  }

  /** The tab key stops once at the widget: at the text that had the keyboard last. */
  #rove(index: number): void {
    this.facets.forEach((facet, i) => {
      facet.text.el.tabIndex = i === index ? 0 : -1;
    });
  }

  /** A pressed mouse that moves brushes; a finger walks through the text, and brushes where that is pinned. */
  #brush(event: PointerEvent): boolean {
    const from = this.#from;
    const finger = this.#pointer !== "mouse" && this.handlers.selection.pinned === null;
    if (from === null || finger) return false;
    const to = this.#at(event);
    const far = Math.hypot(event.clientX - from.x, event.clientY - from.y) >= SLACK;
    if (to !== null && to !== from.position && far) this.#brushing = true;
    if (to !== null && this.#brushing) {
      this.#walk = null;
      this.handlers.brush(between(from.position, to));
    }
    return true;
  }

  #pointAt(event: PointerEvent): void {
    const position = this.#at(event);
    // A browser also tells of a pointer that rests while what is under it is painted anew.
    const place = `${event.clientX} ${event.clientY}`;
    const rests = place === this.#place;
    this.#place = place;
    if (rests && this.handlers.playing) return;
    if (position !== null && this.handlers.selection.pinned === null)
      this.handlers.pointAt(position);
  }

  #press(event: MouseEvent): void {
    const position = this.#at(event);
    if (position === null) return;
    // What ended here was no press on a character.
    if (this.#brushing) {
      this.#brushing = false;
      return;
    }
    const { pinned } = this.handlers.selection;
    // A finger looks with the first tap and pins with the second, be it as quick as it may.
    if (event.detail > 1 && this.#pointer === "mouse") {
      if (event.detail === 2) this.#brushWord(position);
      return;
    }
    this.#pinnedBefore = pinned;
    if (pinned !== null) {
      this.handlers.pin(pinned === position ? null : position);
    } else if (this.#pointer === "mouse" || this.#selectedAtDown === position) {
      this.handlers.pin(position);
    } else {
      this.handlers.pointAt(position);
    }
  }

  /** A second press on a word brushes it and undoes what the first one did. */
  #brushWord(position: number): void {
    const { starts, ends } = this.words;
    const word = { start: starts[position] ?? 0, end: ends[position] ?? position + 1 };
    this.handlers.pin(this.#pinnedBefore);
    const inner = trimmed(this.characters, word);
    if (inner.start < inner.end) this.handlers.brush(inner);
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

  #key(event: KeyboardEvent, text: FacetView["text"], index: number): void {
    const action = actionOf(event);
    const { shown: from, pinned } = this.handlers.selection;
    // Escape is the whole widget's.
    if (action === null || action === "release") return;
    event.preventDefault();
    event.stopPropagation();
    if (typeof action === "string") {
      this.#act(action, index);
      return;
    }
    const { move, brush } = action;
    const { anchor, head } = (brush && this.#walk) || { anchor: from, head: from };
    const vertical = move === "up" || move === "down";
    const to = vertical
      ? text.vertical(head, move === "up" ? -1 : 1)
      : moved(this.characters, head, text.runsLeft(head) ? mirrored(move) : move);
    this.#walk = brush ? { anchor, head: to } : null;
    if (brush) {
      // Shift is the brush's here, not the picture's.
      this.#hold(false);
      this.handlers.brush(between(anchor, to));
    } else if (pinned !== null) this.handlers.pin(to);
    else this.handlers.pointAt(to);
    text.reveal(to);
  }

  /** What a key does that moves nothing. */
  #act(action: Exclude<Action, object | "release">, facet: number): void {
    const { handlers } = this;
    const { shown, pinned } = handlers.selection;
    if (action === "help") handlers.help();
    else if (action === "controls") handlers.controls(facet);
    else if (action === "edit") handlers.edit();
    else if (action === "play") handlers.play(!handlers.playing);
    else handlers.pin(pinned === null ? shown : null);
  }

  /** Escape forgets the brush, then releases the pin, then closes the controls, wherever in the widget the keyboard is. */
  #escape(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    const { handlers } = this;
    if (handlers.brushed !== null) handlers.brush(null);
    else if (handlers.selection.pinned !== null) handlers.pin(null);
    else if (!handlers.close()) return;
    event.preventDefault();
    event.stopPropagation();
    this.#walk = null;
  }
}

/** Both characters and all between them. */
function between(one: number, other: number): Span {
  return { start: Math.min(one, other), end: Math.max(one, other) + 1 };
}
