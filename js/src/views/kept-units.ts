/** The units that colour the texts: the kernel is told of those that are kept here, and those that it has are kept here. */
import { decodeColoring } from "../wire/coloring-units";
import type { Fields } from "../wire/fields";
import type { ColoringUnit } from "../wire/generated";
import type { InstrumentHost } from "./instruments";
import type { LayerStrip } from "./unit-strips";

export class KeptUnits {
  /** Of each model the strip whose unit was kept last. */
  readonly #newest = new Map<number, LayerStrip>();
  /** What the kernel has, as far as it is known here. */
  #known = "[]";
  /** The serial of an ask that is not answered; null: there is none. */
  #serial: number | null = null;
  /** Whether what the kernel has is being kept here. */
  #adopting = false;

  constructor(
    private readonly host: Pick<InstrumentHost, "scene" | "alone" | "ask">,
    private readonly strips: () => readonly LayerStrip[],
  ) {}

  /** The reader keeps a unit of a strip, or releases it. */
  kept(strip: LayerStrip): void {
    this.#newest.set(strip.model, strip);
    this.tell();
  }

  /** Tells the kernel which units are kept, where it has others. */
  tell(): void {
    const units = this.#units;
    const sent = JSON.stringify(units);
    if (this.host.alone || this.#adopting || sent === this.#known) return;
    this.#known = sent;
    this.#serial = this.host.ask({ units }, "color_by");
  }

  read(message: Fields): void {
    const { epoch, facets } = this.host.scene;
    const found = decodeColoring(message, facets.length);
    // What was sent before the kernel has read the newest ask is older than that.
    if (found.epoch !== epoch || (this.#serial !== null && found.serial !== this.#serial)) return;
    this.#serial = null;
    this.#known = JSON.stringify(found.units);
    if (this.#known === JSON.stringify(this.#units)) return;
    this.#adopting = true;
    facets.forEach((_, model) => {
      this.#adopt(model, found.units.find(({ facet }) => facet === model) ?? null);
    });
    this.#adopting = false;
  }

  /** The kernel does not take what it was told. */
  refused(): void {
    this.#serial = null;
  }

  #adopt(model: number, unit: ColoringUnit | null): void {
    const strips = this.#of(model);
    const strip = strips.find((one) => layerOf(one) === unit?.layer) ?? strips[0];
    if (unit === null || strip === undefined) {
      for (const { view } of strips) view.release();
      return;
    }
    this.#newest.set(model, strip);
    strip.view.showUnit(unit.layer, unit.unit);
  }

  #of(model: number): readonly LayerStrip[] {
    return this.strips().filter((one) => one.model === model);
  }

  /** The unit of each model that is kept: of several strips that of the last. */
  get #units(): readonly ColoringUnit[] {
    return this.host.scene.facets.flatMap((_, facet) => {
      const strips = this.#of(facet).filter(({ view }) => view.kept !== null);
      const newest = this.#newest.get(facet);
      const strip = newest !== undefined && strips.includes(newest) ? newest : strips[0];
      const [layer, unit] = [strip && layerOf(strip), strip?.view.kept];
      return layer == null || unit == null ? [] : [{ facet, layer, unit }];
    });
  }
}

/** The layer that a strip shows, or is to show. */
const layerOf = ({ layer, view }: LayerStrip) => layer ?? view.layer;
