/** The quiet line above the facets: what is explained, what colours mean, what is set otherwise than at first, and the controls. */
import { listen, make, makeButton, mark, onHoverOrFocus, write } from "../core/dom";
import { EXPLAINS, inputsAt, spanText, textBefore } from "../state/caption";
import type { Options } from "../state/options";
import type { TargetToPreview } from "../state/preview-request";
import { ChosenOptions } from "./chosen-options";
import type { Drawing } from "./drawing";

export interface HeaderHandlers {
  /** Pins a character, or releases with null. */
  pin(position: number | null): void;
  explain(target: "truth"): void;
  /** Previews what is explained otherwise, or with null no more. */
  preview(target: TargetToPreview | null): void;
  choose(change: Partial<Options>): void;
}

export class Header {
  readonly el: HTMLElement;
  readonly #after = make("span", "after");
  readonly #explained = make("strong", "explained");
  readonly #reason = document.createTextNode("");
  readonly #explains = make("span", "explains", EXPLAINS, this.#explained, this.#reason);
  readonly #remark = make("div", "remark");
  readonly #release = makeButton(
    "button release",
    "pinned ×",
    "Release the pinned character (Esc)",
  );
  readonly #brush = makeButton("button clear", "", "Forget the brushed span (Esc)");
  readonly #back = makeButton("button back", "back to the truth", "Explain the truth again");
  readonly #chosen: ChosenOptions;

  /**
   * Beside its own words it holds the legend and the button that opens the controls. `choosable`: another target than the
   * truth is explained, and the page can change it.
   */
  constructor(
    handlers: HeaderHandlers,
    { legend, controls }: { readonly legend: HTMLElement; readonly controls: HTMLElement },
    choosable: boolean,
    signal: AbortSignal,
  ) {
    this.#back.hidden = !choosable;
    listen(this.#back, "click", () => handlers.explain("truth"), signal);
    const truth: TargetToPreview = () => [{ choice: "truth" }];
    onHoverOrFocus(this.#back, (here) => handlers.preview(here ? truth : null), signal);
    this.#chosen = new ChosenOptions(handlers.choose, signal);
    listen(this.#brush, "click", () => handlers.choose({ brush: null }), signal);
    listen(this.#release, "click", () => handlers.pin(null), signal);
    mark(this.#remark, "role", "status");
    const sentence = make("div", "sentence", this.#after, this.#explains);
    const acts = make("div", "acts");
    acts.append(this.#back, ...this.#chosen.elements, this.#brush, this.#release);
    this.el = make("div", "header", sentence, legend, this.#remark, acts, controls);
  }

  set options(options: Options) {
    this.#chosen.show(options);
  }

  /** `remark`: what there is to say about the colours just now, or "". */
  show({ frame, scene, shown, options, influence, shared }: Drawing, remark: string): void {
    const { brush } = options;
    const where = influence === null ? textBefore(scene, shown) : inputsAt(scene, influence.of);
    // Where the reader is stands in the text; the line says it on paper, or where nothing else is to be said.
    this.el.classList.toggle("rnnviz-explaining", shared !== null);
    this.el.classList.toggle("rnnviz-remarking", remark !== "");
    write(this.#after, where + (shared === null ? "" : ","));
    this.#explains.hidden = shared === null;
    write(this.#explained, shared?.target ?? "");
    this.#reason.data = shared === null ? "" : `, ${shared.reason}`;
    write(this.#remark, remark);
    this.#remark.title = remark;
    this.#brush.hidden = brush === null;
    if (brush !== null) write(this.#brush, `“${spanText(scene.characters, brush)}” ×`);
    this.#release.hidden = !frame.pinned;
  }
}
