/** Above a strip: which layer's units it shows, how many there are, in which order, and what the colours are in numbers. */
import { css, legendStops, type Palette } from "../core/color";
import { listen, make, makeButton, mark, suppressShortcuts, write } from "../core/dom";
import { quantity } from "../core/format";
import type { UnitColors } from "../state/unit-colors";
import { layerWords } from "../state/unit-layer-words";
import type { UnitStates } from "../state/unit-states";
import { orderWords, unitCount } from "../state/unit-words";
import type { LayerWindow } from "../wire/states";

export interface BarHandlers {
  choose(layer: string): void;
  /** The reader wants another strip of this model, or this one no longer. */
  addOrRemove(): void;
}

export class UnitBar {
  readonly #select = suppressShortcuts(make("select", "select units-layer"));
  readonly #count = make("span", "units-count");
  readonly #low = make("span", "legend-end");
  readonly #bar = make("span", "legend-bar");
  readonly #high = make("span", "legend-end");
  readonly #legend = make("span", "units-legend", this.#low, this.#bar, this.#high);
  #shown: readonly unknown[] = [];
  readonly #more: HTMLButtonElement;
  readonly #order = make("div", "units-order");
  readonly el: HTMLElement;

  /** `alone`: no other layer can be shown than the one that was saved; `first`: it is the model's first strip, which stays. */
  constructor(
    model: string,
    private readonly characters: readonly string[],
    private readonly alone: boolean,
    first: boolean,
    { choose, addOrRemove }: BarHandlers,
    signal: AbortSignal,
  ) {
    mark(this.#select, "aria-label", `Which states of ${model}`);
    mark(this.#order, "role", "status");
    this.#more = first
      ? makeButton(
          "button units-more",
          "add a layer",
          "Show another layer of this model too, or another kind of state",
        )
      : makeButton("button units-more", "remove", "Show this layer no longer");
    this.#more.hidden = alone;
    const parts = [this.#select, this.#more, this.#count, this.#legend, this.#order];
    this.el = make("div", "units-bar", ...parts);
    listen(this.#more, "click", addOrRemove, signal);
    listen(this.#select, "change", () => choose(this.#select.value), signal);
    // Keys that choose in a list must not reach the host.
    listen(this.#select, "keydown", (e) => e.key !== "Escape" && e.stopPropagation(), signal);
  }

  showLayers({ layers, layer }: LayerWindow): void {
    this.#select.replaceChildren(
      ...layers.map((name) => new Option(layerWords(name, layers), name)),
    );
    this.#select.value = layers[layer] ?? "";
    this.#select.disabled = this.alone || layers.length < 2;
  }

  show(states: UnitStates, colors: UnitColors, palette: Palette): void {
    const shown = [states.facts, colors, palette];
    if (shown.every((one, n) => one === this.#shown[n])) return;
    this.#shown = shown;
    const { cap, clipped, signed } = colors;
    write(this.#count, unitCount(states));
    write(this.#order, orderWords(this.characters, states));
    const end = cap === null ? "its largest" : quantity(cap);
    write(this.#high, `${clipped ? "≥ " : ""}${end}`);
    write(this.#low, signed ? `${clipped ? "≤ " : ""}−${end}` : "0");
    const stops = legendStops(palette, signed).map(css).join(", ");
    this.#bar.style.background = `linear-gradient(to right, ${stops})`;
  }
}
