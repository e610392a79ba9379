/** A text coloured once more, below the text of a facet: smaller, without marks, and not to be pointed at. */
import { css, type Palette, type Step } from "../core/color";
import { make, mark } from "../core/dom";
import { glyph } from "../core/format";
import type { Facet } from "../wire";

/** The most characters that are drawn before and after the one that is shown. */
const BEFORE = 600;
const AFTER = 120;
/** The height of the bar for full colour, in pixels. */
const BAR = 6;
/** Up to this step letters are as quiet as those without colour. */
const QUIET = 8;

/** `shown` is the character that is explained; `steps` its colours, `bars` whether bars repeat them. */
export function makeColouredText(
  characters: readonly string[],
  facet: Facet,
  shown: number,
  steps: Int8Array,
  palette: Palette,
  bars: boolean,
): HTMLElement {
  const el = make("div", bars ? "random-text bars" : "random-text");
  mark(el, "aria-hidden", "true");
  const s = facet.tokenAt[shown] ?? 0;
  const [first, last] = [Math.max(0, shown - BEFORE), Math.min(characters.length, shown + AFTER)];
  let run: HTMLElement | null = null;
  let before = "";
  if (first > 0) el.append("…");
  for (let p = first; p < last; p++) {
    const step = steps[p] ?? 0;
    const t = facet.tokenAt[p] ?? 0;
    const key = !facet.reads.reads(s, t) ? "unread" : t === s ? `own ${step}` : String(step);
    if (run === null || key !== before) {
      run = make("span", key === "unread" ? "unread" : t === s ? "own" : "");
      if (key !== "unread") paint(run, step, palette, bars);
      el.append(run);
      before = key;
    }
    run.append(drawn(characters, facet, p));
  }
  if (last < characters.length) el.append("…");
  return el;
}

function paint(run: HTMLElement, step: number, { rising, falling }: Palette, bars: boolean): void {
  const colour: Step | undefined = step < 0 ? falling[-step] : rising[step];
  if (step === 0 || colour === undefined) return;
  run.style.backgroundColor = css(colour.background);
  if (Math.abs(step) > QUIET) run.style.color = css(colour.ink);
  if (!bars) return;
  run.style.backgroundSize = `100% ${((BAR * Math.abs(step)) / (rising.length - 1)).toFixed(1)}px`;
  run.style.backgroundPosition = step < 0 ? "0 0" : "0 100%";
}

function drawn(characters: readonly string[], facet: Facet, p: number): string {
  const character = characters[p] ?? "";
  const joined = /^\p{M}$/u.test(character) && facet.tokenAt[p] === facet.tokenAt[p - 1];
  return joined ? character : glyph(character) + (character === "\n" ? "\n" : "");
}
