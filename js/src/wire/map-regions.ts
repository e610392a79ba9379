/** Regions of maps as the page uses them: one or none for each model, a polygon each. */
import { WireError } from "./fields";
import { type DrawnRegion, type DrawnRegions, decodeDrawnRegions } from "./generated";

/** A region of the map of one model. */
export interface RegionOnMap extends Pick<DrawnRegion, "source" | "method"> {
  /** x and y of each. */
  readonly corners: readonly (readonly [number, number])[];
}

export interface RegionsOnMaps extends Omit<DrawnRegions, "regions"> {
  readonly regions: (RegionOnMap | null)[];
}

/** `facets`: how many models there are. */
export function decodeRegions(
  raw: Parameters<typeof decodeDrawnRegions>[0],
  facets: number,
): RegionsOnMaps {
  const found = decodeDrawnRegions(raw);
  const regions = Array.from({ length: facets }, (): RegionOnMap | null => null);
  found.regions.forEach(({ facet, source, method, x, y }) => {
    if (facet >= facets || x.length !== y.length) {
      throw new WireError(`A region of model ${facet} has ${x.length} and ${y.length} numbers.`);
    }
    regions[facet] = { source, method, corners: x.map((one, n) => [one, y[n] ?? 0] as const) };
  });
  return { ...found, regions };
}

/** As they are sent; what has fewer than three corners is no region yet. */
export function drawnRegions(regions: readonly (RegionOnMap | null)[]): DrawnRegion[] {
  return regions.flatMap((one, facet) => {
    if (one === null || one.corners.length < 3) return [];
    const { source, method, corners } = one;
    return { facet, source, method, x: corners.map(([x]) => x), y: corners.map(([, y]) => y) };
  });
}
