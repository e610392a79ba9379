/** The regions of all maps: the kernel is told of those that are drawn here, and those that it has are drawn here. */
import type { Polygon } from "../state/point-grid";
import type { Ask } from "../wire";
import type { Fields } from "../wire/fields";
import { decodeRegions, drawnRegions, type RegionOnMap } from "../wire/map-regions";
import type { InstrumentHost } from "./instruments";

/** How long a reader who draws must pause until the kernel is told, in milliseconds. */
const PAUSE = 120;
const NONE: Polygon = [];

export class KnownRegions {
  #regions: (RegionOnMap | null)[];
  /** Those that were drawn here, after what the kernel has sent. */
  readonly #here = new Set<number>();
  #serial: number | null = null;
  #later: (() => void) | null = null;

  constructor(
    private readonly host: Pick<InstrumentHost, "scene" | "alone" | "after" | "ask">,
    signal: AbortSignal,
  ) {
    this.#regions = host.scene.facets.map(() => null);
    signal.addEventListener("abort", () => this.#later?.());
  }

  /** What is drawn on a map: of no corners, nothing. */
  cornersOn(facet: number, source: string | null, method: Ask<"map">["method"]): Polygon {
    const known = this.#regions[facet];
    return known?.source === source && known.method === method ? known.corners : NONE;
  }

  /** The reader has drawn a region; null: has cleared it. */
  draw(facet: number, region: RegionOnMap | null): void {
    if (region === null && !this.#regions[facet]) return;
    this.#regions[facet] = region;
    this.#here.add(facet);
    if (this.host.alone) return;
    this.#later?.();
    this.#later = this.host.after(PAUSE, () => {
      this.#later = null;
      const regions = drawnRegions(this.#regions);
      this.#serial = this.host.ask({ regions }, "map_regions");
    });
  }

  /** The points of a map have become others: what was drawn around those before is no more. */
  pointsChanged(facet: number): void {
    if (this.#here.has(facet)) this.draw(facet, null);
  }

  read(message: Fields): void {
    const { facets, epoch } = this.host.scene;
    const found = decodeRegions(message, facets.length);
    // The reader draws on meanwhile.
    if (found.epoch !== epoch || this.#later !== null || found.serial === this.#serial) return;
    this.#regions = found.regions;
    this.#here.clear();
  }
}
