/** A widget whose text is edited, with a kernel that reads it. */

import { expect, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { newAsks } from "../asks";
import { FakeKernel } from "../fake-kernel";
import type { FacetOptions } from "../messages";
import { scoresOf } from "../messages";
import { controls, expectPicture, show } from "./helpers";

export const TEXT = "advanced le";

export const MODELS: readonly FacetOptions[] = [
  { name: "GRU", truth: "word" },
  { name: "LSTM", truth: "word" },
];

export async function editor(
  options: {
    text?: string;
    facets?: readonly FacetOptions[];
    position?: number;
    awake?: boolean;
    width?: number;
    ground?: string;
    open?: boolean;
  } = {},
) {
  const { text = TEXT, facets = MODELS, position, awake = true } = options;
  const model = new FakeKernel(text, facets, position, awake);
  const box = document.createElement("div");
  box.style.width = `${options.width ?? 860}px`;
  box.style.backgroundColor = options.ground ?? "";
  document.body.append(box);
  onTestFinished(() => box.remove());
  const view = show(model, box);
  const find = <T extends HTMLElement>(selector: string) => box.querySelector<T>(selector) as T;
  const toggle = () => controls(view).querySelector<HTMLButtonElement>(".rnnviz-edit")!;
  if (options.open !== false) {
    await userEvent.click(toggle());
    find<HTMLElement>(".rnnviz-controls-button").click();
  }
  const rows = () => [...box.querySelectorAll<HTMLElement>(".rnnviz-chips")];
  const chips = (row: Element) => [...row.querySelectorAll<HTMLElement>(".rnnviz-chip")];
  const field = find<HTMLTextAreaElement>("textarea");
  return {
    ...view,
    box,
    field,
    toggle,
    reset: find<HTMLButtonElement>(".rnnviz-reset"),
    said: () => find(".rnnviz-editor-said").textContent,
    message: () => find(".rnnviz-editor-message").textContent,
    marked: () => [...box.querySelectorAll(".rnnviz-strange")].map((el) => el.textContent),
    chip: (facet: number, n: number) => chips(rows()[facet]!)[n]!,
    takeable: (facet: number, n: number) =>
      chips(rows()[facet]!)[n]!.dataset["takeable"] === "true",
    names: () =>
      rows().map((row) =>
        chips(row)
          .slice(0, 3)
          .map((el) => el.dataset["class"]),
      ),
    strip: (facet: number) => box.querySelectorAll<HTMLElement>(".rnnviz-strip")[facet]!,
    /** The picture shows this text, explained at this character, in the colours of its rows. */
    painted: async (wanted: string, at: number) => {
      await vi.waitFor(() => {
        const spans = [...view.facet(0).querySelectorAll<HTMLElement>("[data-p]")];
        expect(spans.map((span) => span.textContent).join("")).toBe(wanted);
        expect(view.root().dataset["shown"]).toBe(String(at));
      });
      expectPicture(
        view,
        at,
        MODELS.slice(0, facets.length).map((_, i) => scoresOf(i, at)),
      );
    },
    caret: (at: number) => field.setSelectionRange(at, at),
    sent: () => newAsks(model, "text").map((typed) => [typed.text, typed.position]),
  };
}
