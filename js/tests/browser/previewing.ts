/** Previews asked for by the pointer, and the kernel's replies. */

import { expect, vi } from "vitest";
import { lastAsk, reply } from "../asks";
import {
  type PreviewOptions,
  previewMessage,
  type RowOrError,
  type SceneOptions,
} from "../messages";
import { filledModel, frames, hover, show, type View } from "./helpers";

export const AT = 4;

export const OTHER = [
  [1, 9, 2, 3, 4],
  [7, 1, 1, 1, 2],
];

export const MIXED = [
  [1, -9, 2, 3, -4],
  [7, -1, 1, 1, 2],
];

export async function open(options: SceneOptions = {}, traits = {}): Promise<View> {
  const view = show(await filledModel({ target: "truth", ...options }, traits));
  await view.shown(AT);
  return view;
}

export const chip = (view: View, name: string, facet = 0) =>
  view.facet(facet).querySelector<HTMLElement>(`[data-class="${name}"]`)!;

export const previewAsk = (view: View) => lastAsk(view.model, "preview");
export const said = (view: View) => view.el.querySelector(".rnnviz-explains")?.textContent;

export async function rest(view: View, on: HTMLElement): Promise<number> {
  const before = previewAsk(view)?.serial;
  hover(on);
  await vi.waitFor(() => {
    expect(previewAsk(view)?.serial).toBeTypeOf("number");
    expect(previewAsk(view).serial).not.toBe(before);
  });
  return previewAsk(view).serial;
}

export async function answer(
  view: View,
  rows: readonly RowOrError[],
  options: PreviewOptions,
  at = AT,
) {
  reply(view.model, "preview", previewMessage(at, rows, options));
  await frames();
}
