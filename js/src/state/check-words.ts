/** What the check of an output shows, in words; `rnnviz_widget/picture/check_words.py` must say the same. */
import * as wording from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import { amount, visible } from "../core/format";
import type { OutputCheck } from "../wire";

/** The sentence is about so many inputs, or the next fewer that there are. */
const TOLD = 4;
/** Of one input and of several: without the strongest, and without those that speak most for what is explained. */
const FORMS = {
  one: [wording.check_one, wording.check_for_one],
  many: [wording.check, wording.check_for],
} as const;
const INPUTS = {
  character: [wording.one_character, wording.many_character],
  token: [wording.one_token, wording.many_token],
  step: [wording.one_step, wording.many_step],
} as const;
/** What takes the place of an exchanged input. */
export const DRAWN = {
  text: wording.check_text,
  all: wording.check_all,
  steps: wording.check_steps,
} as const;

/** What is left of a model's prediction, and what is wrong with its row or with the model. */
export function checkSentences(model: string, check: OutputCheck): string[] {
  const place = check.counts.filter((count) => count <= TOLD).length - 1;
  const count = check.counts[place] ?? 0;
  const form = FORMS[count === 1 ? "one" : "many"][check.signed ? 1 : 0];
  const value = (p: number | undefined) => about(p ?? Number.NaN, check.unit);
  const found = [
    fill(form, {
      count,
      inputs: inputsOf(check, count),
      model,
      what: what(check),
      left: value(check.strongest.mean[place]),
      before: value(check.before),
      nearest: value(check.nearest.mean[place]),
      random: value(check.random.mean[place]),
    }),
  ];
  if (check.flagged) {
    const words = check.unit === null ? wording.check_flagged : wording.check_flagged_number;
    found.push(fill(words, { inputs: inputsOf(check, 2) }));
  }
  if (check.again !== null) {
    found.push(fill(wording.check_again, { model, again: value(check.again) }));
  }
  return found.map((words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`);
}

/** What the inputs are called, so many of them. */
export function inputsOf({ of }: Pick<OutputCheck, "of">, count: number): string {
  return INPUTS[of][count === 1 ? 0 : 1];
}

function what({ unit, name, rival }: OutputCheck): string {
  if (unit !== null) return "";
  if (rival === null) return fill(wording.check_class, { name: visible(name) });
  return fill(wording.check_pair, { name: visible(name), rival: visible(rival) });
}

/** A probability to the percent, since it is a mean over draws; or a model's one number. */
export function about(p: number, unit: string | null): string {
  return unit !== null || !(p >= 0.01 && p <= 0.99)
    ? amount(p, unit)
    : `${Math.floor(100 * p + 0.5)} %`;
}
