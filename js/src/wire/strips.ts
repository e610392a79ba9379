/** How likely all classes of each model are, summed over cells of neighbours in the alphabet. */
import { received, Unpacked } from "./fields";
import { decodeStripsMessage, type Strip, type StripsMessage } from "./generated";

export interface Strips extends Omit<StripsMessage, "facets"> {
  /** Null where a model can't tell. */
  readonly facets: readonly (Strip | null)[];
}

/** The strips, or null before there are any. */
export function decodeStrips(raw: unknown): Strips | null {
  if (raw instanceof Unpacked) return raw.message as Strips;
  return received(raw, (message) => {
    const { facets, ...strips } = decodeStripsMessage(message);
    return { ...strips, facets: facets.map((one) => ("error" in one ? null : one)) };
  });
}
