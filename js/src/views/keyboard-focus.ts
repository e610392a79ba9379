/** Saves the keyboard focus of a picture, to restore it in the next one, which has the same structure. */

const STOPS = "[tabindex], button, input, select";

/** The index of the focused element, or -1. */
export function placeOfFocus(el: HTMLElement): number {
  const { activeElement } = el.getRootNode() as Document | ShadowRoot;
  return [...el.querySelectorAll<HTMLElement>(STOPS)].indexOf(activeElement as HTMLElement);
}

/** False if no element there takes the focus. */
export function focusAt(el: HTMLElement, place: number): boolean {
  el.querySelectorAll<HTMLElement>(STOPS)[place]?.focus({ preventScroll: true });
  return placeOfFocus(el) >= 0;
}
