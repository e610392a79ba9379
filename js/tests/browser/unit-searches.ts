/** Searches for places where units are on: what the kernel replies, and where the page shows it. */
import { expect, vi } from "vitest";
import { lastAsk, reply } from "../asks";
import { bytes } from "../messages";
import { TEXT, type View } from "./helpers";
import { dragged, filled, within } from "./unit-strips";

export const LAYER = "hidden of layer 0 of lstm";
export const CORPUS = { name: "<b>.txt", texts: 3, characters: 4000 };
export const SEARCH = {
  ...{ start: 1, after: 3, layers: ["", ""], corpus: false, quantile: 0.9 },
  ...{ threshold: null, before: 1, beyond: 0 },
};

/** A place of `TEXT`, with the characters around it. */
export const place = (start: number, after: number, more = {}) => ({
  ...{ text: null, start, after, context: TEXT.slice(0, after + 3), context_start: 0 },
  ...{ score: 0.75, held: 1, others: 4, predicted: { name: "x", p: 0.5 }, truth: null },
  ...more,
});

export const FOUND = {
  ...{ layer: LAYER, selected: 2, when: "above the 0.9 quantile", scored_by: "what they say" },
  units: bytes(Uint8Array.from([0, 2])),
  low: bytes(Uint8Array.from([2])),
  compared: 9,
  matches: [
    place(5, 7, {
      truth: { name: "le<b>", p: 0.25, rank: 2, reason: "the next token", rival: null },
    }),
    place(9, 10, { predicted: null }),
  ],
};

/** The reply to the newest search, or to Python's. */
function found(view: View, more: object = {}) {
  const { serial, search } = lastAsk(view.model, "matches") ?? { serial: 0, search: SEARCH };
  const selected = TEXT.slice(search?.start ?? 0, search?.after ?? 0);
  const empty = { corpus: null, progress: null, visited: null };
  return { epoch: 1, serial, search, selected, ...empty, facets: [FOUND, FOUND], ...more };
}

export const answer = (view: View, more: object = {}) =>
  reply(view.model, "matches", found(view, more));
export const words = (view: View) => within(view, ".rnnviz-unit-matches-words").textContent;
export const lines = (view: View) => [
  ...view.facet(0).querySelectorAll<HTMLButtonElement>(".rnnviz-unit-matches .rnnviz-place-line"),
];
export const button = (view: View, name: string) =>
  [...view.el.querySelectorAll<HTMLButtonElement>("button")].find((one) =>
    one.textContent?.includes(name),
  )!;
export const asked = (view: View) => lastAsk(view.model, "matches")?.search;

export async function brushed(from = 2, to = 1): Promise<View> {
  const view = await filled({}, {}, { editable: true });
  dragged(view, from, to);
  const [start, end] = [Math.min(from, to), Math.max(from, to) + 1];
  await vi.waitFor(() => expect(asked(view)).toMatchObject({ start, after: end }));
  return view;
}
