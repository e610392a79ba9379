/** One model: its name, what it predicts and its text. */

import { failed, no_influence } from "../../../rnnviz_widget/picture/wording.json";
import type { Palette } from "../core/color";
import { make, mark, write } from "../core/dom";
import { percent } from "../core/format";
import { EXPLAINS, type Explanation, largestShare, standIn } from "../state/caption";
import type { FacetHeat } from "../state/heat";
import type { Memory } from "../state/memory";
import type { Outcome } from "../state/row-store";
import type { Facet } from "../wire";
import { MemoryView } from "./memory-view";
import { Predictions } from "./predictions";
import { type PaintOptions, TextView } from "./text-view";

/** What of the output shown lies on the brushed span. */
export interface BrushShare {
  readonly name: string;
  readonly share: number;
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
  readonly #explains = make("div", "facet-explains", EXPLAINS, this.#explained, this.#reason);
  readonly #state = make("div", "facet-state");

  readonly #characters: readonly string[];

  constructor(
    characters: readonly string[],
    readonly facet: Facet,
    signal: AbortSignal,
  ) {
    this.#characters = characters;
    this.text = new TextView(characters, facet, signal);
    this.predictions = new Predictions(facet);
    this.memory = new MemoryView(facet.oneOutput);
    const name = make("div", "facet-name", facet.name);
    name.title = facet.engine;
    const side = make("div", "side", this.memory.profile, name, this.#measure, this.#brush);
    side.append(this.memory.el);
    const main = make("div", "main", this.predictions.el, this.#explains, this.#state);
    main.append(...this.text.elements);
    if (facet.note !== null) main.append(make("div", "facet-note", facet.note));
    this.el.dataset["facet"] = facet.name;
    this.el.append(side, main);
  }

  /** Memory of the output shown. */
  remember(memory: Memory | null): void {
    this.memory.show(memory);
  }

  /** `facet` is what is known of the model now; `explains` is what the header can't say for all facets; `quiet` says that nobody answers; what is only `previewed` at moves nothing. */
  paint(
    facet: Facet,
    position: number,
    outcome: Outcome | undefined,
    heat: FacetHeat | null,
    steps: Int8Array | null,
    explains: Explanation | null,
    quiet: string | null,
    palette: Palette,
    work: PaintOptions,
    brushed: BrushShare | null,
    previewed = false,
  ): void {
    this.predictions.show(facet, facet.tokenAt[position] ?? 0);
    mark(this.#explains, "data-said", explains === null ? null : "true");
    write(this.#explained, explains?.target ?? "");
    this.#reason.data = `, ${explains?.reason ?? ""}`;
    this.text.paint(position, steps, palette, heat, work);
    const error = outcome !== undefined && "error" in outcome ? outcome.error : null;
    write(this.#state, error ?? "");
    this.#state.title = error ?? "";
    // Its room stays, so that the text does not move under the pointer.
    if (error !== null && !previewed) this.el.classList.add("rnnviz-failed");
    const partial = heat?.part != null;
    const without = partial ? "reading" : "computing";
    const whole = heat !== null && !partial;
    mark(this.el, "data-state", error !== null ? "error" : whole ? "painted" : without);
    const missing = error !== null ? failed : (quiet ?? `${without}…`);
    const stand = work.influence === null ? standIn(this.#characters, facet, position) : "";
    write(this.#measure, whole ? shareText(heat) + stand : missing);
    this.#brush.hidden = brushed === null;
    write(this.#brushName, brushed?.name ?? "");
    write(this.#brushValue, brushed === null ? "" : percent(brushed.share));
  }
}

function shareText(heat: FacetHeat): string {
  if (heat.largest === 0 && heat.elsewhere === 0) return no_influence;
  return largestShare(heat);
}
