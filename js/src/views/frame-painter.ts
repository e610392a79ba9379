/** Draws frames: brings every part of the picture up to what one frame looks like. */
import type { Palette } from "../core/color";
import { mark } from "../core/dom";
import type { Words } from "../core/words";
import { influenceSentence, pictureSentence } from "../state/caption";
import { heatSteps } from "../state/heat";
import { reversal } from "../state/reversal";
import type { Announcer } from "./announcer";
import { type Drawing, failureText } from "./drawing";
import type { FacetView } from "./facet-view";
import type { Header } from "./header";
import type { Legend } from "./legend";
import type { Notices } from "./notices";

export class FramePainter {
  constructor(
    private readonly el: HTMLElement,
    private readonly words: Words,
    private readonly parts: {
      readonly facets: readonly FacetView[];
      readonly header: Header;
      readonly legend: Legend;
      readonly notices: Notices;
      readonly announcer: Announcer;
    },
  ) {}

  paint(drawing: Drawing, palette: Palette, bars: boolean): void {
    const { frame } = drawing;
    this.#paintFacets(drawing, palette, bars);
    this.#paintHeader(drawing, palette, bars);
    const failure = frame.own === null ? "" : failureText(frame);
    this.parts.notices.show(frame.silent, failure);
    this.#markState(drawing);
    this.#announce(drawing);
  }

  #paintFacets(drawing: Drawing, palette: Palette, bars: boolean): void {
    const { frame, heat, options, influence } = drawing;
    const { facets, notices } = this.parts;
    facets.forEach((view, i) => {
      const own = heat.facets[i] ?? null;
      view.paint({
        facet: frame.scene.facets[i] ?? view.facet,
        position: frame.shown,
        outcome: frame.facets[i],
        heat: own,
        steps: own === null ? null : heatSteps(own, i, heat.scaling),
        palette,
        options: { brush: options.brush, bars, influence: influence?.of ?? null },
        explains: drawing.explains(i),
        brushShare: drawing.brushShare(i),
        memory: drawing.memory(i),
        unanswered: frame.silent ? notices.unanswered : null,
        previewed: frame.own !== null,
      });
      view.text.expect(frame.pending);
    });
  }

  #paintHeader(drawing: Drawing, palette: Palette, bars: boolean): void {
    const { frame, heat, options, influence, explained, squared } = drawing;
    const { scene, shown, pinned } = frame;
    const { brush, scale, by } = options;
    const { header, legend } = this.parts;
    const aboutColours = legend.show(scene, heat, palette, { scale, by, bars, influence });
    const turned =
      influence === null ? reversal(scene, heat, this.words, shown, squared, brush) : "";
    header.show(scene, shown, explained, {
      pinned,
      brush,
      influence: influence?.of ?? null,
      remark: aboutColours || turned,
    });
  }

  /** What tests and style sheets go by. */
  #markState({ frame, heat, options, influence }: Drawing): void {
    const { el } = this;
    const { cap, scaling } = heat;
    const scaled = cap !== null && heat.facets.some((one) => one !== null);
    mark(el, "data-shown", frame.complete ? String(frame.shown) : null);
    mark(el, "data-looked", frame.own === null ? null : "true");
    mark(el, "data-pinned", frame.pinned ? "true" : null);
    mark(el, "data-partial", scaling === null ? String(frame.shown) : null);
    mark(el, "data-cap", scaled ? String(cap) : null);
    mark(el, "data-scale", options.scale);
    mark(el, "data-direction", influence === null ? "sources" : "influence");
    mark(el, "data-filled", frame.filled ? "true" : null);
    mark(el, "data-ready", "true");
  }

  #announce({ frame, heat, options, influence }: Drawing): void {
    const text =
      influence === null
        ? pictureSentence(frame.scene, frame, heat, this.words, options.brush)
        : influenceSentence(frame.scene, influence);
    const more = () => this.parts.facets.map((facet) => facet.text.words);
    this.parts.announcer.announce(text, more);
  }
}
