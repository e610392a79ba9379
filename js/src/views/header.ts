/** The quiet line above the facets: what is explained, what colours mean, changed options, and the button for the controls. */
import { listen, make, makeButton, mark, onHoverOrFocus, toggle, write } from "../core/dom";
import { EXPLAINS, inputsAt, spanText, textBefore } from "../state/caption";
import type { Options } from "../state/options";
import type { TargetToPreview } from "../state/preview-request";
import { ChosenOptions } from "./chosen-options";
import type { Drawing } from "./drawing";

export interface HeaderHandlers {
  /** Pins a character, or releases with null. */
  pin(position: number | null): void;
  explain(target: "truth"): void;
  /** Previews the default target, or with null ends the preview. */
  preview(target: TargetToPreview | null): void;
  choose(change: Partial<Options>): void;
}

export interface Header {
  readonly el: HTMLElement;
  /** The options as set by the reader. */
  showOptions(options: Options): void;
  /** `remark`: a remark on the current colours, or "". */
  show(drawing: Drawing, remark: string): void;
}

/**
 * It contains the legend and the button that opens the controls. `choosable`: another target than the truth
 * is explained, and the page can change it.
 */
export function makeHeader(
  handlers: HeaderHandlers,
  { legend, controls }: { readonly legend: HTMLElement; readonly controls: HTMLElement },
  choosable: boolean,
  signal: AbortSignal,
): Header {
  const after = make("span", "after");
  const explained = make("strong", "explained");
  const reason = document.createTextNode("");
  const explains = make("span", "explains", EXPLAINS, explained, reason);
  const remarkEl = make("div", "remark");
  mark(remarkEl, "role", "status");
  const chosen = new ChosenOptions(handlers.choose, signal);
  const back = makeButton("button back", "back to the truth", "Explain the truth again");
  const clear = makeButton("button clear", "", "Forget the brushed span (Esc)");
  const title = "Release the pinned character (Esc)";
  const release = makeButton("button release", "pinned ×", title);
  back.hidden = !choosable;
  listen(back, "click", () => handlers.explain("truth"), signal);
  const truth: TargetToPreview = () => [{ choice: "truth" }];
  onHoverOrFocus(back, (here) => handlers.preview(here ? truth : null), signal);
  listen(clear, "click", () => handlers.choose({ brush: null }), signal);
  listen(release, "click", () => handlers.pin(null), signal);
  const sentence = make("div", "sentence", after, explains);
  const acts = make("div", "acts", back, ...chosen.elements, clear, release);
  const el = make("div", "header", sentence, legend, remarkEl, acts, controls);
  return {
    el,
    showOptions: (options) => chosen.show(options),
    show: ({ frame, scene, shown, options, influence, shared }, remark) => {
      const { brush } = options;
      const where = influence === null ? textBefore(scene, shown) : inputsAt(scene, influence.of);
      // The place is visible in the text; the line names it in print, or if there is nothing else to say.
      toggle(el, "explaining", shared !== null);
      toggle(el, "remarking", remark !== "");
      write(after, where + (shared === null ? "" : ","));
      explains.hidden = shared === null;
      write(explained, shared?.target ?? "");
      reason.data = shared === null ? "" : `, ${shared.reason}`;
      write(remarkEl, remark);
      remarkEl.title = remark;
      clear.hidden = brush === null;
      if (brush !== null) write(clear, `“${spanText(scene.characters, brush)}” ×`);
      release.hidden = !frame.pinned;
    },
  };
}
