/** A page whose rows are all here, and keys pressed in it. */

import { filledModel, show, TEXT, type View } from "./helpers";

export const LAST = TEXT.length - 1;

export async function filled(
  traits: { position?: number; pinned?: number | null } & Record<string, unknown> = {},
): Promise<View> {
  const view = show(await filledModel({}, { position: LAST, ...traits }));
  await view.shown(traits.pinned ?? traits.position ?? LAST);
  return view;
}

export const key = (view: View, name: string, modifiers: KeyboardEventInit = {}) =>
  view
    .facet(0)
    .querySelector(".rnnviz-text")!
    .dispatchEvent(
      new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...modifiers }),
    );

export const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i);
