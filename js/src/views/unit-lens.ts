/** What the state of each layer would predict at a character, if it were the last layer's: a small table. */
import { make, mark, write } from "../core/dom";
import { percent, quantity, visible } from "../core/format";
import { layerWords } from "../state/unit-layer-words";
import { placeWords } from "../state/unit-words";
import type { LayerPrediction, LensView } from "../wire/generated";
import { makeNumberTable, type NumberLine } from "./number-table";

const COLUMNS = ["layer", "would predict", "KL here", "KL, mean"];

export class UnitLens {
  readonly el = make("div", "unit-lens");
  #shown: unknown = null;

  constructor(private readonly characters: readonly string[]) {
    mark(this.el, "role", "status");
    this.el.hidden = true;
  }

  /** `names`: those of all layers; `waiting`: what is said while it is not here; null: it is not wanted. */
  show(lens: LensView | null, names: readonly string[], waiting: string | null): void {
    const shown = waiting === null ? null : (lens ?? waiting);
    this.el.hidden = shown === null;
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (lens === null || lens.error !== null) {
      write(this.el, lens?.error ?? waiting ?? "");
      return;
    }
    const place = placeWords(this.characters, lens.position);
    const caption = `What each layer’s state would predict at ${place}; KL in nats from what the model predicts`;
    const lines = lens.layers.map((one) => lineOf(one, layerWords(one.layer, names)));
    this.el.replaceChildren(makeNumberTable(caption, COLUMNS, lines));
  }
}

function lineOf(
  { fitted, divergence, mean, classes, probabilities }: LayerPrediction,
  layer: string,
): NumberLine {
  const said = classes.map((name, n) => `${visible(name)} ${percent(probabilities[n] ?? 0)}`);
  return {
    name: fitted ? `${layer}, mapped to the last` : layer,
    cells: [said.join(", "), quantity(divergence), quantity(mean)],
  };
}
