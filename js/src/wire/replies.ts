/** What the kernel replies to a reader who asks: looks at other classes, names found, refusals. */
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

/** Why what was asked for as a kind is not done. */
export interface Refused extends Refusal {
  /** The kind of ask; the name of a trait where that was set to what can't be. */
  readonly kind: string;
}

export function decodeRefused(kind: string, raw: Fields): Refused {
  return { ...decodeRefusal(raw), kind };
}
