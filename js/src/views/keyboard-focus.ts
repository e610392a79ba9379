/** Where the keyboard is in a picture, to give it back in the next one, which is built alike. */

const STOPS = "[tabindex], button, input, select";

/** The place of what has the keyboard, or -1. */
export function placeOfFocus(el: HTMLElement): number {
  const { activeElement } = el.getRootNode() as Document | ShadowRoot;
  return [...el.querySelectorAll<HTMLElement>(STOPS)].indexOf(activeElement as HTMLElement);
}

/** False where nothing there takes it. */
export function focusAt(el: HTMLElement, place: number): boolean {
  el.querySelectorAll<HTMLElement>(STOPS)[place]?.focus({ preventScroll: true });
  return placeOfFocus(el) >= 0;
}
