/** The instruments that a page offers: those whose code is here, or can be sent. */
import type { OpenParts } from "../views/fold";
import type { InstrumentEntry, InstrumentName, OfferedInstrument } from "../views/instruments";
import type { AskKind } from "../wire";
import type { Fields } from "../wire/fields";
import type { AskDoor } from "./asks";
import { hasCheckpoints } from "./checkpoint-slot";
import type { ModuleSource } from "./page-modules";
import type { HostModel } from "./position-sync";

export function offeredInstruments(
  entries: readonly InstrumentEntry[],
  model: HostModel,
  modules: ModuleSource,
  asks: AskDoor,
): readonly OfferedInstrument[] {
  const sent = model.alone !== true && model.inPage === undefined;
  return entries
    .filter(({ overCheckpoints }) => overCheckpoints !== true || hasCheckpoints(model))
    .map((entry) => ({
      ...entry,
      request: modules.request(entry.name as InstrumentName),
      ask: (fields: Fields, kind = entry.name) => asks.send(kind, fields as never),
      reply: (kind: AskKind) => asks.reply(kind),
    }))
    .filter(({ request }) => sent || request.here() !== null);
}

/** The instruments that are open at first: a page without a kernel shows what was open when it was saved. */
export function openInstruments(model: HostModel): readonly string[] {
  const opened = model.get("_opened");
  return model.alone === true && Array.isArray(opened) ? opened : [];
}

/** Notes which instruments are open now: at another step of a story others are. Returns whether the page has them so. */
export function readOpened(model: HostModel, { instruments }: OpenParts): boolean {
  if (model.alone !== true) return false;
  instruments.clear();
  for (const name of openInstruments(model)) instruments.add(name);
  return true;
}
