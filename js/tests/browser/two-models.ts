/** A page with two models whose shares turn round by the scale. */

import type { Shares } from "../../src/core/scales";
import { answerMessage } from "../messages";
import { background, controls, modelOf, show, type View } from "./helpers";

export const TEXT = "advanced le";
export const SPREAD = [8, 8, 8, 8, 8, 8, 8, 8, 1, 1, 40];
export const EVEN = [3, 3, 3, 3, 3, 3, 3, 3, 6, 6, 6];
export const ROWS = [SPREAD, EVEN] as const;
export const LAST = TEXT.length - 1;

export async function shown(traits = {}): Promise<View> {
  const view = show(modelOf({}, { position: LAST, _answer: answerMessage(LAST, ROWS), ...traits }));
  await view.shown(LAST);
  return view;
}

export const choice = (view: View, name: string) =>
  controls(view).querySelector<HTMLButtonElement>(`[data-choice=${name}]`)!;

export const legend = (view: View) => view.el.querySelector(".rnnviz-legend-words")?.textContent;

/** Shares of which each is one character's. */
export function sharesOf(each: readonly number[], total: number): Shares {
  const shares = Float64Array.from(each);
  const counts = shares.map(() => 1);
  const largest = Math.max(...each);
  return { shares, weights: shares, counts, largest, total, expected: null };
}

export const drawn = (view: View) =>
  ROWS.map((_, i) => [...view.facet(i).querySelectorAll("[data-p]")].map(background));
