/** The strips of units: one under each model's text, and others that the reader adds to it. */
import { onAbort } from "../core/dom";
import type { Drawing } from "./drawing";
import type { InstrumentHost } from "./instruments";
import type { TextColours } from "./text-view";
import { UnitFacet } from "./unit-facet";
import type { UnitFacetHandlers, UnitOptions } from "./unit-facet-options";

/** A strip of one layer of a model. */
export interface Strip {
  readonly model: number;
  readonly view: UnitFacet;
  /** The layer that the reader has chosen. */
  layer: string | null;
  /** What it has the model's text show. */
  colours: TextColours | null;
  end(): void;
}

export interface StripsHandlers
  extends Omit<UnitFacetHandlers, "first" | "alone" | "colourText" | "choose" | "addOrRemove"> {
  /** The states of other strips, or of other layers, are wanted. */
  changed(): void;
}

export class UnitStrips {
  /** The first of each model, then others. */
  all: readonly Strip[] = [];

  constructor(
    private readonly host: InstrumentHost,
    private readonly handlers: StripsHandlers,
    private readonly signal: AbortSignal,
  ) {
    for (const model of host.scene.facets.keys()) this.add(model, null);
  }

  /** The strip that each model has as long as the view is open. */
  first(model: number): UnitFacet | undefined {
    return this.all.find((one) => one.model === model)?.view;
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
      colourText: (colours: TextColours | null) => this.#colourText(strip, colours),
      choose: (chosen: string) => {
        strip.layer = chosen;
        handlers.changed();
      },
      addOrRemove: () => (first ? this.#addNext(strip) : this.#remove(strip)),
    };
    const view = new UnitFacet(characters, facet, acts, end.signal);
    const strip: Strip = { model, view, layer, colours: null, end: () => end.abort() };
    this.all = [...this.all, strip];
    host.places[model]?.append(view.el);
  }

  /** Draws them; a route stands under the first of each model alone. */
  show(drawing: Drawing, options: UnitOptions): void {
    const others = { ...options, route: null, waiting: null };
    for (const { model, view } of this.all) {
      view.show(drawing, view === this.first(model) ? options : others);
    }
  }

  #remove(strip: Strip): void {
    this.all = this.all.filter((one) => one !== strip);
    strip.end();
    this.handlers.changed();
  }

  /** Adds the model's layer or kind before the one shown, or the first one that is not shown. */
  #addNext({ model, view }: Strip): void {
    const { layers } = view;
    const shown = this.all.flatMap((one) => (one.model === model ? [one.view.layer] : []));
    const at = layers.indexOf(view.layer ?? "");
    const others = [...layers.slice(0, at).reverse(), ...layers.slice(at + 1)];
    this.add(model, others.find((name) => !shown.includes(name)) ?? null);
    this.handlers.changed();
  }

  /** Of several strips of a model that colour its text the one counts that did so last. */
  #colourText(strip: Strip, colours: TextColours | null): void {
    strip.colours = colours;
    const { model } = strip;
    const other = this.all.find((one) => one.model === model && one.colours !== null);
    this.host.colourText(model, colours ?? other?.colours ?? null);
  }
}
