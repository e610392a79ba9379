/** One model: its name, its figures, its predictions and its text. */

import { failed, no_influence } from "../../../rnnviz_widget/picture/wording.json";
import { make, mark, toggle, write } from "../core/dom";
import { percent } from "../core/format";
import { EXPLAINS, largestShare, spanText, standIn } from "../state/caption";
import { COMPUTING, type FacetHeat, heatSteps } from "../state/heat";
import type { Facet } from "../wire";
import { brushShare, type Drawing } from "./drawing";
import { LongWait } from "./long-wait";
import { MemoryView } from "./memory-view";
import { Predictions, type PredictionsHandlers } from "./predictions";
import { type TextColours, TextView } from "./text-view";

/**
 * After how many milliseconds the missing characters of a row that comes in parts get dots. Most rows are whole by then:
 * dots would come and go, and to draw hundreds of them delays what somebody who types waits for.
 */
const DOTS_AFTER = 200;

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
  readonly #main: HTMLElement;
  #colours: TextColours | null = null;
  #paintText: () => void = () => undefined;
  /** The wait for the rest of a row that comes in parts. */
  readonly #rest: LongWait;

  constructor(
    characters: readonly string[],
    public facet: Facet,
    handlers: PredictionsHandlers,
    signal: AbortSignal,
  ) {
    this.text = new TextView(characters, facet, signal);
    this.#rest = new LongWait(DOTS_AFTER, () => this.#paintText(), signal);
    this.predictions = new Predictions(facet, handlers, signal);
    this.memory = new MemoryView(facet.oneOutput);
    const name = make("div", "facet-name", facet.name);
    name.title = facet.engine;
    const numbers = make("div", "numbers", this.#measure, this.#brush, this.memory.el);
    numbers.append(this.memory.profile);
    const main = make("div", "main", this.#explains, this.#state, ...this.text.elements);
    this.#main = main;
    if (facet.note !== null) main.append(make("div", "facet-note", facet.note));
    this.el.dataset["facet"] = facet.name;
    this.el.append(name, numbers, this.predictions.el, main);
  }

  /** Shows the same model on another text. */
  setText(characters: readonly string[], facet: Facet): void {
    this.facet = facet;
    this.text.setText(characters, facet);
    this.#rest.end();
    this.predictions.facet = facet;
    this.memory.showText(null);
    toggle(this.el, "failed", false);
  }

  /** Adds what stands under its text. */
  append(elements: readonly HTMLElement[]): void {
    this.#main.append(...elements);
  }

  /** Has the text show other colours than those of connectivity; null: no longer. */
  colourText(colours: TextColours | null): void {
    this.#colours = colours;
    mark(this.el, "data-coloured", colours !== null);
    this.#paintText();
  }

  /** Draws facet `i` of a frame; `unanswered` is shown in place of numbers that will not arrive. */
  paint(drawing: Drawing, i: number, unanswered: string | null): void {
    const { frame, scene, shown, options, palette, heat, influence, shared } = drawing;
    // The facts about the model, including those of a preview.
    const facet = scene.facets[i] ?? this.facet;
    const [outcome, own = null] = [frame.facets[i], heat.facets[i]];
    this.predictions.show(facet, facet.tokenAt[shown] ?? 0);
    const explained = shared === null && influence === null ? drawing.explained[i] : undefined;
    mark(this.#explains, "data-said", Boolean(explained?.target));
    write(this.#explained, explained?.target ?? "");
    this.#reason.data = `, ${explained?.reason ?? ""}`;
    const { brush, bars } = options;
    const marks = { brush, bars, influence: influence?.of ?? null };
    const partial = own?.part != null;
    this.#rest.waitFor(partial ? shown : null);
    this.#paintText = () => {
      const colours = this.#colours;
      if (colours === null) {
        const unknown = partial && !this.#rest.long ? 0 : COMPUTING;
        const steps = own === null ? null : heatSteps(own, i, heat.scaling, unknown);
        this.text.paint(shown, steps, palette, own, marks);
      } else {
        const whole = { ...marks, whole: true };
        this.text.paint(shown, colours.steps, colours.palette, null, whole);
      }
    };
    this.#paintText();
    this.text.expect(frame.pending);
    const error = outcome !== undefined && "error" in outcome ? outcome.error : null;
    write(this.#state, error ?? "");
    this.#state.title = error ?? "";
    // Its space is kept, so that the text does not move under the pointer.
    if (error !== null && frame.withoutPreview === null) toggle(this.el, "failed", true);
    const without = partial ? "reading" : "computing";
    const whole = own !== null && !partial;
    mark(this.el, "data-state", error !== null ? "error" : whole ? "painted" : without);
    const missing = error !== null ? failed : (unanswered ?? `${without}…`);
    const stand = influence === null ? standIn(scene.characters, facet, shown) : "";
    write(this.#measure, whole ? shareText(own) + stand : missing);
    const share = brushShare(drawing, i);
    this.#brush.hidden = share === null;
    if (brush === null || share === null) return;
    write(this.#brushName, `on “${spanText(scene.characters, brush)}”`);
    write(this.#brushValue, percent(share));
  }
}

function shareText(heat: FacetHeat): string {
  if (heat.largest === 0 && heat.elsewhere === 0) return no_influence;
  return largestShare(heat);
}
