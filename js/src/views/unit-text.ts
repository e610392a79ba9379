/** A unit that colours a facet's text in place of connectivity, and the line that says so. */
import { unit_colors_text } from "../../../rnnviz_widget/picture/wording.json";
import type { Palette } from "../core/color";
import { listen, make, makeButton, onAbort, toggle, write } from "../core/dom";
import { fill } from "../core/fill";
import { COMPUTING } from "../state/heat";
import { stepOfMultiple, type UnitColors } from "../state/unit-colors";
import type { UnitStates } from "../state/unit-states";
import { capital, rangeNumbers, shareWords, stateWords, unitName } from "../state/unit-words";
import type { TextColours } from "./text-view";

export const HINT =
  "Point at a unit in the strip: it colours the text; a press keeps it. Drag over characters: which units are on there?";

/** The same under the other strips of a model. */
export const HINT_OF_OTHERS = "These units colour the text too.";

/** From this many characters on a text is coloured in two frames, half of it in each: the browser takes long for thousands of new colours. */
const LONG = 1000;
/** A run of characters that are coloured in the same frame. */
const RUN = 512;

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
  /** The steps that the text shows, and those that it is to show; null: connectivity. */
  #steps: Int8Array | null = null;
  #wanted: Int8Array | null = null;
  #palette: Palette | null = null;
  /** The half that is coloured next, and how many are not yet. */
  #half = 0;
  #left = 0;
  #frame = 0;

  constructor(
    private readonly tokenAt: Int32Array,
    /** What is said while no unit colours the text. */
    private readonly hint: string,
    private readonly colourText: (colours: TextColours | null) => void,
    release: () => void,
    signal: AbortSignal,
  ) {
    listen(this.#back, "click", release, signal);
    onAbort(signal, () => cancelAnimationFrame(this.#frame));
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
    if (this.#steps !== null) this.colourText(null);
    cancelAnimationFrame(this.#frame);
    this.#steps = null;
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
    this.#wanted = states.curve(unit, this.tokenAt, COMPUTING, (multiple) =>
      stepOfMultiple(multiple, each),
    );
    this.#palette = palette;
    const { length } = this.tokenAt;
    // A text that shows connectivity is coloured as a whole, so that no part of it means another thing than the rest.
    if (this.#steps === null || length < LONG) {
      this.#steps = this.#wanted.slice();
      this.#left = 0;
      this.colourText({ steps: this.#steps, palette });
    } else {
      this.#left = 2;
      cancelAnimationFrame(this.#frame);
      this.#colourHalf();
    }
  }

  /** Every second run of characters, then in the next frame the others. */
  #colourHalf(): void {
    const [steps, wanted, palette] = [this.#steps, this.#wanted, this.#palette];
    if (steps === null || wanted === null || palette === null) return;
    for (let p = this.#half * RUN; p < steps.length; p += 2 * RUN) {
      steps.set(wanted.subarray(p, p + RUN), p);
    }
    this.#half = 1 - this.#half;
    this.#left -= 1;
    this.colourText({ steps, palette });
    if (this.#left > 0) this.#frame = requestAnimationFrame(() => this.#colourHalf());
  }
}
