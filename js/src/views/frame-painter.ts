/** Draws a frame: updates every part of the picture to it. */
import { mark } from "../core/dom";
import type { Words } from "../core/words";
import { influenceSentence, pictureSentence } from "../state/caption";
import { reversal } from "../state/reversal";
import type { Announcer } from "./announcer";
import { type Drawing, failureText, memoryHere } from "./drawing";
import type { FacetView } from "./facet-view";
import type { Header } from "./header";
import type { Legend } from "./legend";
import type { Notices } from "./notices";

export interface PaintedParts {
  readonly el: HTMLElement;
  readonly facets: readonly FacetView[];
  readonly header: Header;
  readonly legend: Legend;
  readonly notices: Notices;
  readonly announcer: Announcer;
}

export function paintFrame(drawing: Drawing, words: Words, parts: PaintedParts): void {
  const { frame, scene, shown, options, squared, heat, influence } = drawing;
  const { facets, notices } = parts;
  facets.forEach((facet, i) => {
    facet.paint(drawing, i, frame.silent ? notices.unanswered : null);
    facet.memory.show(memoryHere(drawing, i, words));
  });
  const aboutColours = parts.legend.show(drawing);
  const turned =
    influence === null ? reversal(scene, heat, words, shown, squared, options.brush) : "";
  parts.header.show(drawing, aboutColours || turned);
  notices.show(frame.silent, failureText(drawing));
  markState(parts.el, drawing);
  const text = () =>
    influence === null
      ? pictureSentence(scene, frame, heat, words, options.brush)
      : influenceSentence(scene, influence);
  parts.announcer.announce(text, () => facets.map((facet) => facet.text.words));
}

/** State in attributes, for style sheets and tests. */
function markState(el: HTMLElement, { frame, shown, heat, options, influence }: Drawing): void {
  const { cap, scaling } = heat;
  const scaled = cap !== null && heat.facets.some((one) => one !== null);
  const state: Readonly<Record<string, string | boolean>> = {
    shown: frame.complete && String(shown),
    previewed: frame.withoutPreview !== null,
    pinned: frame.pinned,
    partial: scaling === null && String(shown),
    cap: scaled && String(cap),
    scale: options.scale,
    direction: influence === null ? "sources" : "influence",
    filled: frame.filled,
    ready: true,
  };
  for (const [name, value] of Object.entries(state)) mark(el, `data-${name}`, value);
}
