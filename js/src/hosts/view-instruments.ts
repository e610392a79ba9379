/** The parts of a view that only some pages have: an entry script passes those that its hosts can use. */
import type { makeClassSearchField } from "../views/class-search-field";
import type { ViewInstruments } from "../views/explorer-handlers";
import type { InstrumentEntry } from "../views/instruments";
import type { AskDoor } from "./asks";
import type { EditorSlot } from "./editor-slot";
import type { ModuleSource } from "./page-modules";
import type { HostModel } from "./position-sync";

/** Parts of the page that need a kernel or models. */
export interface Instruments extends Pick<ViewInstruments, "makePredictionGrid"> {
  /** Where the code of those comes from that are modules. */
  modules(model: HostModel, asks: AskDoor, signal: AbortSignal): ModuleSource;
  readonly editorSlot?: typeof EditorSlot;
  readonly makeClassSearchField?: typeof makeClassSearchField;
  /** Default: all there are. */
  readonly entries?: readonly InstrumentEntry[];
}

/** What a picture gets of them. */
export function viewInstruments(
  { makeClassSearchField: makeField, makePredictionGrid }: Instruments,
  modules: ModuleSource,
): ViewInstruments {
  const grid = makePredictionGrid === undefined ? {} : { makePredictionGrid };
  if (makeField === undefined) return grid;
  const search = modules.request("class-search");
  return {
    ...grid,
    makeClassSearch: (models, handlers, signal) => makeField(models, handlers, search, signal),
  };
}
