/** What the state of each layer would predict at a character, if it were the last layer's: a small table. */
import { make, mark, write } from "../core/dom";
import { percent, quantity, visible } from "../core/format";
import { placeWords } from "../state/unit-words";
import type { LayerPrediction, LensView } from "../wire/generated";

const COLUMNS = ["layer", "would predict", "KL here", "KL, mean"];

export class UnitLens {
  readonly el = make("div", "unit-lens");
  #shown: unknown = null;

  constructor(private readonly characters: readonly string[]) {
    mark(this.el, "role", "status");
    this.el.hidden = true;
  }

  /** `waiting`: what is said while it is not here; null: it is not wanted. */
  show(lens: LensView | null, waiting: string | null): void {
    const shown = waiting === null ? null : (lens ?? waiting);
    this.el.hidden = shown === null;
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (lens === null || lens.error !== null) write(this.el, lens?.error ?? waiting ?? "");
    else this.el.replaceChildren(table(lens, placeWords(this.characters, lens.position)));
  }
}

function table({ layers }: LensView, place: string): HTMLElement {
  const heads = COLUMNS.map((words) => {
    const head = make("th", "unit-cell", words);
    head.scope = "col";
    return head;
  });
  const words = `What each layer’s state would predict at ${place}; KL in nats from what the model predicts`;
  return make(
    "table",
    "unit-numbers",
    make("caption", "unit-caption", words),
    make("thead", "unit-head", make("tr", "unit-line", ...heads)),
    make("tbody", "unit-body", ...layers.map(line)),
  );
}

function line({ layer, fitted, divergence, mean, classes, probabilities }: LayerPrediction) {
  const head = make("th", "unit-cell", fitted ? `${layer}, mapped to the last` : layer);
  head.scope = "row";
  const said = classes.map((name, n) => `${visible(name)} ${percent(probabilities[n] ?? 0)}`);
  const cells = [said.join(", "), quantity(divergence), quantity(mean)];
  return make("tr", "unit-line", head, ...cells.map((one) => make("td", "unit-cell", one)));
}
