/** The widget's colours: made from the ground that it stands on, and set as properties of its element. */
import { css, makePalette, type Palette, type Rgb, STEPS } from "../core/color";

const NAMED = ["ground", "ink", "muted", "line", "hatch", "future", "accent", "mark"] as const;
/** The step of colour that marks what is compared with, as `mark` is one of the other arm. */
const RIVAL = Math.round(STEPS * 0.55);

/** Where colours are the reader's own, or too weak for the reader, bars say what they would. */
const CONTRAST = matchMedia("(forced-colors: active), (prefers-contrast: more)");
const MORE = matchMedia("(prefers-contrast: more)");

export class Theme {
  #palettes = new Map<boolean, Palette>();
  #palette: Palette | null = null;
  #ground: Rgb | null = null;

  constructor(private readonly el: HTMLElement) {}

  set ground(ground: Rgb) {
    this.#palettes = new Map();
    this.#ground = ground;
  }

  get needsBars(): boolean {
    return CONTRAST.matches;
  }

  /** The colours of a signed measure or one that is not, once the ground is known. */
  use(signed: boolean): Palette | null {
    if (this.#ground === null) return null;
    const palette = this.#palettes.get(signed) ?? makePalette(this.#ground, signed);
    if (palette === this.#palette) return palette;
    this.#palettes.set(signed, palette);
    this.#palette = palette;
    const { style, dataset } = this.el;
    for (const name of NAMED) {
      const color = name === "muted" && MORE.matches ? "ink" : name;
      style.setProperty(`--rnnviz-${name}`, css(palette[color]));
    }
    const against = palette.falling[RIVAL]?.background ?? palette.ink;
    style.setProperty("--rnnviz-against", css(against));
    dataset["theme"] = palette.dark ? "dark" : "light";
    return palette;
  }
}
