/** The place of one view in its host's page: the picture or a message, below the editor if there is one. */
import { css, makePalette, type Rgb } from "../core/color";
import { make } from "../core/dom";
import type { Scene } from "../wire";

export class ViewPlace {
  #below: HTMLElement | null = null;
  #message: HTMLElement | null = null;
  #ground: Rgb = [255, 255, 255];

  /** `editor` is placed above; null: there is none. */
  constructor(
    private readonly el: HTMLElement,
    private readonly editor: () => HTMLElement | null,
  ) {}

  get ground(): Rgb {
    return this.#ground;
  }

  set ground(ground: Rgb) {
    this.#ground = ground;
    this.#ink();
  }

  /** Replaces the contents; the editor above keeps the focus. */
  put(below: HTMLElement): void {
    const editor = this.editor();
    if (editor?.parentElement === this.el && this.#below !== null) this.#below.replaceWith(below);
    else this.el.replaceChildren(...(editor === null ? [] : [editor]), below);
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

/** Why nothing can be drawn, or null. */
export function emptiness(scene: Scene | null): string | null {
  if (scene === null) return "Waiting for the kernel to read the text…";
  if (scene.characters.length === 0) return "The text is empty.";
  return scene.facets.length === 0 ? "There is no model to show." : null;
}
