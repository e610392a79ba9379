/** What the colours of a layer's units are, in numbers. */
import { css, legendStops, type Palette } from "../core/color";
import { make, write } from "../core/dom";
import type { UnitColors } from "../state/unit-colors";
import { stateNumber } from "../state/unit-words";

export class UnitLegend {
  readonly #low = make("span", "legend-end");
  readonly #bar = make("span", "legend-bar");
  readonly #high = make("span", "legend-end");
  readonly el = make("span", "units-legend", this.#low, this.#bar, this.#high);

  show({ cap, clipped, signed }: UnitColors, palette: Palette): void {
    const end = cap === null ? "its largest" : stateNumber(cap, cap < 1 ? 2 : 0);
    write(this.#high, `${clipped ? "≥ " : ""}${end}`);
    write(this.#low, signed ? `${clipped ? "≤ " : ""}−${end}` : "0");
    const stops = legendStops(palette, signed).map(css).join(", ");
    this.#bar.style.background = `linear-gradient(to right, ${stops})`;
  }
}
