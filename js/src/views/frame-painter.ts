/** Draws frames: brings every part of the picture up to what one frame looks like. */
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

export class FramePainter {
  constructor(
    private readonly el: HTMLElement,
    private readonly words: Words,
    private readonly facets: readonly FacetView[],
    private readonly header: Header,
    private readonly legend: Legend,
    private readonly notices: Notices,
    private readonly announcer: Announcer,
  ) {}

  paint(drawing: Drawing): void {
    const { frame, scene, shown, options, squared, heat, influence } = drawing;
    const { words, facets, notices } = this;
    facets.forEach((facet, i) => {
      facet.paint(drawing, i, frame.silent ? notices.unanswered : null);
      facet.memory.show(memoryHere(drawing, i, words));
    });
    const aboutColours = this.legend.show(drawing);
    const turned =
      influence === null ? reversal(scene, heat, words, shown, squared, options.brush) : "";
    this.header.show(drawing, aboutColours || turned);
    notices.show(frame.silent, failureText(drawing));
    this.#markState(drawing);
    const text =
      influence === null
        ? pictureSentence(scene, frame, heat, words, options.brush)
        : influenceSentence(scene, influence);
    this.announcer.announce(text, () => facets.map((facet) => facet.text.words));
  }

  /** What tests and style sheets go by. */
  #markState({ frame, shown, heat, options, influence }: Drawing): void {
    const { cap, scaling } = heat;
    const scaled = cap !== null && heat.facets.some((one) => one !== null);
    const state: Readonly<Record<string, string | boolean>> = {
      shown: frame.complete && String(shown),
      looked: frame.own !== null,
      pinned: frame.pinned,
      partial: scaling === null && String(shown),
      cap: scaled && String(cap),
      scale: options.scale,
      direction: influence === null ? "sources" : "influence",
      filled: frame.filled,
      ready: true,
    };
    for (const [name, value] of Object.entries(state)) {
      mark(this.el, `data-${name}`, value === false ? null : String(value));
    }
  }
}
