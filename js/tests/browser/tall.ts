/** A long text in a box of its own. */

import { expect, vi } from "vitest";
import { rowsMessage, type SceneOptions } from "../messages";
import { background, colours, frames, modelOf, NONE, show, type View } from "./helpers";

export const WORDS = "the formal study of grammar is an important part of education";
export const textOf = (length: number) =>
  WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);

/** Rows of a long text: weak everywhere, strong at some characters, at the output most. */
export function row(s: number, strong: readonly number[], facet = 0): number[] {
  return Array.from({ length: s + 1 }, (_, t) =>
    t === s ? 20 : strong.includes(t) ? 15 + facet : ((t * 7 + s + 3 * facet) % 5) + 1,
  );
}

export async function open(
  length: number,
  rows: readonly ReadonlyMap<number, readonly number[]>[],
  position: number,
  options: SceneOptions = {},
  width = 860,
): Promise<View> {
  const facets = options.facets ?? rows.map((_, i) => ({ name: `model ${i}` }));
  const text = options.text ?? textOf(length);
  const model = modelOf(
    { ...options, text, facets },
    { position, _rows: await rowsMessage(length, rows) },
  );
  const view = show(model);
  view.el.style.width = `${width}px`;
  await view.shown(position);
  await vi.waitFor(() => expect(box(view).classList).not.toContain("rnnviz-flowing"));
  // It has scrolled to the character, and is told so, and paints what came into view, frames later.
  await frames();
  return view;
}

export const box = (view: View, facet = 0) =>
  view.facet(facet).querySelector<HTMLElement>(".rnnviz-text") as HTMLElement;

export const spansOf = (view: View, facet = 0) => [
  ...view.facet(facet).querySelectorAll<HTMLElement>("[data-p]"),
];

export const edge = (view: View, index: number, facet = 0) =>
  view.facet(facet).querySelectorAll<HTMLButtonElement>(".rnnviz-edge-button")[
    index
  ] as HTMLButtonElement;

/** Whether a character is seen in its box. */
export function seen(view: View, position: number, facet = 0): boolean {
  const span = view.span(position, facet).getBoundingClientRect();
  const { top, bottom } = box(view, facet).getBoundingClientRect();
  return span.top >= top - 1 && span.bottom <= bottom + 1;
}

/** The colours of all characters in the view are those of the row. */
export function expectSeen(view: View, rows: readonly (readonly number[])[], facet = 0) {
  const all = spansOf(view, facet);
  const right = colours(rows, facet, all.length);
  const last = (rows[facet]?.length ?? 0) - 1;
  const { top, bottom } = box(view, facet).getBoundingClientRect();
  let count = 0;
  all.forEach((span, p) => {
    const at = span.getBoundingClientRect();
    if (at.bottom < top || at.top > bottom) return;
    count += 1;
    const own = p > last ? NONE : right[p];
    if (background(span) !== own || span.classList.contains("rnnviz-future") !== p > last) {
      expect(`${p}: ${background(span)}`).toBe(`${p}: ${own}`);
    }
  });
  expect(count).toBeGreaterThan(200);
}

export async function scrollTo(view: View, top: number, facet = 0) {
  box(view, facet).scrollTop = top;
  await frames();
}

export const T = 10_000;
export const NEAR = [4000, 4100, 6000, 6001, 9_000];

export async function tall(position = 6_100) {
  const known = [5_900, 6_100, 6_130, 9_990];
  return open(T, [new Map(known.map((s) => [s, row(s, NEAR)]))], position);
}
