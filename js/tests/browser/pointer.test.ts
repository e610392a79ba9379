/** What counts as hovered: what the pointer moved onto, and not what came to lie under it. */

import { expect, it, onTestFinished } from "vitest";
import { make, onHoverOrFocus } from "../../src/core/dom";

function listened(): [HTMLElement, boolean[]] {
  const el = document.body.appendChild(make("button", "button"));
  const heard: boolean[] = [];
  const end = new AbortController();
  onHoverOrFocus(el, (here) => heard.push(here), end.signal);
  onTestFinished(() => {
    end.abort();
    el.remove();
  });
  return [el, heard];
}

function tell(el: Element, type: string, screenX: number, pointerType = "mouse"): void {
  el.dispatchEvent(new PointerEvent(type, { pointerType, screenX, screenY: 7, bubbles: true }));
}

it("does not take what comes to lie under a resting pointer for hovered, until the pointer moves", () => {
  const [first, ofFirst] = listened();
  const [second, ofSecond] = listened();
  tell(first, "pointermove", 5000);
  expect(ofFirst).toEqual([true]);
  // As browsers tell of another element at the same place, after a layout or a scroll.
  tell(first, "pointerleave", 5000);
  tell(second, "pointerenter", 5000);
  tell(second, "pointermove", 5000);
  expect(ofFirst).toEqual([true, false]);
  expect(ofSecond).toEqual([]);
  tell(second, "pointermove", 5001);
  tell(second, "pointermove", 5002);
  expect(ofSecond).toEqual([true]);
  tell(second, "pointerleave", 5003);
  expect(ofSecond).toEqual([true, false]);
  tell(second, "pointermove", 5004, "touch");
  expect(ofSecond).toEqual([true, false]);
});
