/** The place of one view in its host's page: the picture or a message, below what stands above all pictures. */
import { css, makePalette, type Rgb } from "../core/color";
import { make } from "../core/dom";
import type { Scene } from "../wire";

export class ViewPlace {
  #below: HTMLElement | null = null;
  #message: HTMLElement | null = null;
  #ground: Rgb = [255, 255, 255];

  /** `above`: what is placed above, such as the editor. */
  constructor(
    private readonly el: HTMLElement,
    private readonly above: () => readonly HTMLElement[],
  ) {}

  get ground(): Rgb {
    return this.#ground;
  }

  set ground(ground: Rgb) {
    this.#ground = ground;
    this.#ink();
  }

  /** Replaces the contents; what stands above keeps the focus. */
  put(below: HTMLElement): void {
    const above = this.above();
    const there = above.length > 0 && above.every((one) => one.parentElement === this.el);
    if (there && this.#below !== null) this.#below.replaceWith(below);
    else this.el.replaceChildren(...above, below);
    this.#below = below;
    this.#message = null;
  }

  /** Shows a message in place of a picture. */
  say(words: string): void {
    const message = make("div", "explorer message", words);
    message.setAttribute("role", "status");
    this.put(message);
    this.#message = message;
    this.#ink();
  }

  #ink(): void {
    const { ink } = makePalette(this.#ground, false);
    this.#message?.style.setProperty("--rnnviz-ink", css(ink));
  }
}

/** Gives an element above the picture the colours that go with the page. */
export function paintAbove(el: HTMLElement, ground: Rgb): void {
  const palette = makePalette(ground, false);
  for (const name of ["ink", "muted", "line", "accent", "mark"] as const) {
    el.style.setProperty(`--rnnviz-${name}`, css(palette[name]));
  }
  el.style.colorScheme = palette.dark ? "dark" : "light";
}

/** Why nothing can be drawn, or null. */
export function emptiness(scene: Scene | null): string | null {
  if (scene === null) return "Waiting for the kernel to read the text…";
  if (scene.characters.length === 0) return "The text is empty.";
  return scene.facets.length === 0 ? "There is no model to show." : null;
}
