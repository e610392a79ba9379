/** What the kernel replies to a reader who asks: looks at other classes, names found, refusals. */
import { received } from "./fields";
import {
  decodePreviewMessage,
  type ExplainedClass,
  type FoundClasses,
  decodeFoundClasses as foundClasses,
  type Measure,
  type Refusal,
  decodeRefusal as refusal,
} from "./generated";
import { type Answer, answered, type Shapes } from "./rows";

/** Another class explained at one character, for as long as it is looked at. */
export interface Preview extends Answer {
  /** That of the request. */
  readonly serial: number;
  /** Those of the facets, which may be others than the scene's; the first stands for all. */
  readonly measures: readonly Measure[];
  readonly measure: Measure;
  /** For each facet; null where it can't explain that: the outcome says why. */
  readonly explained: readonly (ExplainedClass | null)[];
}

/** What the page looks at, or null before there is anything. */
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

/** What a search for names found, or null before there was one. */
export const decodeFoundClasses = (raw: unknown): FoundClasses | null =>
  received(raw, foundClasses);

/** What was refused, or null before anything was. */
export const decodeRefusal = (raw: unknown): Refusal | null => received(raw, refusal);
