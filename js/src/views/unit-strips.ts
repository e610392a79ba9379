/** The strips of units: one under each model's text, and others that the reader adds to it. */
import { onAbort } from "../core/dom";
import type { Scene } from "../wire";

import type { Drawing } from "./drawing";
import type { InstrumentHost } from "./instruments";
import { KeptUnits } from "./kept-units";
import type { TextColours } from "./text-view";
import { UnitFacet } from "./unit-facet";
import type { UnitFacetHandlers, UnitOptions } from "./unit-facet-options";
import { beginAt } from "./unit-interventions";
import type { ShownSearch } from "./unit-matches";

/** By which name the strips are kept from one scene to the next. */
const KEPT = "strips of units";

/** The layer of a model that was shown, and the unit that stayed. */
interface KeptStrip {
  readonly name: string;
  readonly layer: string | null;
  readonly unit: number | null;
}

/** A strip of one layer of a model. */
export interface LayerStrip {
  readonly model: number;
  readonly view: UnitFacet;
  /** The layer that the reader has chosen. */
  layer: string | null;
  /** What it has the model's text show. */
  colours: TextColours | null;
  end(): void;
}

/** What is the same for all strips; the rest is made here. */
export interface StripsHandlers
  extends Omit<
    UnitFacetHandlers,
    "first" | "alone" | "modelNames" | "begin" | "colourText" | "kept" | "choose" | "addOrRemove"
  > {
  /** The states of other strips, or of other layers, are wanted. */
  changed(): void;
}

export class UnitStrips {
  /** The first of each model, then others. */
  all: readonly LayerStrip[] = [];
  /** The units that colour the texts, as the kernel is told of them. */
  readonly keptUnits: KeptUnits;

  constructor(
    private readonly host: InstrumentHost,
    private readonly handlers: StripsHandlers,
    private readonly signal: AbortSignal,
  ) {
    this.keptUnits = new KeptUnits(host, () => this.all);
    const kept = host.opened.kept.get(KEPT) as readonly KeptStrip[] | undefined;
    for (const [model, { name }] of host.scene.facets.entries()) {
      // A model that stands beside itself changed comes before that.
      const names = [name, host.scene.facets[model - 1]?.name];
      const of = names.map((one) => kept?.filter((strip) => strip.name === one) ?? []);
      const own = of.find((strips) => strips.length > 0) ?? [];
      for (const { layer, unit } of own.length > 0 ? own : [{ layer: null, unit: null }]) {
        this.add(model, layer);
        const strip = this.all.at(-1);
        if (strip !== undefined) strip.view.kept = unit;
      }
    }
    onAbort(signal, () => host.opened.kept.set(KEPT, this.all.map(keptOf(host.scene))));
  }

  /** The strip that each model has as long as the view is open. */
  first(model: number): LayerStrip | undefined {
    return this.all.find((one) => one.model === model);
  }

  /** Adds a strip of a model, under those that it has. */
  add(model: number, layer: string | null): void {
    const { host, handlers } = this;
    const { characters, facets } = host.scene;
    const facet = facets[model];
    if (facet === undefined) return;
    const end = new AbortController();
    onAbort(this.signal, () => end.abort());
    const first = this.first(model) === undefined;
    const acts = {
      ...handlers,
      first,
      alone: host.alone,
      modelNames: facets.map(({ name }) => name),
      begin: host.alone ? null : beginAt(host, model),
      colourText: (colours: TextColours | null) => this.#colourText(strip, colours),
      kept: () => this.keptUnits.kept(strip),
      choose: (chosen: string) => {
        strip.layer = chosen;
        handlers.changed();
      },
      addOrRemove: () => (first ? this.#addNext(strip) : this.#remove(strip)),
    };
    const view = new UnitFacet(characters, facet, acts, end.signal);
    view.strip.scrollTo(this.all[0]?.view.strip.scrolledTo ?? 0);
    const strip: LayerStrip = { model, view, layer, colours: null, end: () => end.abort() };
    this.all = [...this.all, strip];
    host.places[model]?.append(view.el);
  }

  /** Draws them; a route, and what was found for the brush, stand under the first of each model alone. */
  show(drawing: Drawing, options: UnitOptions, found: (model: number) => ShownSearch | null): void {
    const others = { ...options, route: null, waiting: null, lens: null };
    for (const strip of this.all) {
      const { model, view } = strip;
      const first = strip === this.first(model);
      view.show(drawing, first ? options : others, first ? found(model) : null);
    }
  }

  #remove(strip: LayerStrip): void {
    this.all = this.all.filter((one) => one !== strip);
    strip.end();
    this.keptUnits.tell();
    this.handlers.changed();
  }

  /** Adds a layer of the model that is not shown: with the same kind of states, of those the one below, else the first. */
  #addNext({ model, view }: LayerStrip): void {
    const shown = this.all.flatMap((one) => (one.model === model ? [one.view.layer] : []));
    const others = view.layers.filter((name) => !shown.includes(name));
    const kind = (name: string | null) => name?.split(" ", 1)[0];
    const alike = others.filter((name) => kind(name) === kind(view.layer));
    this.add(model, alike.at(-1) ?? others[0] ?? null);
    this.handlers.changed();
  }

  /** Of several strips of a model that colour its text the one counts that did so last. */
  #colourText(strip: LayerStrip, colours: TextColours | null): void {
    strip.colours = colours;
    const { model } = strip;
    const other = this.all.find((one) => one.model === model && one.colours !== null);
    this.host.colourText(model, colours ?? other?.colours ?? null);
  }
}

const keptOf =
  ({ facets }: Scene) =>
  ({ model, view, layer }: LayerStrip): KeptStrip => ({
    name: facets[model]?.name ?? "",
    layer: view.layer ?? layer,
    unit: view.kept,
  });
