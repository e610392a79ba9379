/** Elements in one line: a tag, a class (without its prefix) and text, which is never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  name: string,
  ...children: (string | Node)[]
): HTMLElementTagNameMap[K] {
  const el = document.createElement(tag);
  el.className = name
    .split(" ")
    .map((part) => `rnnviz-${part}`)
    .join(" ");
  el.append(...children);
  return el;
}

/** Writes text only where it differs, so that an unchanged node costs nothing and is not read out again. */
export function write(el: Element, text: string): void {
  if (el.textContent !== text) el.textContent = text;
}

/** Sets or, with null, removes an attribute. */
export function mark(el: Element, name: string, value: string | null): void {
  if (value === null) el.removeAttribute(name);
  else if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

/** Calls `changed` where the pointer, or the keyboard, comes to an element and leaves it. A finger presses, and looks at nothing. */
export function onHoverOrFocus(
  el: HTMLElement,
  changed: (here: boolean) => void,
  signal: AbortSignal,
): void {
  const mouse = (here: boolean) => (event: PointerEvent) => {
    if (event.pointerType !== "touch") changed(here);
  };
  el.addEventListener("pointerenter", mouse(true), { signal });
  el.addEventListener("pointerleave", mouse(false), { signal });
  el.addEventListener("focus", () => el.matches(":focus-visible") && changed(true), { signal });
  el.addEventListener("blur", () => changed(false), { signal });
}
