/** A unit that colours a facet's text in place of connectivity, and the line that says so. */
import type { Palette } from "../core/color";
import { listen, make, makeButton, toggle, write } from "../core/dom";
import { COMPUTING } from "../state/heat";
import { stepOfMultiple, type UnitColors } from "../state/unit-colors";
import type { UnitStates } from "../state/unit-states";
import { capital, rangeWords, stateWords, unitName } from "../state/unit-words";
import type { TextColours } from "./text-view";

const HINT =
  "Point at a unit in the strip: it colours the text; a press keeps it. Drag over characters: which units are on there?";

/** What colours the text; `unit` null: connectivity does. */
export interface UnitColouring {
  readonly states: UnitStates;
  readonly colors: UnitColors;
  readonly palette: Palette;
  readonly unit: number | null;
  /** Whether it stays when the pointer leaves. */
  readonly kept: boolean;
  readonly shown: number;
  /** The character shown, in words. */
  readonly place: string;
}

export class UnitText {
  readonly #said = make("span", "units-said");
  readonly #back = makeButton("button units-back", "back to connectivity");
  readonly el = make("div", "units-label", this.#said, this.#back);
  /** The colours that the text has now, and of what they are. */
  #key: readonly unknown[] = [];

  constructor(
    private readonly tokenAt: Int32Array,
    private readonly colourText: (colours: TextColours | null) => void,
    release: () => void,
    signal: AbortSignal,
  ) {
    listen(this.#back, "click", release, signal);
  }

  show(colouring: UnitColouring): void {
    const { unit, kept } = colouring;
    toggle(this.el, "units-coloured", unit !== null);
    // Its space is kept, so that nothing moves under the pointer.
    this.#back.style.visibility = kept ? "visible" : "hidden";
    if (unit === null) {
      write(this.#said, HINT);
      this.clear();
    } else {
      write(this.#said, this.#words(colouring, unit));
      this.#colour(colouring, unit);
    }
  }

  /** Gives the text back. */
  clear(): void {
    if (this.#key.length > 0) this.colourText(null);
    this.#key = [];
  }

  #words({ states, shown, place }: UnitColouring, unit: number): string {
    const name = capital(unitName(states, unit));
    const here = stateWords(states, this.tokenAt[shown] ?? 0, unit);
    const range = rangeWords(states, unit);
    return `${name}, ${states.name}, colours the text, not connectivity: ${here} at ${place}; ${range}.`;
  }

  #colour({ states, colors, palette }: UnitColouring, unit: number): void {
    const key = [states, states.facts, colors, palette, unit];
    if (key.every((part, n) => part === this.#key[n])) return;
    this.#key = key;
    const each = colors.stepsEach[unit] ?? 0;
    const steps = Int8Array.from(this.tokenAt, (step) => {
      const multiple = states.multiple(step, unit);
      return multiple === null ? COMPUTING : stepOfMultiple(multiple, each);
    });
    this.colourText({ steps, palette });
  }
}
