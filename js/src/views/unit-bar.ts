/** Above a strip: which layer's units it shows, how many there are, and what the colours are in numbers. */
import { css, legendStops, type Palette } from "../core/color";
import { listen, make, mark, suppressShortcuts, write } from "../core/dom";
import type { UnitColors } from "../state/unit-colors";
import type { UnitStates } from "../state/unit-states";
import { stateNumber, unitCount } from "../state/unit-words";
import type { LayerWindow } from "../wire/states";

export class UnitBar {
  readonly #select = suppressShortcuts(make("select", "select units-layer"));
  readonly #count = make("span", "units-count");
  readonly #low = make("span", "legend-end");
  readonly #bar = make("span", "legend-bar");
  readonly #high = make("span", "legend-end");
  readonly #legend = make("span", "units-legend", this.#low, this.#bar, this.#high);
  #shown: readonly unknown[] = [];
  readonly el = make("div", "units-bar", this.#select, this.#count, this.#legend);

  /** `alone`: no other layer can be shown than the one that was saved. */
  constructor(
    model: string,
    private readonly alone: boolean,
    choose: (layer: string) => void,
    signal: AbortSignal,
  ) {
    mark(this.#select, "aria-label", `Which states of ${model}`);
    listen(this.#select, "change", () => choose(this.#select.value), signal);
    // Keys that choose in a list must not reach the host.
    listen(this.#select, "keydown", (e) => e.key !== "Escape" && e.stopPropagation(), signal);
  }

  showLayers({ layers, layer }: LayerWindow): void {
    this.#select.replaceChildren(...layers.map((words) => new Option(words, words)));
    this.#select.value = layers[layer] ?? "";
    this.#select.disabled = this.alone || layers.length < 2;
  }

  show(states: UnitStates, colors: UnitColors, palette: Palette): void {
    const shown = [states.facts, colors, palette];
    if (shown.every((one, n) => one === this.#shown[n])) return;
    this.#shown = shown;
    const { cap, clipped, signed } = colors;
    write(this.#count, unitCount(states));
    const end = cap === null ? "its largest" : stateNumber(cap, cap < 1 ? 2 : 0);
    write(this.#high, `${clipped ? "≥ " : ""}${end}`);
    write(this.#low, signed ? `${clipped ? "≤ " : ""}−${end}` : "0");
    const stops = legendStops(palette, signed).map(css).join(", ");
    this.#bar.style.background = `linear-gradient(to right, ${stops})`;
  }
}
