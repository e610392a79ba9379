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
  listen(el, "pointerenter", mouse(true), signal);
  listen(el, "pointerleave", mouse(false), signal);
  listen(el, "focus", () => el.matches(":focus-visible") && changed(true), signal);
  listen(el, "blur", () => changed(false), signal);
}

/**
 * Keeps the host's shortcuts away from an element that takes the keyboard. JupyterLab looks for them from the focused element
 * upwards, so that each such element must say no itself; otherwise a letter pressed there would add, cut or run cells.
 */
export function suppressShortcuts<El extends HTMLElement>(el: El): El {
  el.dataset["lmSuppressShortcuts"] = "true";
  return el;
}

/** A button that a host leaves alone; `title` says what it does. */
export function makeButton(name: string, words: string, title = ""): HTMLButtonElement {
  const el = suppressShortcuts(make("button", name, words));
  el.type = "button";
  if (title !== "") el.title = title;
  return el;
}

type ListenedEvents = HTMLElementEventMap & WindowEventMap;

/** Listens until the signal says that the element is no longer shown. */
export function listen<Type extends keyof ListenedEvents>(
  to: EventTarget,
  type: Type,
  act: (event: ListenedEvents[Type]) => void,
  signal: AbortSignal,
): void {
  to.addEventListener(type, act as EventListener, { signal });
}
