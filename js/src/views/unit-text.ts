/** A unit that colours a facet's text in place of connectivity, and the line that says so. */
import { unit_colors_text } from "../../../rnnviz_widget/picture/wording.json";
import type { Palette } from "../core/color";
import { listen, make, makeButton, toggle, write } from "../core/dom";
import { fill } from "../core/fill";
import { COMPUTING } from "../state/heat";
import { stepOfMultiple, type UnitColors } from "../state/unit-colors";
import type { UnitStates } from "../state/unit-states";
import { capital, rangeNumbers, shareWords, stateWords, unitName } from "../state/unit-words";
import type { TextColours } from "./text-view";

export const HINT = "Point at a unit in the strip: it colours the text; a press keeps it.";

/** The same where a kernel answers. */
export const HINT_WITH_KERNEL = `${HINT} Drag over characters: which units are on there?`;

/** The same under the other strips of a model. */
export const HINT_OF_OTHERS = "These units colour the text too.";

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
  /** Of what the colours are that the text has now; empty: of connectivity. */
  #key: readonly unknown[] = [];

  constructor(
    private readonly tokenAt: Int32Array,
    /** What is said while no unit colours the text. */
    private readonly hint: string,
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
      write(this.#said, this.hint);
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
    const share = shareWords(states, unit);
    return fill(unit_colors_text, {
      unit: capital(unitName(states, unit)),
      layer: states.words,
      state: stateWords(states, this.tokenAt[shown] ?? 0, unit),
      place,
      ...rangeNumbers(states, unit),
      more: share && `; ${share}`,
    });
  }

  #colour({ states, colors, palette }: UnitColouring, unit: number): void {
    const key = [states, states.facts, colors, palette, unit];
    if (key.every((part, n) => part === this.#key[n])) return;
    this.#key = key;
    const each = colors.stepsEach[unit] ?? 0;
    const steps = states.curve(unit, this.tokenAt, COMPUTING, (multiple) =>
      stepOfMultiple(multiple, each),
    );
    this.colourText({ steps, palette });
  }
}
