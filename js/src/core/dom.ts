/** Makes an element from a tag, a class (without its prefix) and text, which is never markup. */
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

/** Sets text only if it differs: an unchanged node then costs nothing, and screen readers do not repeat it. */
export function write(el: Element, text: string): void {
  if (el.textContent === text) return;
  const { firstChild } = el;
  // A text that stays the same node costs the browser less than one that is made anew.
  if (text !== "" && firstChild instanceof Text && firstChild === el.lastChild)
    firstChild.data = text;
  else el.textContent = text;
}

/** Sets an attribute (true becomes "true"), or removes it (null or false). */
export function mark(el: Element, name: string, value: string | number | boolean | null): void {
  if (value === null || value === false) el.removeAttribute(name);
  else if (el.getAttribute(name) !== String(value)) el.setAttribute(name, String(value));
}

/** Sets an element's role and name for screen readers. */
export function label(el: Element, role: string, name: string): void {
  mark(el, "role", role);
  mark(el, "aria-label", name);
}

/** Where on the screen the pointer was last, and whether the last event moved it. */
let place = "";
let moved = false;
globalThis.addEventListener?.(
  "pointermove",
  ({ screenX, screenY }: PointerEvent) => {
    const before = place;
    place = `${screenX} ${screenY}`;
    moved = place !== before;
  },
  true,
);

/** Whether the pointer really moved: browsers also say so of a resting one when what is under it is repainted, or scrolled. */
export function pointerMoved(): boolean {
  return moved;
}

/**
 * Calls `changed` when the pointer moves onto an element, or the keyboard focus, and when it leaves it. An element that comes to
 * lie under a resting pointer is not hovered: nobody went there. Fingers press, and do not hover.
 */
export function onHoverOrFocus(
  el: HTMLElement,
  changed: (here: boolean) => void,
  signal: AbortSignal,
): void {
  let over = false;
  const turn = (on: boolean) => {
    if (over === on) return;
    over = on;
    changed(on);
  };
  const move = (event: PointerEvent) => moved && event.pointerType !== "touch" && turn(true);
  listen(el, "pointermove", move, signal);
  listen(el, "pointerleave", () => turn(false), signal);
  listen(el, "focus", () => el.matches(":focus-visible") && changed(true), signal);
  listen(el, "blur", () => changed(false), signal);
}

/**
 * Keeps the host's shortcuts away from an element with keyboard input. JupyterLab handles them from the focused element
 * upwards, so that each such element must opt out; otherwise a letter pressed there would add, cut or run cells.
 */
export function suppressShortcuts<El extends HTMLElement>(el: El): El {
  el.dataset["lmSuppressShortcuts"] = "true";
  return el;
}

/** A button without host shortcuts; `title` says what it does. */
export function makeButton(name: string, words: string, title = ""): HTMLButtonElement {
  const el = suppressShortcuts(make("button", name, words));
  el.type = "button";
  if (title !== "") el.title = title;
  return el;
}

type ListenedEvents = HTMLElementEventMap & WindowEventMap;

/** Listens to an event until the signal aborts, when the element is no longer shown. */
export function listen<Type extends keyof ListenedEvents>(
  to: EventTarget,
  type: Type,
  act: (event: ListenedEvents[Type]) => void,
  signal: AbortSignal,
): void {
  to.addEventListener(type, act as EventListener, { signal });
}

/** Calls a function when the signal aborts. */
export function onAbort(signal: AbortSignal, act: () => void): void {
  signal.addEventListener("abort", act);
}

/** Adds or removes a class, named without its prefix. */
export function toggle(el: Element | null | undefined, name: string, on: boolean): void {
  el?.classList.toggle(`rnnviz-${name}`, on);
}

/** Keeps an event from the browser and the host. */
export function consume(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Sets a custom property, a number or a colour that style sheets use. */
export function setVariable(el: HTMLElement, name: string, value: string | number): void {
  el.style.setProperty(`--rnnviz-${name}`, String(value));
}
