/** What a reader can choose of the units that are shown, in words, and what stays chosen in the next scene. */
import type { UnitScale } from "../state/unit-colors";
import type { Ask } from "../wire";
import type { InstrumentHost } from "./instruments";

export type UnitOrder = Ask<"states">["order"];

export const ORDERS = [
  { name: "similar", label: "likeness", title: "Units with similar curves are neighbours" },
  { name: "change", label: "change", title: "Those first that change most over the text" },
  { name: "number", label: "number", title: "By their place in the layer" },
] as const;

export const SCALES = [
  { name: "layer", label: "one for all", title: "The same colour is the same state in all units" },
  {
    name: "unit",
    label: "each unit’s own",
    title: "Full colour is the largest state of each unit",
  },
] as const;

export const WIDTHS = [
  { name: "letters", label: "letters", title: "Columns wide enough for their characters" },
  { name: "text", label: "whole text", title: "As much of the text as fits" },
] as const;

export const ROUTE =
  "Which units carry an input to the output: pin an output, and point at an earlier character";
export const LENS =
  "What each layer’s state would predict at the character shown, if it were the last layer’s";
export const LENS_WAITS = "Asking each layer what it would predict…";
export const PIN = "Pin an output and point at an earlier character: which units carry it?";
export const FOLLOWS =
  "Following the memory, and running the model again without its strongest unit…";

export const ALONE = "Without a kernel there is only what was shown when this page was saved.";

/** By which name the choices of a reader are kept from one scene to the next. */
export const KEPT = "states";

export interface KeptChoices {
  readonly order: UnitOrder;
  readonly scale: UnitScale;
  readonly overview: boolean;
  readonly routed: boolean;
  readonly lensed: boolean;
  /** By model: the layer that was shown, and the unit that stayed. */
  readonly layers: ReadonlyMap<string, string | null>;
  readonly units: ReadonlyMap<string, number | null>;
}

export const keptChoices = ({ opened }: InstrumentHost) =>
  opened.kept.get(KEPT) as KeptChoices | undefined;

/** For each model the layer to begin with. One that stands beside itself changed comes before that. */
export function layersKept(
  models: readonly { readonly name: string }[],
  kept: KeptChoices | undefined,
): (string | null)[] {
  return models.map(({ name }, i) => {
    const own = kept?.layers.get(name) ?? kept?.layers.get(models[i - 1]?.name ?? "");
    return own ?? null;
  });
}

/** What each model shows now; `layers`: what is wanted, where that is not here. */
export function chosenOf(
  models: readonly { readonly name: string }[],
  facets: readonly { readonly layer: string | null; readonly kept: number | null }[],
  layers: readonly (string | null)[],
): Pick<KeptChoices, "layers" | "units"> {
  const names = models.map(({ name }) => name);
  return {
    layers: new Map(names.map((name, i) => [name, facets[i]?.layer ?? layers[i] ?? null])),
    units: new Map(names.map((name, i) => [name, facets[i]?.kept ?? null])),
  };
}

export const NOTHING = "Nothing of this was saved with the page.";
