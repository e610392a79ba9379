/** The widget's colours: made from its background, and set as custom properties of its element. */
import { css, makePalette, type Palette, type Rgb, STEPS } from "../core/color";

const NAMED = ["ground", "ink", "muted", "line", "hatch", "future", "accent", "mark"] as const;
/** The step of colour that marks a rival, as `mark`, from the other arm, marks the target. */
const RIVAL = Math.round(STEPS * 0.55);

/** In forced colours, or with increased contrast, bars show what colours would. */
const CONTRAST = matchMedia("(forced-colors: active), (prefers-contrast: more)");
const MORE = matchMedia("(prefers-contrast: more)");

export class Theme {
  #palettes = new Map<boolean, Palette>();
  #palette: Palette | null = null;
  #ground: Rgb | null = null;

  constructor(private readonly el: HTMLElement) {}

  set ground(ground: Rgb) {
    // The same colours made anew would have every character painted again.
    if (String(ground) === String(this.#ground)) return;
    this.#palettes = new Map();
    this.#ground = ground;
  }

  get needsBars(): boolean {
    return CONTRAST.matches;
  }

  /** The colours for a signed measure or an unsigned one, once the background is known. */
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
