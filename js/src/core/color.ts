/**
 * Colours as numbers: one ramp that rises from the page's ground, with text that stays readable on each step. Python
 * uses those for a white and a dark ground, which the build writes to `static/palettes.json`.
 */
import { color_steps, round_caps } from "../../../rnnviz_widget/picture/numbers.json";

export type Rgb = readonly [number, number, number];
type Lab = readonly [number, number, number];

export interface Step {
  readonly background: Rgb;
  readonly ink: Rgb;
}

export interface Palette {
  readonly dark: boolean;
  readonly ground: Rgb;
  readonly ink: Rgb;
  /** Secondary text: as quiet as a contrast of 4.5:1 allows. */
  readonly muted: Rgb;
  /** Thin rules and outlines, without text. */
  readonly line: Rgb;
  /** Stripes over what has not been read, and the text on them. */
  readonly hatch: Rgb;
  readonly future: Rgb;
  readonly accent: Rgb;
  /** Small bars and marks in the hue of the ramp. */
  readonly mark: Rgb;
  /** Steps 0 to STEPS; `falling` is the other arm, for a signed measure. */
  readonly rising: readonly Step[];
  readonly falling: readonly Step[];
}

/** So many that neighbouring steps look alike; a character is repainted only when its step changes. */
export const STEPS = color_steps;

/**
 * The share at which colour is full: the largest round number that each facet's strongest cell reaches,
 * so that every facet shows full colour somewhere and one scale serves all of them.
 */
export function niceCap(largest: readonly number[]): number {
  const reached = largest.filter((share) => share > 0);
  if (reached.length === 0) return 1;
  // Peak and total may have been sent as 32-bit numbers.
  const least = Math.min(1, ...reached) * (1 + 1e-6);
  for (let unit = 0.01; unit > 1e-9; unit /= 10) {
    const fitting = round_caps.filter((cap) => cap * unit <= least);
    const cap = fitting.at(-1);
    if (cap !== undefined) return Number((cap * unit).toPrecision(3));
  }
  return 1e-9;
}

/** The step of a (signed) part of full colour: -STEPS to STEPS. */
export function stepOf(part: number): number {
  return Math.sign(part) * Math.round(Math.min(1, Math.abs(part)) * STEPS);
}

/** The legend's colour stops from left to right, equally spaced. */
export function legendStops({ rising, falling }: Palette, signed: boolean): Rgb[] {
  const every = (arm: readonly Step[]) =>
    arm.filter((_, i) => i % (STEPS / 8) === 0).map(({ background }) => background);
  return signed ? [...every(falling).slice(1).reverse(), ...every(rising)] : every(rising);
}

export function css([r, g, b]: Rgb): string {
  return `rgb(${r}, ${g}, ${b})`;
}

export function luminance(color: Rgb): number {
  const [r, g, b] = color.map(linear) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(one: Rgb, other: Rgb): number {
  const a = luminance(one) + 0.05;
  const b = luminance(other) + 0.05;
  return a > b ? a / b : b / a;
}

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
const READABLE = 4.5;

export function makePalette(ground: Rgb, signed: boolean): Palette {
  const dark = contrast(ground, WHITE) > contrast(ground, BLACK);
  const ink = readable(dark ? [230, 233, 237] : [28, 32, 38], ground);
  const lab = toLab(ground);
  const toward = faint(ground, ink, 1.33);
  // On a ground of medium lightness, stripes toward the ink would leave text too little contrast.
  const away = faint(ground, dark ? BLACK : WHITE, 1.33);
  const hatch = contrast(ink, toward) >= READABLE ? toward : away;
  const ends = dark ? DARK_ENDS : LIGHT_ENDS;
  const rising = ramp(lab, signed ? ends.positive : ends.rising, ink);
  return {
    dark,
    ground,
    ink,
    muted: quietest(ink, ground, [ground], READABLE + 0.6),
    line: faint(ground, ink, 1.5),
    hatch,
    future: quietest(ink, ground, [ground, hatch], READABLE + 0.05),
    accent: toRgb(dark ? [0.74, 0.19, 0.0] : [0.56, 0.22, 0.02]),
    mark: rising[Math.round(STEPS * 0.55)]?.background ?? ink,
    rising,
    falling: ramp(lab, ends.falling, ink),
  };
}

/** A ramp goes from the ground over a middle hue to its end; only the end determines lightness, which so changes evenly. */
interface Arm {
  readonly middle: readonly [number, number];
  readonly end: Lab;
}

const LIGHT_ENDS: Readonly<Record<"rising" | "positive" | "falling", Arm>> = {
  rising: { middle: [-0.098, -0.004], end: [0.27, -0.018, -0.075] },
  positive: { middle: [-0.098, -0.012], end: [0.27, -0.018, -0.075] },
  falling: { middle: [0.075, 0.1], end: [0.3, 0.075, 0.055] },
};
const DARK_ENDS: typeof LIGHT_ENDS = {
  rising: { middle: [-0.1, 0.0], end: [0.95, -0.035, 0.11] },
  positive: { middle: [-0.09, -0.03], end: [0.93, -0.07, -0.01] },
  falling: { middle: [0.085, 0.085], end: [0.9, 0.03, 0.07] },
};

function ramp(ground: Lab, { middle, end }: Arm, ink: Rgb): Step[] {
  const center: Lab = [(ground[0] + end[0]) / 2, ...middle];
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const part = i / STEPS;
    const background = toRgb(
      part < 0.5 ? mixLab(ground, center, 2 * part) : mixLab(center, end, 2 * part - 1),
    );
    return { background, ink: readable(ink, background) };
  });
}

/** `ink` if it is readable, else black or white, one of which always is (their contrasts multiply to 21). */
function readable(ink: Rgb, background: Rgb): Rgb {
  if (contrast(ink, background) >= READABLE) return ink;
  return contrast(WHITE, background) > contrast(BLACK, background) ? WHITE : BLACK;
}

/** The first colour between the ground and `other` that has at least the contrast `least` with the ground. */
function faint(ground: Rgb, other: Rgb, least: number): Rgb {
  const [from, to] = [toLab(ground), toLab(other)];
  for (let part = 0.02; part < 1; part += 0.02) {
    const color = toRgb(mixLab(from, to, part));
    if (contrast(color, ground) >= least) return color;
  }
  return other;
}

/** The colour from `ink` towards the ground, as far as its contrast to all of `against` stays `least`; at worst `ink`. */
function quietest(ink: Rgb, ground: Rgb, against: readonly Rgb[], least: number): Rgb {
  const [from, to] = [toLab(ink), toLab(ground)];
  let best = ink;
  for (let part = 0.02; part < 1; part += 0.02) {
    const color = toRgb(mixLab(from, to, part));
    if (against.some((other) => contrast(color, other) < least)) break;
    best = color;
  }
  return best;
}

function mixLab(a: Lab, b: Lab, part: number): Lab {
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part];
}

function linear(channel: number): number {
  const c = channel / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function encoded(value: number): number {
  const c = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, c)));
}

/** OKLab (Ottosson 2020). */
export function toLab(color: Rgb): Lab {
  const [r, g, b] = color.map(linear) as unknown as Rgb;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function toRgb([lightness, a, b]: Lab): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encoded(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}
