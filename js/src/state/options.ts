/** The options of the picture: traits that both sides may set. */
import { SCALES, type ScaleName, type Span } from "../core/scales";

export const BY = ["character", "word"] as const;
export type By = (typeof BY)[number];

export const DIRECTIONS = ["sources", "influence"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Options {
  /** Whether an output's sources or an input's influence is drawn. */
  readonly direction: Direction;
  readonly scale: ScaleName;
  /** What numbers are summed over. */
  readonly by: By;
  /** b of sparsemax(b |C| / max |C|). */
  readonly sharpness: number;
  /** The characters whose share is shown, if any. */
  readonly brush: Span | null;
  /** Whether a bar under each character repeats what its colour says. */
  readonly bars: boolean;
  /** Whether full colour stands for the same at all checkpoints of the models that the page has. */
  readonly common_scale: boolean;
  /** Whether the picture walks through the text by itself. */
  readonly playing: boolean;
}

export const DEFAULTS: Options = {
  direction: "sources",
  scale: "share",
  by: "character",
  sharpness: 4,
  brush: null,
  bars: false,
  common_scale: true,
  playing: false,
};

/** Beyond this only a row's largest keeps colour, since numbers are rounded to 1/1000 of it. */
export const SHARPEST = 1e6;

export const OPTION_NAMES = Object.keys(DEFAULTS) as (keyof Options)[];

/** An option as it is sent; a span is [start, end). */
export function traitOf(value: Options[keyof Options]): unknown {
  return value !== null && typeof value === "object" ? [value.start, value.end] : value;
}

/** The options among a host's traits; missing and invalid ones keep their defaults. */
export function readOptions(get: (name: string) => unknown): Options {
  const direction = get("direction");
  const [scale, by, sharpness] = [get("scale"), get("by"), get("sharpness")];
  return {
    direction: DIRECTIONS.find((name) => name === direction) ?? DEFAULTS.direction,
    scale: SCALES.find((name) => name === scale) ?? DEFAULTS.scale,
    by: BY.find((name) => name === by) ?? DEFAULTS.by,
    sharpness: isSharpness(sharpness) ? sharpness : DEFAULTS.sharpness,
    brush: readSpan(get("brush")),
    bars: get("bars") === true,
    common_scale: get("common_scale") !== false,
    playing: get("playing") === true,
  };
}

/** JSON in a page may have 1e999, which is read as infinity. */
function isSharpness(value: unknown): value is number {
  return typeof value === "number" && value >= 1 && value <= SHARPEST;
}

function readSpan(raw: unknown): Span | null {
  if (!Array.isArray(raw)) return null;
  const [start, end] = raw as unknown[];
  const whole = Number.isInteger(start) && Number.isInteger(end);
  const [from, to] = [Number(start), Number(end)];
  return whole && from >= 0 && from < to ? { start: from, end: to } : null;
}
