/** The quiet line above the facets: what is explained, what colours mean, what is set otherwise than at first, and the controls. */
import { listen, make, makeButton, mark, onHoverOrFocus, write } from "../core/dom";
import type { Span } from "../core/scales";
import {
  type Explanation,
  inputsAt,
  sameExplanation,
  spanText,
  textBefore,
} from "../state/caption";
import type { Options } from "../state/options";
import type { TargetToPreview } from "../state/preview-request";
import type { Scene } from "../wire";
import { ChosenOptions } from "./chosen-options";

export interface HeaderHandlers {
  /** Releases the pinned character. */
  release(): void;
  /** Explains the truth again. */
  back(): void;
  /** Previews what that would be, or with null no more. */
  preview(wanted: TargetToPreview | null): void;
  /** Forgets the brushed span. */
  clear(): void;
  choose(change: Partial<Options>): void;
}

export interface HeaderState {
  readonly pinned: boolean;
  /** The characters whose share is read. */
  readonly brush: Span | null;
  /** Those whose influence is drawn; null: sources are. */
  readonly influence: Span | null;
  /** What there is to say about the colours just now, or "". */
  readonly remark: string;
}

export class Header {
  readonly el: HTMLElement;
  readonly #after = make("span", "after");
  readonly #explained = make("strong", "explained");
  readonly #reason = document.createTextNode("");
  readonly #explains = make("span", "explains", "explains ", this.#explained, this.#reason);
  readonly #remark = make("div", "remark");
  readonly #release = makeButton("button release", "", "Release the pinned character");
  readonly #brush = makeButton("button clear", "", "Forget the brushed span");
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
    listen(this.#back, "click", () => handlers.back(), signal);
    const truth: TargetToPreview = () => [{ choice: "truth" }];
    onHoverOrFocus(this.#back, (here) => handlers.preview(here ? truth : null), signal);
    this.#chosen = new ChosenOptions(handlers.choose, signal);
    listen(this.#brush, "click", () => handlers.clear(), signal);
    listen(this.#release, "click", () => handlers.release(), signal);
    mark(this.#remark, "role", "status");
    const sentence = make("div", "sentence", this.#after, this.#explains);
    const acts = make("div", "acts");
    acts.append(this.#back, ...this.#chosen.elements, this.#brush, this.#release);
    this.el = make("div", "header", sentence, legend, this.#remark, acts, controls);
  }

  set options(options: Options) {
    this.#chosen.show(options);
  }

  /** `explanations` are what each facet explains; of an input's influence nothing is. */
  show(
    scene: Scene,
    shown: number,
    explanations: readonly Explanation[],
    { pinned, brush, influence, remark }: HeaderState,
  ): void {
    const [first] = explanations;
    const alike = explanations.every((one) => sameExplanation(one, first));
    const shared = alike && influence === null && first?.target ? first : undefined;
    const where = influence === null ? textBefore(scene, shown) : inputsAt(scene, influence);
    // Where the reader is stands in the text; the line says it on paper, or where nothing else is to be said.
    this.el.classList.toggle("rnnviz-explaining", shared !== undefined);
    write(this.#after, where + (shared === undefined ? "" : ","));
    this.#explains.hidden = shared === undefined;
    write(this.#explained, shared?.target ?? "");
    this.#reason.data = shared === undefined ? "" : `, ${shared.reason}`;
    write(this.#remark, remark);
    this.#remark.title = remark;
    this.el.classList.toggle("rnnviz-remarking", remark !== "");
    this.#brush.hidden = brush === null;
    // Escape takes back one thing at a time, what is about the span first.
    if (brush !== null) write(this.#brush, `“${spanText(scene.characters, brush)}” · Esc clears`);
    this.#release.hidden = !pinned;
    write(this.#release, brush === null ? "pinned · Esc releases" : "pinned · release");
  }
}
