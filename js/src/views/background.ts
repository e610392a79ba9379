/** The background behind the widget: that of its first opaque ancestor, in any host. */

import type { Rgb } from "../core/color";
import { onAbort } from "../core/dom";

/** Print is on white paper, whatever the screen's theme. */
const PAPER: Rgb = [255, 255, 255];

type Rgba = readonly [number, number, number, number];

/** Calls `found` with the background colour, now and whenever it may have changed. */
export function watchBackground(
  el: HTMLElement,
  signal: AbortSignal,
  found: (ground: Rgb) => void,
) {
  let last = "";
  let printing = false;
  const print = matchMedia("print");
  const update = () => {
    const ground = printing || print.matches ? PAPER : backgroundOf(el);
    if (signal.aborted || String(ground) === last) return;
    last = String(ground);
    found(ground);
  };
  // A theme's style sheet may load after the attribute that names it was set.
  const readTwice = () => {
    update();
    requestAnimationFrame(update);
    setTimeout(update, 300);
  };
  // Before all other print listeners, which paint with the colours for paper.
  const on = (to: EventTarget, type: string, act: (event: Event) => void) =>
    to.addEventListener(type, act, { capture: true, signal });
  const turn = (now: boolean) => () => {
    printing = now;
    readTwice();
  };
  on(window, "beforeprint", turn(true));
  on(window, "afterprint", turn(false));
  on(print, "change", update);
  on(matchMedia("(prefers-color-scheme: dark)"), "change", readTwice);
  on(matchMedia("(forced-colors: active)"), "change", readTwice);
  on(document.head, "load", (event) => {
    if (isStyle(event.target)) update();
  });
  const mutations = new MutationObserver((records) => {
    if (records.some(mayRestyle)) readTwice();
  });
  mutations.observe(document.documentElement, { attributes: true });
  mutations.observe(document.body, { attributes: true });
  mutations.observe(document.head, { childList: true });
  // The first size is reported when the widget is added to the page.
  const sizes = new ResizeObserver(update);
  sizes.observe(el);
  onAbort(signal, () => {
    mutations.disconnect();
    sizes.disconnect();
  });
  update();
}

/** JupyterLab puts another icon into the head whenever a kernel begins or ends work: at each hover, twice. */
function mayRestyle({ type, addedNodes, removedNodes }: MutationRecord): boolean {
  return type === "attributes" || [...addedNodes, ...removedNodes].some(isStyle);
}

function isStyle(node: unknown): boolean {
  if (node instanceof HTMLLinkElement) return node.relList.contains("stylesheet");
  return node instanceof HTMLStyleElement;
}

export function backgroundOf(el: Element): Rgb {
  const layers: Rgba[] = [];
  for (let at: Element | null = el; at !== null; at = above(at)) {
    const layer = parse(getComputedStyle(at).backgroundColor);
    if (layer[3] > 0) layers.push(layer);
    if (layer[3] === 1) break;
  }
  return layers.reduceRight<Rgb>(over, canvasOf(el));
}

function above(el: Element): Element | null {
  const root = el.getRootNode();
  return el.assignedSlot ?? el.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

/** The browser's own background, under everything. */
function canvasOf(el: Element): Rgb {
  const probe = document.createElement("span");
  probe.style.backgroundColor = "Canvas";
  (el.isConnected ? el : document.body).append(probe);
  const [r, g, b, alpha] = parse(getComputedStyle(probe).backgroundColor);
  probe.remove();
  return alpha === 1 ? [r, g, b] : [255, 255, 255];
}

function over(below: Rgb, [r, g, b, alpha]: Rgba): Rgb {
  const mix = (top: number, under: number) => Math.round(top * alpha + under * (1 - alpha));
  return [mix(r, below[0]), mix(g, below[1]), mix(b, below[2])];
}

function parse(color: string): Rgba {
  const plain = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(color);
  if (plain !== null) {
    return [Number(plain[1]), Number(plain[2]), Number(plain[3]), Number(plain[4] ?? 1)];
  }
  const context = document.createElement("canvas").getContext("2d");
  if (context === null || color === "") return [0, 0, 0, 0];
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [r = 0, g = 0, b = 0, alpha = 0] = context.getImageData(0, 0, 1, 1).data;
  return [r, g, b, alpha / 255];
}
