/** Strips: the probabilities of all classes of each model, in alphabetical order, summed over cells. */
import { received, Unpacked } from "./fields";
import { decodeStripsMessage, type Strip, type StripsMessage } from "./generated";

export interface Strips extends Omit<StripsMessage, "facets"> {
  /** Null if a model has none. */
  readonly facets: readonly (Strip | null)[];
}

/** The strips, or null if there are none yet. */
export function decodeStrips(raw: unknown): Strips | null {
  if (raw instanceof Unpacked) return raw.message as Strips;
  return received(raw, (message) => {
    const { facets, ...strips } = decodeStripsMessage(message);
    return { ...strips, facets: facets.map((one) => ("error" in one ? null : one)) };
  });
}
