/** Pointer, touch and keys on the texts, reported as the actions that they mean. */

import { consume, label, listen, mark, pointerMoved } from "../core/dom";
import { type Action, actionOf, mirrored, moved } from "../core/key-actions";
import type { Span } from "../core/scales";
import { trimmed, type Words } from "../core/words";
import type { FacetView } from "./facet-view";

/** What is selected, which may be one frame ahead of the picture. */
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
  /** The reader brushes characters, or clears the brush with null. */
  brush(span: Span | null): void;
  readonly brushed: Span | null;
  /** Whether autoplay is running. */
  readonly playing: boolean;
  play(playing: boolean): void;
  /** The reader points at a character while another one is pinned; null: no longer. */
  pointBeside(position: number | null): void;
}

/** The parts that keys open and close. */
export interface KeyPanels {
  /** Opens or closes the help sheet. */
  help(): void;
  /** Opens or closes the editor. */
  edit(): void;
  /** Moves the focus from a facet's text to the controls. */
  enter(facet: number): void;
  /** Closes the controls; returns whether they were open. */
  close(): boolean;
  /** Opens or closes the instrument of a letter; returns whether there is one. */
  press(letter: string): boolean;
}

/** How far a pressed pointer must move to start a brush, in pixels. */
const SLACK = 4;

export interface Pointing {
  /** Whether Shift is held while the pointer is over the widget. */
  held(): boolean;
  /** Moves the focus to a facet's text. */
  focus(facet: number): void;
  /** The facets have another text. */
  textChanged(): void;
}

/** The text that is shown, which may become another one. */
export interface PointedText {
  readonly characters: readonly string[];
  readonly words: Words;
}

/** `el` contains the whole widget, `pointed` returns its text; `turned` is called when Shift, held over it, switches between sources and influence. */
export function makePointing(
  el: HTMLElement,
  pointed: () => PointedText,
  facets: readonly FacetView[],
  handlers: PointingHandlers,
  panels: KeyPanels,
  turned: () => void,
  signal: AbortSignal,
): Pointing {
  let shiftHeld = false;
  let pointer = "mouse";
  let selectedAtDown: number | null = null;
  /** Where a press began, which becomes a brush when it moves, and whether it has moved. */
  let pressedAt: { readonly position: number; readonly x: number; readonly y: number } | null =
    null;
  let brushing = false;
  let pinnedBefore: number | null = null;
  /** The start and the current end of the keyboard's brush. */
  let keyBrush: { readonly anchor: number; readonly head: number } | null = null;

  facets.forEach(listenTo);
  listen(el, "keydown", takeBack, signal);
  listen(el, "pointermove", (event) => hold(event.shiftKey), signal);
  listen(el, "pointerleave", () => hold(false), signal);
  const isShift = (event: KeyboardEvent) => event.key === "Shift";
  listen(window, "keyup", (event) => isShift(event) && hold(false), signal);
  listen(
    window,
    "keydown",
    (event) => isShift(event) && el.matches(":hover") && hold(true),
    signal,
  );
  for (const type of ["pointerup", "pointercancel"] as const) {
    const release = () => {
      pressedAt = null;
    };
    listen(window, type, release, signal);
  }
  return {
    held: () => shiftHeld,
    focus: (facet) => facets[facet]?.text.el.focus({ preventScroll: true }),
    textChanged: () => {
      facets.forEach(name);
      pressedAt = keyBrush = null;
      brushing = false;
    },
  };

  function hold(held: boolean): void {
    if (held === shiftHeld) return;
    shiftHeld = held;
    turned();
  }

  function name({ text, facet }: FacetView): void {
    label(
      text.el,
      "application",
      `${facet.name}: text of ${pointed().characters.length} characters. ` +
        "Arrow keys walk through it, Enter pins a character, Escape releases it; " +
        "the question mark tells the other keys.",
    );
    if (facet.engine !== "") {
      mark(text.el, "aria-description", `How its rows are computed: ${facet.engine}.`);
    }
  }

  function listenTo(facet: FacetView, index: number): void {
    const { text } = facet;
    const { el } = text;
    name(facet);
    el.tabIndex = index === 0 ? 0 : -1;
    listen(el, "focus", () => rove(index), signal);
    listen(
      el,
      "pointerdown",
      (event) => {
        pointer = event.pointerType;
        selectedAtDown = handlers.selection.shown;
        const position = event.button === 0 ? at(event) : null;
        pressedAt = position === null ? null : { position, x: event.clientX, y: event.clientY };
        brushing = false;
        // A touch may become a scroll; it selects by a tap, or by moving along the line.
        if (pointer === "mouse") pointAt(event);
      },
      signal,
    );
    listen(el, "pointermove", (event) => brushTo(event) || pointAt(event), signal);
    listen(el, "pointerleave", () => handlers.pointBeside(null), signal);
    listen(el, "click", press, signal);
    listen(el, "keydown", (event) => key(event, text, index), signal);
  }

  /** The texts are one stop of the tab key: the text that had the focus last. */
  function rove(index: number): void {
    facets.forEach((facet, i) => {
      facet.text.el.tabIndex = i === index ? 0 : -1;
    });
  }

  /** A pressed mouse that moves brushes; a finger moves through the text, and brushes while a character is pinned. */
  function brushTo(event: PointerEvent): boolean {
    const from = pressedAt;
    const finger = pointer !== "mouse" && handlers.selection.pinned === null;
    if (from === null || finger) return false;
    const to = at(event);
    const far = Math.hypot(event.clientX - from.x, event.clientY - from.y) >= SLACK;
    if (to !== null && to !== from.position && far) brushing = true;
    if (to !== null && brushing) {
      keyBrush = null;
      handlers.brush(between(from.position, to));
    }
    return true;
  }

  function pointAt(event: PointerEvent): void {
    const position = at(event);
    if (handlers.playing && !pointerMoved()) return;
    if (handlers.selection.pinned !== null) handlers.pointBeside(position);
    else if (position !== null) handlers.pointAt(position);
  }

  function press(event: MouseEvent): void {
    const position = at(event);
    if (position === null) return;
    // The press that ended here was not on a character.
    if (brushing) {
      brushing = false;
      return;
    }
    const { pinned } = handlers.selection;
    // The first tap of a finger selects, and the second pins, however quick.
    if (event.detail > 1 && pointer === "mouse") {
      if (event.detail === 2) brushWord(position);
      return;
    }
    pinnedBefore = pinned;
    if (pinned !== null) {
      handlers.pin(pinned === position ? null : position);
    } else if (pointer === "mouse" || selectedAtDown === position) {
      handlers.pin(position);
    } else {
      handlers.pointAt(position);
    }
  }

  /** A double click on a word brushes it, and undoes what the first click did. */
  function brushWord(position: number): void {
    const { characters, words } = pointed();
    const { starts, ends } = words;
    const word = { start: starts[position] ?? 0, end: ends[position] ?? position + 1 };
    handlers.pin(pinnedBefore);
    const inner = trimmed(characters, word);
    if (inner.start < inner.end) handlers.brush(inner);
  }

  /** The character under the pointer; by place, since touch events keep their first target. */
  function at(event: MouseEvent): number | null {
    const root = el.getRootNode() as Document | ShadowRoot;
    const under =
      event.type === "pointermove" && (event as PointerEvent).pointerType !== "mouse"
        ? root.elementFromPoint(event.clientX, event.clientY)
        : (event.target as Element | null);
    const p = under?.closest<HTMLElement>("[data-p]")?.dataset["p"];
    return p === undefined ? null : Number(p);
  }

  function key(event: KeyboardEvent, text: FacetView["text"], index: number): void {
    const action = actionOf(event);
    const { shown: from, pinned } = handlers.selection;
    // Escape is handled for the whole widget.
    if (action === null || action === "release") return;
    if (typeof action === "object" && "letter" in action) {
      if (panels.press(action.letter)) consume(event);
      return;
    }
    consume(event);
    if (typeof action === "string") {
      act(action, index);
      return;
    }
    const { move, brush } = action;
    const { anchor, head } = (brush && keyBrush) || { anchor: from, head: from };
    const vertical = move === "up" || move === "down";
    const to = vertical
      ? text.vertical(head, move === "up" ? -1 : 1)
      : moved(pointed().characters, head, text.runsLeft(head) ? mirrored(move) : move);
    keyBrush = brush ? { anchor, head: to } : null;
    if (brush) {
      // Here Shift brushes; it does not switch to influence.
      hold(false);
      handlers.brush(between(anchor, to));
    } else if (pinned !== null) handlers.pin(to);
    else handlers.pointAt(to);
    text.reveal(to);
  }

  /** The action of a key that does not move the position. */
  function act(action: Exclude<Action, object | "release">, facet: number): void {
    const { shown, pinned } = handlers.selection;
    if (action === "help") panels.help();
    else if (action === "controls") panels.enter(facet);
    else if (action === "edit") panels.edit();
    else if (action === "play") handlers.play(!handlers.playing);
    else handlers.pin(pinned === null ? shown : null);
  }

  /** Escape clears the brush, then releases the pin, then closes the controls, wherever in the widget the focus is. */
  function takeBack(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    if (handlers.brushed !== null) handlers.brush(null);
    else if (handlers.selection.pinned !== null) handlers.pin(null);
    else if (!panels.close()) return;
    consume(event);
    keyBrush = null;
  }
}

/** Both characters and all between them. */
function between(one: number, other: number): Span {
  return { start: Math.min(one, other), end: Math.max(one, other) + 1 };
}
