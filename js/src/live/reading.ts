/** One model that reads typed text: its part of a scene, and rows. It re-reads only from where the text has changed. */
import {
  type Answer,
  type FacetMessage,
  type Failure,
  type OutputCheck,
  ROW_STEPS,
  type Row,
  type Strip,
} from "../wire";
import { CELLS } from "./cells";
import { type CheckedOutput, checkOf } from "./check";
import { type Score, scorer } from "./measure";
import type { ModelSpec } from "./message";
import { Network } from "./network";
import { type Prediction, predict } from "./prediction";
import type { Load } from "./products";
import { alphabetical, stripOf } from "./strips";
import { TextError, type Tokens, targetClass, tokensOf, trueClasses } from "./truth";

/** How many tokens' logits are computed at a time, since each has a number for every class. */
const AT_ONCE = 64;

const ONE_INPUT = "it reads 1 input here that can be exchanged: there is none to compare it with";
const ONE_SYMBOL = "it knows one symbol only: there is nothing to exchange an input for";

interface Explained {
  readonly prediction: Prediction;
  /** The class to explain; null: the best one. */
  readonly targetClass: number | null;
  readonly reason: string;
}

export class Reading {
  readonly #network: Network;
  readonly #score: Score;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #classes: ReadonlyMap<string, number>;
  #read: readonly number[] = [];
  /** What the network has read, where that is a text with inputs exchanged. */
  #exchanged: readonly number[] | null = null;
  #explained: Explained[] = [];
  #order: readonly number[] | null = null;

  constructor(
    private readonly spec: ModelSpec,
    load: Load,
  ) {
    this.#network = new Network(spec, load);
    this.#score = scorer(spec.measure, this.#network.embedding, spec.size);
    const numbered = (names: readonly string[]) => new Map(names.map((name, n) => [name, n]));
    this.#ids = numbered(spec.inputs);
    this.#classes = numbered(spec.outputs);
  }

  /** The text as tokens; throws a `TextError` if the model can't read it. */
  tokens(characters: readonly string[]): Tokens {
    return tokensOf(characters, this.spec, this.#ids);
  }

  /** Reads a text: this model's part of the scene, as the kernel sends it. */
  read(tokens: Tokens): FacetMessage {
    this.#readAgain();
    const same = commonLength(tokens.ids, this.#read);
    // If this fails half way, the text must not count as read.
    this.#read = tokens.ids.slice(0, same);
    this.#network.read(tokens.ids, same);
    this.#explain(tokens, same);
    this.#read = tokens.ids;
    return this.#message(tokens);
  }

  /** Row s, as in an answer. */
  row(s: number): Answer["facets"][number] {
    this.#readAgain();
    const target = this.#explained[s]?.prediction.target ?? 0;
    const gradient = this.#network.gradient(s, target, this.spec.measure.of);
    const row = inSteps(this.#score(gradient, this.#read));
    if (Number.isFinite(row.total)) return { row: s, outcome: row };
    const error = `the gradient of ${this.spec.name} is not finite at output ${s}`;
    return { row: s, outcome: { error } };
  }

  /** The strip of all classes at token s, as in a reply. */
  strip(s: number): Strip {
    this.#readAgain();
    this.#order ??= alphabetical(this.spec.outputs);
    return stripOf(this.#network.logits([s]), this.#order, this.spec.outputs);
  }

  /** Runs the model again with inputs exchanged, on one text after the other; what comes last is the check of token s. */
  *check(s: number): Generator<OutputCheck | Failure | null> {
    const { outcome } = this.row(s);
    const ids = this.#read.slice(0, s + 1);
    const prediction = this.#explained[s]?.prediction;
    if ("error" in outcome || prediction === undefined) {
      yield "error" in outcome ? outcome : { error: "it has no such output" };
      return;
    }
    const symbols = this.spec.inputs.length;
    if (ids.length < 2 || symbols < 2) {
      yield { error: ids.length < 2 ? ONE_INPUT : ONE_SYMBOL };
      return;
    }
    const { target, targetP: before } = prediction;
    const odds = (text: readonly number[]) => this.#odds(text, target);
    const output: CheckedOutput = { ids, symbols, values: outcome.values, odds };
    const { signed } = this.spec.measure;
    for (const found of checkOf(output, signed)) {
      const name = this.spec.outputs[target] ?? "";
      const what = { row: s, name, rival: null, unit: null, before, again: null } as const;
      yield found && { ...what, ...found, of: "character", signed };
    }
  }

  /** The log odds of a class at the end of a text that begins as the one that was read last. */
  #odds(ids: readonly number[], target: number): number {
    const now = this.#exchanged ?? this.#read;
    this.#exchanged = ids;
    this.#network.read(ids, commonLength(ids, now));
    const logits = this.#network.logits([ids.length - 1]);
    const its = logits[target] ?? 0;
    // The largest of the others last: relative to it they can be added up.
    const largest = logits.reduce(
      (most, one, k) => (k === target ? most : Math.max(most, one)),
      -1e30,
    );
    const sum = logits.reduce(
      (all, one, k) => (k === target ? all : all + Math.exp(one - largest)),
      0,
    );
    return its - largest - Math.log(sum);
  }

  /** The states are those of the text again. */
  #readAgain(): void {
    if (this.#exchanged === null) return;
    this.#network.read(this.#read, commonLength(this.#read, this.#exchanged));
    this.#exchanged = null;
  }

  /** Finds predictions and explained classes; for tokens before `same` only if the class to explain has changed. */
  #explain(tokens: Tokens, same: number): void {
    const before = this.#explained.slice(0, same);
    const want = trueClasses(this.spec, tokens, this.#classes).map((a) =>
      targetClass(this.spec, a),
    );
    const stale = want.flatMap(({ target }, s) => (before[s]?.targetClass === target ? [] : [s]));
    const found = new Map<number, Prediction>();
    const { classes } = this.#network;
    for (let from = 0; from < stale.length; from += AT_ONCE) {
      const some = stale.slice(from, from + AT_ONCE);
      const logits = this.#network.logits(some);
      for (const [n, s] of some.entries()) {
        const own = logits.subarray(n * classes, (n + 1) * classes);
        const prediction = predict(own, want[s]?.target ?? null);
        if (prediction === null) {
          throw new TextError(`${this.spec.name} gives logits that are not finite, first at ${s}.`);
        }
        found.set(s, prediction);
      }
    }
    this.#explained = want.map(({ target, reason }, s) => {
      const prediction = found.get(s) ?? (before[s] as Explained).prediction;
      return { prediction, targetClass: target, reason };
    });
  }

  #message(tokens: Tokens): FacetMessage {
    const { spec } = this;
    const predictions = this.#explained.map(({ prediction }) => prediction);
    const used = [...new Set(predictions.flatMap(({ top, target }) => [...top, target]))];
    const place = new Map(used.sort((a, b) => a - b).map((k, n) => [k, n]));
    const index = (k: number) => place.get(k) ?? 0;
    return {
      name: spec.name,
      reads: { first: [0, 0, 0], last: [0, 0, tokens.ids.length - 1], skipped: [] },
      measure: spec.measure,
      note: null,
      engine: engineWords(spec),
      spans: null,
      unknown: tokens.unknown,
      truth: spec.truth === "none" ? null : spec.truth,
      unit: null,
      oneOutput: false,
      classes: used.map((k) => spec.outputs[k] ?? ""),
      k: predictions[0]?.top.length ?? 0,
      top: Int32Array.from(predictions.flatMap(({ top }) => top.map(index))),
      topP: Float64Array.from(predictions.flatMap(({ topP }) => topP)),
      target: Int32Array.from(predictions, ({ target }) => index(target)),
      targetP: Float64Array.from(predictions, ({ targetP }) => targetP),
      targetRank: Int32Array.from(predictions, ({ rank }) => rank),
      rivals: null,
      reasons: this.#explained.map(({ reason }) => reason),
    };
  }
}

/** A row of scores in steps of its largest magnitude, as the kernel sends it. */
function inSteps(scores: Float64Array): Row {
  let [peak, total] = [0, 0];
  for (const score of scores) {
    peak = Math.max(peak, Math.abs(score));
    total += Math.abs(score);
  }
  const values = Int16Array.from(scores, (score) =>
    peak === 0 ? 0 : Math.round((ROW_STEPS * score) / peak),
  );
  return { from: 0, peak, total, values };
}

function engineWords({ layers, precision }: ModelSpec): string {
  const kinds = [...new Set(layers.map(({ cell }) => CELLS[cell].title))].join(" + ");
  const weights = precision === "half" ? "half precision" : "8-bit (head) and half precision";
  return `in this page: the ${kinds} layers by their own equations, with weights at ${weights}`;
}

function commonLength(a: readonly number[], b: readonly number[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}
