/** How likely all classes of each model are, summed over cells of neighbours in the alphabet. */
import { fields, floats, isFields, list, natural, number, text, WireError } from "./fields";
import { splitNames } from "./scene";

export interface Strip {
  /** How many classes there are in all. */
  readonly classes: number;
  /** For each cell the sum of its classes' probabilities, the likeliest of them, and its own. */
  readonly p: Float64Array;
  readonly best: readonly string[];
  readonly bestP: Float64Array;
}

export interface Strips {
  readonly epoch: number;
  readonly position: number;
  /** Null where a model can't tell. */
  readonly facets: readonly (Strip | null)[];
}

/** The strips, or null before there are any. */
export function decodeStrips(raw: unknown): Strips | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  return {
    epoch: number(raw["epoch"], "The epoch"),
    position: number(raw["position"], "The position"),
    facets: list(raw["facets"], "The strips").map((item): Strip | null => {
      const one = fields(item, "A strip");
      if (typeof one["error"] === "string") return null;
      const cells = natural(one["cells"], "cells");
      const best = splitNames(text(one["best"], "A strip's best"));
      if (best.length !== cells) {
        throw new WireError(`A strip of ${cells} cells has ${best.length} names.`);
      }
      return {
        classes: number(one["classes"], "classes"),
        p: floats(one["p"], "A strip's p", cells),
        best,
        bestP: floats(one["best_p"], "A strip's best_p", cells),
      };
    }),
  };
}
