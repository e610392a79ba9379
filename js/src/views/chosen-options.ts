/** Options that differ from their defaults: each is shown, and a press resets it. */
import { listen, makeButton, write } from "../core/dom";
import { SCALE_LABELS } from "../core/scales";
import { DEFAULTS, type Options } from "../state/options";

type ChoosableOption = Exclude<keyof Options, "brush">;

/** The words for an option that differs from its default, and the value that a press restores. */
const CHOSEN: readonly {
  readonly option: ChoosableOption;
  words(options: Options): string;
  readonly back: string;
}[] = [
  { option: "direction", words: () => "influence", back: "sources" },
  { option: "scale", words: scaleWords, back: "shares" },
  { option: "by", words: () => "by words", back: "characters" },
  { option: "bars", words: () => "bars", back: "colours alone" },
  { option: "playing", words: () => "playing", back: "a picture that stands still" },
];

export class ChosenOptions {
  readonly elements: readonly HTMLButtonElement[];

  constructor(choose: (change: Partial<Options>) => void, signal: AbortSignal) {
    this.elements = CHOSEN.map(({ option, back }) => {
      const el = makeButton("button chosen", "", `Back to ${back}`);
      el.dataset["option"] = option;
      const takeBack = () => choose({ [option]: DEFAULTS[option] });
      listen(el, "click", takeBack, signal);
      return el;
    });
  }

  show(options: Options): void {
    CHOSEN.forEach(({ option, words, back }, i) => {
      const el = this.elements[i];
      if (el === undefined) return;
      el.hidden = options[option] === DEFAULTS[option];
      if (el.hidden) return;
      write(el, `${words(options)} ×`);
      el.ariaLabel = `${words(options)}: back to ${back}`;
    });
  }
}

function scaleWords({ scale, sharpness }: Options): string {
  const sharp = scale === "sparsemax" && sharpness !== DEFAULTS.sharpness;
  return SCALE_LABELS[scale] + (sharp ? ` ${Number(sharpness.toPrecision(3))}` : "");
}
