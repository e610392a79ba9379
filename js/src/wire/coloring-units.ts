/** The units that colour texts, at most one of each model. */
import { type Fields, WireError } from "./fields";
import { type ColoringUnits, decodeColoringUnits } from "./generated";

/** `facets`: how many models there are. */
export function decodeColoring(raw: Fields, facets: number): ColoringUnits {
  const found = decodeColoringUnits(raw);
  const models = found.units.map(({ facet }) => facet);
  if (models.some((facet, n) => facet >= facets || models.indexOf(facet) !== n)) {
    throw new WireError(`Units colour the texts of the models ${models.join(", ")}.`);
  }
  return found;
}
