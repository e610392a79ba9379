/** The colours of one strip on the ground of the page, made when they are first needed. */
import { makePalette, type Palette, type Rgb } from "../core/color";
import { pixelsOf, type UnitColors, type UnitScale, unitColors } from "./unit-colors";
import type { UnitStates } from "./unit-states";

export class StripColors {
  #palette: Palette | null = null;
  #scale: UnitScale = "layer";
  #colors: UnitColors | null = null;
  /** The colours of the steps from -STEPS to STEPS. */
  pixels: Uint32Array = new Uint32Array();

  /** Null: it is not drawn yet. */
  get palette(): Palette | null {
    return this.#palette;
  }

  use(ground: Rgb, scale: UnitScale): void {
    if (this.#palette?.ground !== ground) {
      this.#palette = makePalette(ground, true);
      this.pixels = pixelsOf(this.#palette);
    }
    if (scale !== this.#scale) this.#colors = null;
    this.#scale = scale;
  }

  /** Other states are to be coloured. */
  forget(): void {
    this.#colors = null;
  }

  of(states: UnitStates): UnitColors {
    this.#colors ??= unitColors(states, this.#scale);
    return this.#colors;
  }
}
