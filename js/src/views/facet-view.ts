/** One model: its name, its numbers, what it predicts and its text. */

import type { Palette } from "../core/color";
import { make, mark, write } from "../core/dom";
import { percent } from "../core/format";
import { type Explanation, elsewhere, standIn } from "../state/caption";
import type { FacetHeat } from "../state/heat";
import type { Memory } from "../state/memory";
import type { Outcome } from "../state/row-store";
import type { Facet } from "../wire";
import type { BrushShare } from "./drawing";
import { MemoryView } from "./memory-view";
import { Predictions, type PredictionsHandlers } from "./predictions";
import { type PaintOptions, TextView } from "./text-view";

/** What a facet looks like in one frame. */
export interface FacetPaint {
  /** What is known of the model now, with what is previewed. */
  readonly facet: Facet;
  readonly position: number;
  readonly outcome: Outcome | undefined;
  readonly heat: FacetHeat | null;
  readonly steps: Int8Array | null;
  readonly palette: Palette;
  readonly options: PaintOptions;
  /** What the header can't say for all facets. */
  readonly explains: Explanation | null;
  readonly brushShare: BrushShare | null;
  readonly memory: Memory | null;
  /** What stands in the place of numbers that nobody will answer with; null: they are on their way. */
  readonly unanswered: string | null;
  /** Whether this is a preview, which moves nothing. */
  readonly previewed: boolean;
}

export class FacetView {
  readonly el = make("section", "facet");
  readonly text: TextView;
  readonly memory: MemoryView;
  readonly predictions: Predictions;
  readonly #measure = make("div", "facet-measure");
  readonly #brushName = make("span", "brush-name");
  readonly #brushValue = make("strong", "brush-value");
  readonly #brush = make("div", "brush-share", this.#brushName, this.#brushValue);
  readonly #explained = make("strong", "explained");
  readonly #reason = document.createTextNode("");
  readonly #explains = make("div", "facet-explains", "explains ", this.#explained, this.#reason);
  readonly #state = make("div", "facet-state");

  constructor(
    private readonly characters: readonly string[],
    readonly facet: Facet,
    handlers: PredictionsHandlers,
    signal: AbortSignal,
  ) {
    this.text = new TextView(characters, facet, signal);
    this.predictions = new Predictions(facet, handlers, signal);
    this.memory = new MemoryView(facet.oneOutput);
    const name = make("div", "facet-name", facet.name);
    name.title = facet.engine;
    const numbers = make("div", "numbers", this.#measure, this.#brush, this.memory.el);
    numbers.append(this.memory.profile);
    const main = make("div", "main", this.#explains, this.#state, ...this.text.elements);
    if (facet.note !== null) main.append(make("div", "facet-note", facet.note));
    this.el.dataset["facet"] = facet.name;
    this.el.append(name, numbers, this.predictions.el, main);
  }

  paint(paint: FacetPaint): void {
    const { facet, position, outcome, heat, explains, brushShare } = paint;
    this.predictions.show(facet, facet.tokenAt[position] ?? 0);
    this.memory.show(paint.memory);
    mark(this.#explains, "data-said", explains === null ? null : "true");
    write(this.#explained, explains?.target ?? "");
    this.#reason.data = `, ${explains?.reason ?? ""}`;
    this.text.paint(position, paint.steps, paint.palette, heat, paint.options);
    const error = outcome !== undefined && "error" in outcome ? outcome.error : null;
    write(this.#state, error ?? "");
    this.#state.title = error ?? "";
    // Its room stays, so that the text does not move under the pointer.
    if (error !== null && !paint.previewed) this.el.classList.add("rnnviz-failed");
    const partial = heat?.part != null;
    const without = partial ? "reading" : "computing";
    const whole = heat !== null && !partial;
    mark(this.el, "data-state", error !== null ? "error" : whole ? "painted" : without);
    const missing = error !== null ? "failed" : (paint.unanswered ?? `${without}…`);
    const sources = paint.options.influence === null;
    const stand = sources ? standIn(this.characters, facet, position) : "";
    write(this.#measure, whole ? shareText(heat) + stand : missing);
    this.#brush.hidden = brushShare === null;
    write(this.#brushName, brushShare?.name ?? "");
    write(this.#brushValue, brushShare === null ? "" : percent(brushShare.share));
  }
}

function shareText(heat: FacetHeat): string {
  if (heat.largest === 0 && heat.elsewhere === 0) return "no influence";
  return `largest share ${percent(heat.largest)}${elsewhere(heat)}`;
}
