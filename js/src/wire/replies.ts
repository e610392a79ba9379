/** What the kernel replies to a reader who asks: looks at other classes, names found, refusals. */
import { type Fields, fields, isFields, list, number, text } from "./fields";
import { type Answer, decodeAnswer, type Shapes } from "./rows";
import { decodeMeasure, type Measure, ownMeasure } from "./scene";

/** A class at one output. */
export interface RankedClass {
  readonly name: string;
  readonly p: number;
  readonly rank: number;
}

/** What is explained at one output, and what that is compared with. */
export interface ExplainedClass extends RankedClass {
  readonly reason: string;
  readonly rival: RankedClass | null;
}

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

/** Classes whose names begin with a prefix, the likeliest first. */
export interface FoundClasses {
  readonly serial: number;
  readonly prefix: string;
  readonly position: number;
  /** Each with its probability in every facet. */
  readonly names: readonly { readonly name: string; readonly p: readonly number[] }[];
}

/** What the kernel would not do, and why. */
export interface Refusal {
  readonly trait: string;
  readonly value: unknown;
  readonly message: string;
  readonly serial: number;
  /** Of a text: the characters that no model has a symbol for. */
  readonly unknown: readonly number[];
}

/** What the page looks at, or null before there is anything. */
export function decodePreview(raw: unknown, { facets }: Pick<Shapes, "facets">): Preview | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  const measure = decodeMeasure(raw["measure"]);
  const items = list(raw["facets"], "The look").map((item) => fields(item, "A facet's look"));
  const measures = items.map((item) => ownMeasure(item, measure));
  const own = facets.map((facet, i) => ({ ...facet, measure: measures[i] ?? measure }));
  const answer = decodeAnswer(raw, { measure, facets: own });
  if (answer === null) return null;
  const explained = items.map(({ target }) =>
    target === null ? null : decodeExplainedClass(fields(target, "What is explained")),
  );
  return { ...answer, serial: number(raw["serial"], "serial"), measure, measures, explained };
}

function decodeExplainedClass(raw: Fields): ExplainedClass {
  const { rival } = raw;
  return {
    ...decodeRankedClass(raw),
    reason: text(raw["reason"], "The reason"),
    rival: rival === null ? null : decodeRankedClass(fields(rival, "What it is compared with")),
  };
}

function decodeRankedClass(raw: Fields): RankedClass {
  return {
    name: text(raw["name"], "A class"),
    p: number(raw["p"], "A probability"),
    rank: number(raw["rank"], "A rank"),
  };
}

/** What a search for names found, or null before there was one. */
export function decodeFoundClasses(raw: unknown): FoundClasses | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  return {
    serial: number(raw["serial"], "serial"),
    prefix: text(raw["prefix"], "The prefix"),
    position: number(raw["position"], "The position"),
    names: list(raw["names"], "The names found").map((item) => {
      const one = fields(item, "A name found");
      const p = list(one["p"], "Its probabilities").map((p) => number(p, "A probability"));
      return { name: text(one["name"], "A name found"), p };
    }),
  };
}

/** What was refused, or null before anything was. */
export function decodeRefusal(raw: unknown): Refusal | null {
  if (!isFields(raw) || Object.keys(raw).length === 0) return null;
  return {
    trait: text(raw["trait"], "A trait's name"),
    value: raw["value"],
    message: text(raw["message"], "What was refused"),
    serial: number(raw["serial"], "serial"),
    unknown: list(raw["unknown"] ?? [], "unknown").map((p) => number(p, "An unknown character")),
  };
}
