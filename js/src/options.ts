/** What the reader has chosen about the picture: traits that any side may set. */
import { SCALES, type ScaleName } from "./scale";

export const BY = ["character", "word"] as const;
export type By = (typeof BY)[number];

export const DIRECTIONS = ["sources", "influence"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface Options {
  /** Whether an output's sources are drawn, or what an input influenced. */
  readonly direction: Direction;
  readonly scale: ScaleName;
  /** What numbers are summed over. */
  readonly by: By;
  /** b of sparsemax(b |C| / max |C|). */
  readonly sharpness: number;
}

export const DEFAULTS: Options = {
  direction: "sources",
  scale: "share",
  by: "character",
  sharpness: 4,
};

export const OPTION_NAMES = Object.keys(DEFAULTS) as (keyof Options)[];

/** The options among a host's traits; what is missing or strange is left at its default. */
export function readOptions(get: (name: string) => unknown): Options {
  const direction = get("direction");
  const [scale, by, sharpness] = [get("scale"), get("by"), get("sharpness")];
  return {
    direction: DIRECTIONS.find((name) => name === direction) ?? DEFAULTS.direction,
    scale: SCALES.find((name) => name === scale) ?? DEFAULTS.scale,
    by: BY.find((name) => name === by) ?? DEFAULTS.by,
    sharpness: typeof sharpness === "number" && sharpness >= 1 ? sharpness : DEFAULTS.sharpness,
  };
}
