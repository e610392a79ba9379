/** The kernel's replies to asks: previews, classes found, refusals. */
import { type Fields, received } from "./fields";
import {
  decodePreviewMessage,
  decodeRefusal,
  type ExplainedClass,
  type FoundClasses,
  decodeFoundClasses as foundClasses,
  type Measure,
  type Refusal,
} from "./generated";
import { type Answer, answered, type Shapes } from "./rows";

/** Another target explained at one character, while the reader points at it. */
export interface Preview extends Answer {
  /** The serial of the ask. */
  readonly serial: number;
  /** The facets' measures, which may differ from the scene's; the first stands for all. */
  readonly measures: readonly Measure[];
  readonly measure: Measure;
  /** For each facet; null if it can't explain the target: the outcome says why. */
  readonly explained: readonly (ExplainedClass | null)[];
}

/** The preview, or null if there is none yet. */
export function decodePreview(raw: unknown, { facets }: Pick<Shapes, "facets">): Preview | null {
  return received(raw, (message) => {
    const { facets: previewed, ...preview } = decodePreviewMessage(message);
    const measures = previewed.map(({ measure }) => measure);
    const own = facets.map((facet, i) => ({ ...facet, measure: measures[i] ?? preview.measure }));
    const outcomes = previewed.map(({ outcome }) => outcome);
    return {
      ...preview,
      measures,
      facets: answered(outcomes, { measure: preview.measure, facets: own }),
      explained: previewed.map(({ target }) => target),
    };
  });
}

/** The classes that a search found, or null if there was none yet. */
export const decodeFoundClasses = (raw: unknown): FoundClasses | null =>
  received(raw, foundClasses);

/** Why an ask of a kind is refused. */
export interface Refused extends Refusal {
  /** The kind of ask; or the name of a trait that was set to an invalid value. */
  readonly kind: string;
}

export function decodeRefused(kind: string, raw: Fields): Refused {
  return { ...decodeRefusal(raw), kind };
}
