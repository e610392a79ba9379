/** How a character of the text looks at each step of colour. */

import { css, type Palette, STEPS } from "../core/color";

/** The height of the bar for full colour, in pixels. */
const BAR = 7;

export interface StepStyle {
  readonly background: string;
  readonly ink: string;
  /** The text colour, if it differs from that of the text. */
  readonly own: string;
}

const BARE: StepStyle = { background: "", ink: "", own: "" };

/** The style of each step: rising ones first, then falling ones. */
export function stepStyles(palette: Palette): StepStyle[] {
  return [...palette.rising, ...palette.falling].map(({ background, ink }) => ({
    background: css(background),
    ink: css(ink),
    own: ink === palette.ink ? "" : css(ink),
  }));
}

/** The style of a step; without colour if it is 0, or beyond the steps of colour. */
export function styleOf(styles: readonly StepStyle[], step: number): StepStyle {
  const heat = step !== 0 && step <= STEPS;
  return (heat && styles[step > 0 ? step : STEPS + 1 - step]) || BARE;
}

/** A bar as high as the colour is strong: below the text for positive numbers, above it for negative ones. */
export function standBar(span: HTMLElement, step: number): void {
  span.style.backgroundSize = `100% ${((BAR * Math.abs(step)) / STEPS).toFixed(1)}px`;
  span.style.backgroundPosition = step < 0 ? "0 0" : "0 100%";
}
