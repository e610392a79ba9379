/** Messages of the kernel: types, and what decodes and checks them. Made by `make wire` from rnnviz_widget/scene; do not edit. */
import { longest_label, longest_name } from "../../../rnnviz_widget/picture/numbers.json";
import { shortened } from "../core/format";
import type { Fields } from "./fields";
import * as read from "./fields";

export const VERSION = 6;

/** Of models in a page. */
export const LIVE_VERSION = 1;

/** What can be chosen from a list: each is a kind of ask, and a trait. */
export const CHOICES = ["measure", "of"] as const;

/** Which number of the target is explained where nobody says which. */
export const DEFAULT_QUANTITY = "logit";

/** The values of a row are in these parts of its peak. */
export const ROW_STEPS = 500;

/** How many predictions are shown. */
export const SHOWN_PREDICTIONS = 3;

/** A token for each output s: s + offset, limited to the range from low to high. */
export type Bound = readonly [offset: number, low: number, high: number];

/** The characters between which a memory is followed: the output, and an input before it. */
export type RouteEnds = readonly [output: number, input: number];

/** What a score is. */
export interface Measure {
  /** The measure's name. */
  readonly name: string;
  /** Whether scores may be negative. */
  readonly signed: boolean;
  /** What the number is, in words. */
  readonly label: string;
  /** Which number of the target is explained; left out where ready-made rows do not tell. */
  readonly of: "logit" | "centred" | "log_prob" | null;
}

export function decodeMeasure(raw: Fields): Measure {
  return {
    name: read.text(raw, "name"),
    signed: read.flag(raw, "signed"),
    label: shortened(read.text(raw, "label"), longest_label),
    of: raw["of"] == null ? null : read.oneOf(raw, "of", ["logit", "centred", "log_prob"]),
  };
}

/** Which of T tokens each of T outputs reads: first(s) <= t <= last(s), but for skipped ones. */
export interface ReadsMessage {
  /** The first token that an output reads; it reads none if that is after the last. */
  readonly first: Bound;
  /** The last token that an output reads. */
  readonly last: Bound;
  /**
   * Tokens that no output reads, such as masked padding, except perhaps outputs at skipped tokens.
   */
  readonly skipped: readonly number[];
}

export function decodeReadsMessage(raw: Fields, tokens: number): ReadsMessage {
  return {
    first: read.integers<Bound>(raw, "first", 3),
    last: read.integers<Bound>(raw, "last", 3),
    skipped: raw["skipped"] === undefined ? [] : read.naturals(raw, "skipped", tokens),
  };
}

/** The classes that explained classes are compared with, one for each output. */
export interface Rivals {
  /** The class's index; no class's index where nothing is compared. */
  readonly target: Int32Array;
  /** Its probability; NaN there. */
  readonly p: Float64Array;
  /** Its rank among all classes, 1 is the best; 0 there. */
  readonly rank: Int32Array;
}

export function decodeRivals(raw: Fields, tokens: number, classes: readonly string[]): Rivals {
  return {
    target: read.indexes(raw, "target", tokens, classes.length + 1),
    p: read.floats(raw, "p", tokens),
    rank: read.ints(raw, "rank", tokens),
  };
}

/** One model on one text; S is the number of its tokens, and of its outputs. */
export interface FacetMessage {
  /** The model's name. */
  readonly name: string;
  /** The characters [start, end) of each token. */
  readonly spans: Int32Array | null;
  /** The indices of tokens that were replaced by the model's unknown symbol. */
  readonly unknown: readonly number[];
  /** Which tokens each output reads. */
  readonly reads: ReadsMessage;
  /** What its scores are; left out of a message if it is the scene's. */
  readonly measure: Measure;
  /** All class names; only those are sent that other fields refer to. */
  readonly classes: readonly string[];
  /** How many best classes there are of each output. */
  readonly k: number;
  /**
   * The indices of each output's best classes, best first, (S, K); no class's index: there is none.
   * Three are sent.
   */
  readonly top: Int32Array;
  /** Their probabilities; NaN: not known. */
  readonly topP: Float64Array;
  /** The class's index; no class's index: not known. */
  readonly target: Int32Array;
  /** Its probability; NaN: not known. */
  readonly targetP: Float64Array;
  /** Its rank among all classes; 1 is the best, 0: not known. */
  readonly targetRank: Int32Array;
  /** Why this class, in words. */
  readonly reasons: readonly string[];
  /** The classes they are compared with; null: there are no contrasts. */
  readonly rivals: Rivals | null;
  /**
   * What the right answer is: the whole word being typed, or the token that follows; null:
   * something else, or not known.
   */
  readonly truth: "word" | "next" | null;
  /** The same, with the reason. */
  readonly engine: string;
  /** Notes for the reader. */
  readonly note: string | null;
  /**
   * The unit of the one number that the model gives, "" if it has none; that number then takes the
   * place of probabilities. null: it has classes.
   */
  readonly unit: string | null;
  /**
   * Whether there is one output for the whole text, which counts as the output at its end, at
   * whichever character it is shown.
   */
  readonly oneOutput: boolean;
}

export function decodeFacetMessage(
  raw: Fields,
  characters: number,
  measure: Measure,
): FacetMessage {
  const classes = read.names(raw, "classes");
  const k = read.natural(raw, "k");
  const targetP = read.floats(raw, "target_p");
  const tokens = targetP.length;
  return {
    name: shortened(read.text(raw, "name"), longest_name),
    spans: raw["spans"] == null ? null : read.indexes(raw, "spans", 2 * tokens, characters + 1),
    unknown: read.naturals(raw, "unknown", tokens),
    reads: read.record(raw, "reads", (one) => decodeReadsMessage(one, tokens)),
    measure: raw["measure"] == null ? measure : read.record(raw, "measure", decodeMeasure),
    classes,
    k,
    top: read.indexes(raw, "top", tokens * k, classes.length + 1),
    topP: read.floats(raw, "top_p", tokens * k),
    target: read.indexes(raw, "target", tokens, classes.length + 1),
    targetP,
    targetRank: read.ints(raw, "target_rank", tokens),
    reasons: read.repeated(raw, "reasons", "reason", tokens),
    rivals:
      raw["rivals"] == null
        ? null
        : read.record(raw, "rivals", (one) => decodeRivals(one, tokens, classes)),
    truth: raw["truth"] == null ? null : read.oneOf(raw, "truth", ["word", "next"]),
    engine: read.text(raw, "engine"),
    note: raw["note"] == null ? null : read.text(raw, "note"),
    unit: raw["unit"] == null ? null : read.text(raw, "unit"),
    oneOutput: raw["one_output"] === undefined ? false : read.flag(raw, "one_output"),
  };
}

/** The text, and the facts about each model on it. */
export interface SceneMessage {
  /** The version of the messages. */
  readonly version: number;
  /** A number that grows with every change of weights, target, measure or text. */
  readonly epoch: number;
  /** The text. */
  readonly text: string;
  /**
   * Whether another text could be read: not if rows are ready-made, or the target is a list for
   * this text.
   */
  readonly editable: boolean;
  /** What a score of the first facet is. */
  readonly measure: Measure;
  /** The target that was chosen, see Targets; null: a list of targets, or ready-made rows. */
  readonly target: unknown;
  /** One for each model. */
  readonly facets: readonly FacetMessage[];
}

export function decodeSceneMessage(raw: Fields): SceneMessage {
  const text = read.text(raw, "text");
  const characters = Array.from(text).length;
  const measure = read.record(raw, "measure", decodeMeasure);
  return {
    version: raw["version"] === undefined ? 6 : read.natural(raw, "version"),
    epoch: read.natural(raw, "epoch"),
    text,
    editable: raw["editable"] === undefined ? false : read.flag(raw, "editable"),
    measure,
    target: raw["target"],
    facets: read.records(raw, "facets", (one) => decodeFacetMessage(one, characters, measure)),
  };
}

/** A row, or for a causal model its nearest inputs while the others are being computed. */
export interface PackedRow {
  /** Its output, s. */
  readonly row: number;
  /** The largest magnitude, in the measure's unit; 0 for a row of zeros. */
  readonly peak: number;
  /** The sum of magnitudes, in the measure's unit. */
  readonly total: number;
  /** round(500 C / peak); for a signed measure zigzag-coded: 2q for q >= 0, else -2q - 1. */
  readonly data: DataView;
  /** The first input that is there. Left out for a complete row, where it is 0. */
  readonly from: number;
}

export function decodePackedRow(raw: Fields): PackedRow {
  return {
    row: read.natural(raw, "row"),
    peak: read.real(raw, "peak"),
    total: read.real(raw, "total"),
    data: read.view(raw, "data", 2),
    from: raw["from"] === undefined ? 0 : read.natural(raw, "from"),
  };
}

/** What went wrong in place of a row. */
export interface FailedRow {
  /** Its output, s. */
  readonly row: number;
  /** What went wrong, in words. */
  readonly error: string;
}

export function decodeFailedRow(raw: Fields): FailedRow {
  return {
    row: read.natural(raw, "row"),
    error: read.text(raw, "error"),
  };
}

/** The rows at one position, for which a hover waits. Set again when there is more. */
export interface AnswerMessage {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The character. */
  readonly position: number;
  /** For each model its output there, and that output's row or what went wrong. */
  readonly facets: readonly (PackedRow | FailedRow)[];
}

export function decodeAnswerMessage(raw: Fields): AnswerMessage {
  return {
    epoch: read.natural(raw, "epoch"),
    position: read.natural(raw, "position"),
    facets: read.records(raw, "facets", read.either("error", decodeFailedRow, decodePackedRow)),
  };
}

/** The rows of one model that are known, N of them. */
export interface KnownRows {
  /** For each output whether its row is known, (S,). */
  readonly known: DataView;
  /** The largest magnitude of each row, (N,). */
  readonly peak: Float64Array;
  /** The sum of magnitudes of each row, (N,). */
  readonly total: Float64Array;
  /** The values of all rows, deflated: all low bytes, then all high bytes. */
  readonly data: DataView;
}

export function decodeKnownRows(raw: Fields): KnownRows {
  const known = read.view(raw, "known");
  return {
    known,
    peak: read.floats(raw, "peak", read.ones(known)),
    total: read.floats(raw, "total", read.ones(known)),
    data: read.view(raw, "data"),
  };
}

/** Every row computed so far; set in a few large steps, and when the background fill ends. */
export interface RowsMessage {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** Whether all rows are there that will be filled. */
  readonly complete: boolean;
  /** The rows of each model. */
  readonly facets: readonly KnownRows[];
}

export function decodeRowsMessage(raw: Fields): RowsMessage {
  return {
    epoch: read.natural(raw, "epoch"),
    complete: read.flag(raw, "complete"),
    facets: read.records(raw, "facets", decodeKnownRows),
  };
}

/** How far the background fill is, or what stopped it. */
export interface Status {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** How many rows are there. */
  readonly done: number;
  /** How many will be. */
  readonly total: number;
  /** Whether it has not begun, is running, is done, or was stopped by an error. */
  readonly state: "idle" | "filling" | "done" | "stopped";
  /** More about it, in words. */
  readonly message: string | null;
}

export function decodeStatus(raw: Fields): Status {
  return {
    epoch: read.natural(raw, "epoch"),
    done: read.natural(raw, "done"),
    total: read.natural(raw, "total"),
    state: read.oneOf(raw, "state", ["idle", "filling", "done", "stopped"]),
    message: raw["message"] == null ? null : read.text(raw, "message"),
  };
}

/** One checkpoint of the models. */
export interface ListedCheckpoint {
  /** What it is called. */
  readonly label: string;
  /**
   * Its epoch on the text that is shown, 0: it was not read, or not kept. A page that has the scene
   * and the rows of that epoch shows them at once.
   */
  readonly epoch: number;
}

export function decodeListedCheckpoint(raw: Fields): ListedCheckpoint {
  return {
    label: shortened(read.text(raw, "label"), longest_name),
    epoch: read.natural(raw, "epoch"),
  };
}

/** The checkpoint that is shown, of all that can be. */
export interface ShownCheckpoint {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** Which checkpoint it shows. */
  readonly shown: number;
  /** All of them, in order. */
  readonly checkpoints: readonly ListedCheckpoint[];
}

export function decodeShownCheckpoint(raw: Fields): ShownCheckpoint {
  return {
    epoch: read.natural(raw, "epoch"),
    shown: read.natural(raw, "shown"),
    checkpoints: read.records(raw, "checkpoints", decodeListedCheckpoint),
  };
}

/** A class at one output. */
export interface RankedClass {
  /** The class. */
  readonly name: string;
  /** Its probability. */
  readonly p: number;
  /** Its rank among all classes; 1 is the best, 0: not known. */
  readonly rank: number;
}

export function decodeRankedClass(raw: Fields): RankedClass {
  return {
    name: read.text(raw, "name"),
    p: read.real(raw, "p"),
    rank: read.natural(raw, "rank"),
  };
}

/** The class that is explained at one output. */
export interface ExplainedClass {
  /** The class. */
  readonly name: string;
  /** Its probability. */
  readonly p: number;
  /** Its rank among all classes; 1 is the best, 0: not known. */
  readonly rank: number;
  /** Why this class, in words. */
  readonly reason: string;
  /** In a contrast, the class that it is compared with; else null. */
  readonly rival: RankedClass | null;
}

export function decodeExplainedClass(raw: Fields): ExplainedClass {
  return {
    name: read.text(raw, "name"),
    p: read.real(raw, "p"),
    rank: read.natural(raw, "rank"),
    reason: read.text(raw, "reason"),
    rival: raw["rival"] == null ? null : read.record(raw, "rival", decodeRankedClass),
  };
}

/** One model's part of a preview. */
export interface PreviewedFacet {
  /** What its scores are; left out if it is the preview's. */
  readonly measure: Measure;
  /** The class that is explained; null if it can't be: the error says why. */
  readonly target: ExplainedClass | null;
  /** The row, a part of it, or what went wrong. */
  readonly outcome: PackedRow | FailedRow;
}

export function decodePreviewedFacet(raw: Fields, measure: Measure): PreviewedFacet {
  return {
    measure: raw["measure"] == null ? measure : read.record(raw, "measure", decodeMeasure),
    target: raw["target"] == null ? null : read.record(raw, "target", decodeExplainedClass),
    outcome: read.either("error", decodeFailedRow, decodePackedRow)(raw),
  };
}

/** Another target explained at one character, while the reader points at it. */
export interface PreviewMessage {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The character. */
  readonly position: number;
  /** The serial of the ask. */
  readonly serial: number;
  /** What a score of the first model is, which may differ from the scene's. */
  readonly measure: Measure;
  /** One for each model. */
  readonly facets: readonly PreviewedFacet[];
}

export function decodePreviewMessage(raw: Fields): PreviewMessage {
  const measure = read.record(raw, "measure", decodeMeasure);
  return {
    epoch: read.natural(raw, "epoch"),
    position: read.natural(raw, "position"),
    serial: read.natural(raw, "serial"),
    measure,
    facets: read.records(raw, "facets", (one) => decodePreviewedFacet(one, measure)),
  };
}

/** A class whose name begins as the reader typed. */
export interface FoundClass {
  /** Its name. */
  readonly name: string;
  /** Its probability in every model. */
  readonly p: readonly number[];
}

export function decodeFoundClass(raw: Fields): FoundClass {
  return {
    name: read.text(raw, "name"),
    p: read.reals(raw, "p"),
  };
}

/** The likeliest classes whose names begin with some text. */
export interface FoundClasses {
  /** The serial of the ask. */
  readonly serial: number;
  /** The beginning of the names. */
  readonly prefix: string;
  /** The character at which the probabilities are taken. */
  readonly position: number;
  /** The classes, likeliest first, at most 20. */
  readonly names: readonly FoundClass[];
}

export function decodeFoundClasses(raw: Fields): FoundClasses {
  return {
    serial: read.natural(raw, "serial"),
    prefix: read.text(raw, "prefix"),
    position: read.natural(raw, "position"),
    names: read.records(raw, "names", decodeFoundClass),
  };
}

/** What is expected if the symbol is drawn instead. */
export interface SwapDraws {
  /** How likely each symbol is drawn, (N,). */
  readonly shares: Float64Array;
  /** The expected number. */
  readonly expected: number;
  /** Its standard error; 0 if all symbols were run. */
  readonly error: number;
  /** How they are drawn. */
  readonly words: string;
}

export function decodeSwapDraws(raw: Fields, swapped: number): SwapDraws {
  return {
    shares: read.floats(raw, "shares", swapped),
    expected: read.real(raw, "expected"),
    error: read.real(raw, "error"),
    words: read.text(raw, "words"),
  };
}

/** What is explained at an output, with each of N symbols in the place of one input. */
export interface InputSwaps {
  /** The output, s. */
  readonly output: number;
  /** The input, t. */
  readonly input: number;
  /**
   * What the numbers are: the probability of the explained class; in a contrast the difference of
   * two log probabilities, in nats; or the one number that the model gives.
   */
  readonly kind: "probability" | "difference" | "number";
  /** The class that is explained; null for a model of one number. */
  readonly target: ExplainedClass | null;
  /** The symbols that were run. */
  readonly symbols: readonly string[];
  /** The number with each of them, (N,). */
  readonly numbers: Float64Array;
  /**
   * What the gradient predicts of it, to first order, (N,); NaN: nothing. Of a probability in its
   * log-odds, so that it stays one.
   */
  readonly predicted: Float64Array;
  /** Whether the text with a symbol in this place is read with it there. */
  readonly typeable: DataView;
  /** How many symbols there are in all; more than N if a sample was run. */
  readonly of: number;
  /** Drawn by frequency. */
  readonly frequency: SwapDraws;
  /** Drawn from the model's own predictions at that place; null: the notes say why not. */
  readonly plausible: SwapDraws | null;
  /** Notes for the reader. */
  readonly note: string | null;
}

export function decodeInputSwaps(raw: Fields): InputSwaps {
  const numbers = read.floats(raw, "numbers");
  const swapped = numbers.length;
  return {
    output: read.natural(raw, "output"),
    input: read.natural(raw, "input"),
    kind: read.oneOf(raw, "kind", ["probability", "difference", "number"]),
    target: raw["target"] == null ? null : read.record(raw, "target", decodeExplainedClass),
    symbols: read.names(raw, "symbols", swapped),
    numbers,
    predicted: read.floats(raw, "predicted", swapped),
    typeable: read.view(raw, "typeable"),
    of: read.natural(raw, "of"),
    frequency: read.record(raw, "frequency", (one) => decodeSwapDraws(one, swapped)),
    plausible:
      raw["plausible"] == null
        ? null
        : read.record(raw, "plausible", (one) => decodeSwapDraws(one, swapped)),
    note: raw["note"] == null ? null : read.text(raw, "note"),
  };
}

/** One model's swaps, as far as they are there. */
export interface FacetSwaps {
  /** How much of them is computed, 0 to 1. */
  readonly done: number;
  /** The swaps; null: they are not there. */
  readonly swaps: InputSwaps | null;
  /** Why there will be none, in words; null: they are there, or awaited. */
  readonly error: string | null;
}

export function decodeFacetSwaps(raw: Fields): FacetSwaps {
  return {
    done: read.real(raw, "done"),
    swaps: raw["swaps"] == null ? null : read.record(raw, "swaps", decodeInputSwaps),
    error: raw["error"] == null ? null : read.text(raw, "error"),
  };
}

/** The symbols in the place of one input, for each model. Sent again when there is more. */
export interface Swaps {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The serial of the ask. */
  readonly serial: number;
  /** The character whose output is explained. */
  readonly position: number;
  /** The character in whose place they stand. */
  readonly input: number;
  /** The swaps of each model. */
  readonly facets: readonly FacetSwaps[];
}

export function decodeSwaps(raw: Fields): Swaps {
  return {
    epoch: read.natural(raw, "epoch"),
    serial: read.natural(raw, "serial"),
    position: read.natural(raw, "position"),
    input: read.natural(raw, "input"),
    facets: read.records(raw, "facets", decodeFacetSwaps),
  };
}

/** All classes in the order of their names, divided into N cells of nearly equal size. */
export interface Strip {
  /** The number of classes, V. */
  readonly classes: number;
  /** How many cells there are. */
  readonly cells: number;
  /** The probability of each cell: the sum over its classes, at most 1, (N,), float32. */
  readonly p: Float64Array;
  /** The likeliest class of each cell; of equally likely ones the first by name. */
  readonly best: readonly string[];
  /** Its probability, (N,), float32. */
  readonly bestP: Float64Array;
}

export function decodeStrip(raw: Fields): Strip {
  const cells = read.natural(raw, "cells");
  return {
    classes: read.natural(raw, "classes"),
    cells,
    p: read.floats(raw, "p", cells),
    best: read.names(raw, "best", cells),
    bestP: read.floats(raw, "best_p", cells),
  };
}

/** What went wrong in place of a result. */
export interface Failure {
  /** What went wrong, in words. */
  readonly error: string;
}

export function decodeFailure(raw: Fields): Failure {
  return {
    error: read.text(raw, "error"),
  };
}

/** The probabilities of all classes at one character. */
export interface StripsMessage {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The character. */
  readonly position: number;
  /** The strip of each model, or why it has none. */
  readonly facets: readonly (Strip | Failure)[];
}

export function decodeStripsMessage(raw: Fields): StripsMessage {
  return {
    epoch: read.natural(raw, "epoch"),
    position: read.natural(raw, "position"),
    facets: read.records(raw, "facets", read.either("error", decodeFailure, decodeStrip)),
  };
}

/** What is left when the first inputs of an order are exchanged, for each count of them. */
export interface ExchangeCurve {
  /** The probability of what is explained, or the model's one number, mean over draws. */
  readonly mean: readonly number[];
  /** Its standard error. */
  readonly error: readonly number[];
}

export function decodeExchangeCurve(raw: Fields): ExchangeCurve {
  return {
    mean: read.reals(raw, "mean"),
    error: read.reals(raw, "error"),
  };
}

/** What one model predicts at an output, and what is left of it without some of the inputs. */
export interface OutputCheck {
  /** The output. */
  readonly row: number;
  /** The class that is explained. */
  readonly name: string;
  /**
   * The class that it is compared with; null: none. Probabilities are then those of the first if
   * only these two were possible.
   */
  readonly rival: string | null;
  /**
   * The unit of a model's one number, which takes the place of probabilities; left out where there
   * are classes.
   */
  readonly unit: string | null;
  /** The probability, as the text is. */
  readonly before: number;
  /** The same when the text is run again, if that differs; left out otherwise. */
  readonly again: number | null;
  /** How many inputs are exchanged, rising. */
  readonly counts: readonly number[];
  /**
   * With so many inputs exchanged that the row has as the strongest; of a signed measure those that
   * speak most for what is explained.
   */
  readonly strongest: ExchangeCurve;
  /** With as many of the nearest. */
  readonly nearest: ExchangeCurve;
  /** With as many random ones. */
  readonly random: ExchangeCurve;
  /** With all inputs exchanged. */
  readonly nothing: number;
  /** How many draws each mean is over. */
  readonly draws: number;
  /** What takes the place of an exchanged input. */
  readonly drawn: "text" | "all" | "steps";
  /** What the inputs are. */
  readonly of: "character" | "token" | "step";
  /** Whether the measure has a sign. */
  readonly signed: boolean;
  /**
   * Whether the strongest inputs matter less than the nearest or than random ones, by log odds; of
   * one number, by how far it moves.
   */
  readonly flagged: boolean;
}

export function decodeOutputCheck(raw: Fields): OutputCheck {
  return {
    row: read.natural(raw, "row"),
    name: read.text(raw, "name"),
    rival: raw["rival"] == null ? null : read.text(raw, "rival"),
    unit: raw["unit"] == null ? null : read.text(raw, "unit"),
    before: read.real(raw, "before"),
    again: raw["again"] == null ? null : read.real(raw, "again"),
    counts: read.naturals(raw, "counts"),
    strongest: read.record(raw, "strongest", decodeExchangeCurve),
    nearest: read.record(raw, "nearest", decodeExchangeCurve),
    random: read.record(raw, "random", decodeExchangeCurve),
    nothing: read.real(raw, "nothing"),
    draws: read.natural(raw, "draws"),
    drawn: read.oneOf(raw, "drawn", ["text", "all", "steps"]),
    of: read.oneOf(raw, "of", ["character", "token", "step"]),
    signed: read.flag(raw, "signed"),
    flagged: read.flag(raw, "flagged"),
  };
}

/** What the models predict at one character without their strongest inputs. */
export interface OutputChecks {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The character. */
  readonly position: number;
  /** The serial of the ask. */
  readonly serial: number;
  /** One for each model; while they are being checked those of the first ones. */
  readonly facets: readonly (OutputCheck | Failure)[];
}

export function decodeOutputChecks(raw: Fields): OutputChecks {
  return {
    epoch: read.natural(raw, "epoch"),
    position: read.natural(raw, "position"),
    serial: read.natural(raw, "serial"),
    facets: read.records(raw, "facets", read.either("error", decodeFailure, decodeOutputCheck)),
  };
}

/** A model's row at one output, with random weights or of a random class. */
export interface RandomisedRow {
  /**
   * The class that is explained, with its probability by these weights; null where there is no row:
   * the error says why.
   */
  readonly target: ExplainedClass | null;
  /** Spearman's rank correlation with the model's own row, signs included; null: not defined. */
  readonly correlation: number | null;
  /**
   * The same after each share was divided by the mean share at its distance over the outputs of
   * this text; null: not known, as not all rows are there.
   */
  readonly overExpected: number | null;
  /** How many inputs there are. */
  readonly inputs: number;
  /** That mean share at each input; none while it is not known. */
  readonly expected: Float64Array;
  /** The row, or what went wrong. */
  readonly outcome: PackedRow | FailedRow;
}

export function decodeRandomisedRow(raw: Fields): RandomisedRow {
  const inputs = read.natural(raw, "inputs");
  return {
    target: raw["target"] == null ? null : read.record(raw, "target", decodeExplainedClass),
    correlation: raw["correlation"] == null ? null : read.real(raw, "correlation"),
    overExpected: raw["over_expected"] == null ? null : read.real(raw, "over_expected"),
    inputs,
    expected: read.floats(raw, "expected", inputs),
    outcome: read.either("error", decodeFailedRow, decodePackedRow)(raw),
  };
}

/** The rows at one character with random weights, and of a random class. */
export interface RandomisedMessage {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The character. */
  readonly position: number;
  /** The serial of the ask. */
  readonly serial: number;
  /** For each model the row of the same model with re-initialised weights. */
  readonly weights: readonly RandomisedRow[];
  /** For each model its row for another class, drawn at random. */
  readonly classes: readonly RandomisedRow[];
}

export function decodeRandomisedMessage(raw: Fields): RandomisedMessage {
  return {
    epoch: read.natural(raw, "epoch"),
    position: read.natural(raw, "position"),
    serial: read.natural(raw, "serial"),
    weights: read.records(raw, "weights", decodeRandomisedRow),
    classes: read.records(raw, "classes", decodeRandomisedRow),
  };
}

/** What the units of one layer carry from each step to the next. */
export interface CarriedShare {
  /** The layer's name. */
  readonly layer: string;
  /** Its share of what is carried at each step; those of all layers add up to 1. */
  readonly shares: Float64Array;
}

export function decodeCarriedShare(raw: Fields, carried: number): CarriedShare {
  return {
    layer: read.text(raw, "layer"),
    shares: read.floats(raw, "shares", carried),
  };
}

/** A unit that carries a memory. */
export interface CarryingUnit {
  /** The name of its layer, as in layers. */
  readonly layer: string;
  /** Its index there. */
  readonly unit: number;
  /** Its mean share of what is carried from step to step. */
  readonly share: number;
}

export function decodeCarryingUnit(raw: Fields): CarryingUnit {
  return {
    layer: read.text(raw, "layer"),
    unit: read.natural(raw, "unit"),
    share: read.real(raw, "share"),
  };
}

/** What is left of a link when the unit that carries most is set to its mean meanwhile. */
export interface RouteCheck {
  /** The connectivity of the two characters as the model is. */
  readonly before: number;
  /** The same with the unit at its mean. */
  readonly after: number;
  /** How likely the model finds the target, or the one number that it gives. */
  readonly probabilityBefore: number;
  /** The same with the unit at its mean. */
  readonly probabilityAfter: number;
}

export function decodeRouteCheck(raw: Fields): RouteCheck {
  return {
    before: read.real(raw, "before"),
    after: read.real(raw, "after"),
    probabilityBefore: read.real(raw, "probability_before"),
    probabilityAfter: read.real(raw, "probability_after"),
  };
}

/** Which units carry what an output has of an input, checked by running the model again. */
export interface MemoryRoute {
  /** The output, a character. */
  readonly output: number;
  /** The input, a character. */
  readonly input: number;
  /** How many steps there are. */
  readonly carried: number;
  /** The character at which each step of the route ends, the input's first. */
  readonly steps: Int32Array;
  /** The share that goes straight through gates at each step; 0 where there are none. */
  readonly kept: Float64Array;
  /** What each layer carries. */
  readonly layers: readonly CarriedShare[];
  /** The units that carry most. */
  readonly strongest: readonly CarryingUnit[];
  /** The connectivity of the two. */
  readonly connectivity: number;
  /**
   * How far the sum over all units is from it at most, both in double precision, as a share of it.
   */
  readonly apart: number;
  /** What is left of it without the strongest unit; null: nothing is carried. */
  readonly check: RouteCheck | null;
}

export function decodeMemoryRoute(raw: Fields): MemoryRoute {
  const carried = read.natural(raw, "carried");
  return {
    output: read.natural(raw, "output"),
    input: read.natural(raw, "input"),
    carried,
    steps: read.ints(raw, "steps", carried),
    kept: read.floats(raw, "kept", carried),
    layers: read.records(raw, "layers", (one) => decodeCarriedShare(one, carried)),
    strongest: read.records(raw, "strongest", decodeCarryingUnit),
    connectivity: read.real(raw, "connectivity"),
    apart: read.real(raw, "apart"),
    check: raw["check"] == null ? null : read.record(raw, "check", decodeRouteCheck),
  };
}

/** What is done to the units of a model that stands beside itself as it is. */
export interface ChangedUnits {
  /** The facet of the model as it is. */
  readonly of: number;
  /** What is done, in words, one after the other. */
  readonly what: readonly string[];
  /**
   * How far that moves what is predicted at each step: KL(p || q) in nats, p of the model as it is;
   * of one that gives a number, by how much that grows, (T,).
   */
  readonly divergence: Float64Array;
  /** Whether it is in nats. */
  readonly nats: boolean;
}

export function decodeChangedUnits(raw: Fields): ChangedUnits {
  return {
    of: read.natural(raw, "of"),
    what: read.names(raw, "what"),
    divergence: read.floats(raw, "divergence"),
    nats: read.flag(raw, "nats"),
  };
}

/** How long the units of a layer remember. */
export interface UnitMemories {
  /** By their gates, in steps, one for each unit that is sent; empty: no gate keeps the units. */
  readonly halfLives: Float64Array;
  /** The mean distance of the inputs that each depends on, in characters; NaN: not measured. */
  readonly reach: Float64Array;
  /** By which gate, and over which outputs the reach is; or why there is none. */
  readonly words: string;
}

export function decodeUnitMemories(raw: Fields): UnitMemories {
  const halfLives = read.floats(raw, "half_lives");
  const remembering = halfLives.length;
  return {
    halfLives,
    reach: read.floats(raw, "reach", remembering),
    words: read.text(raw, "words"),
  };
}

/** What the state of one layer would predict at a character, if it were the last layer's. */
export interface LayerPrediction {
  /** The layer's name, as in FacetStates.layers. */
  readonly layer: string;
  /** Whether its state was mapped to the last layer's by a fitted map. */
  readonly fitted: boolean;
  /** How far that is from what the model predicts there, in nats. */
  readonly divergence: number;
  /** The mean of this over the text. */
  readonly mean: number;
  /** The likeliest classes, best first. */
  readonly classes: readonly string[];
  /** Their probabilities. */
  readonly probabilities: readonly number[];
}

export function decodeLayerPrediction(raw: Fields): LayerPrediction {
  return {
    layer: read.text(raw, "layer"),
    fitted: read.flag(raw, "fitted"),
    divergence: read.real(raw, "divergence"),
    mean: read.real(raw, "mean"),
    classes: read.names(raw, "classes"),
    probabilities: read.reals(raw, "probabilities"),
  };
}

/** What the states of all layers would predict at a character. */
export interface LensView {
  /** The character. */
  readonly position: number;
  /** The layers, the lowest first. */
  readonly layers: readonly LayerPrediction[];
  /** Why it can't be told, in words; null: it is. */
  readonly error: string | null;
}

export function decodeLensView(raw: Fields): LensView {
  return {
    position: read.natural(raw, "position"),
    layers: read.records(raw, "layers", decodeLayerPrediction),
    error: raw["error"] == null ? null : read.text(raw, "error"),
  };
}

/** The states of the units of one layer of a model, in a window of its steps. */
export interface FacetStates {
  /** The layers whose states are known, each with what of it, in words. */
  readonly layers: readonly string[];
  /** The index of the one whose states these are. */
  readonly layer: number;
  /** How many units it has; more than are sent if it has very many. */
  readonly of: number;
  /** What 1 stands for in the states of each unit, (units,). */
  readonly quantum: Float64Array;
  /** The least state of each unit over the text, (units,). */
  readonly low: Float64Array;
  /** The largest, (units,). */
  readonly high: Float64Array;
  /** The mean, (units,). */
  readonly mean: Float64Array;
  /** The index of each unit in its layer, rising. */
  readonly index: Int32Array;
  /** The order in which to show them, as indices into index. */
  readonly order: Int32Array;
  /**
   * Of what input, to what output, the units carry shares, if order goes by that; null: by another
   * thing.
   */
  readonly carried: RouteEnds | null;
  /** Why that can't be told, in words; null: it is, or was not asked for. */
  readonly carryError: string | null;
  /** Whether the layer is a gate, and shares what goes straight through it. */
  readonly throughGate: boolean;
  /**
   * The mean share of each unit in what is carried from step to step, as in MemoryRoute; NaN: not
   * known.
   */
  readonly shares: Float64Array;
  /** The first step of the window. */
  readonly start: number;
  /** The states as int16, little-endian, step after step, (steps, units). */
  readonly values: DataView;
  /** The unit whose whole curve is sent too, as an index into index; null: of none. */
  readonly curveOf: number | null;
  /** Its states at all steps of the text, as int16. */
  readonly curve: DataView;
  /** The route between the two characters that were asked about; null: none were. */
  readonly route: MemoryRoute | null;
  /** Why it can't be told, in words; null: it is. */
  readonly routeError: string | null;
  /** What is done to its units; null: it is as it is. */
  readonly changed: ChangedUnits | null;
  /** How long its units remember; null: that was not asked. */
  readonly memory: UnitMemories | null;
  /** What each layer's state would predict; null: that was not asked. */
  readonly lens: LensView | null;
}

export function decodeFacetStates(raw: Fields): FacetStates {
  const quantum = read.floats(raw, "quantum");
  const units = quantum.length;
  return {
    layers: read.names(raw, "layers"),
    layer: read.natural(raw, "layer"),
    of: read.natural(raw, "of"),
    quantum,
    low: read.floats(raw, "low", units),
    high: read.floats(raw, "high", units),
    mean: read.floats(raw, "mean", units),
    index: read.ints(raw, "index", units),
    order: read.ints(raw, "order", units),
    carried: raw["carried"] == null ? null : read.integers<RouteEnds>(raw, "carried", 2),
    carryError: raw["carry_error"] == null ? null : read.text(raw, "carry_error"),
    throughGate: read.flag(raw, "through_gate"),
    shares: read.floats(raw, "shares", units),
    start: read.natural(raw, "start"),
    values: read.view(raw, "values"),
    curveOf: raw["curve_of"] == null ? null : read.natural(raw, "curve_of"),
    curve: read.view(raw, "curve"),
    route: raw["route"] == null ? null : read.record(raw, "route", decodeMemoryRoute),
    routeError: raw["route_error"] == null ? null : read.text(raw, "route_error"),
    changed: raw["changed"] == null ? null : read.record(raw, "changed", decodeChangedUnits),
    memory: raw["memory"] == null ? null : read.record(raw, "memory", decodeUnitMemories),
    lens: raw["lens"] == null ? null : read.record(raw, "lens", decodeLensView),
  };
}

/** The states of the models' units in a window of the text, strip after strip. */
export interface StatesWindow {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The serial of the ask. */
  readonly serial: number;
  /** The first character of the window. */
  readonly first: number;
  /** The one after its last. */
  readonly after: number;
  /** The order of the units. */
  readonly by: "number" | "similar" | "change" | "contribution";
  /** For each strip the index of its model. */
  readonly models: readonly number[];
  /** The states of each strip's units, or why there are none. */
  readonly facets: readonly (FacetStates | Failure)[];
}

export function decodeStatesWindow(raw: Fields): StatesWindow {
  return {
    epoch: read.natural(raw, "epoch"),
    serial: read.natural(raw, "serial"),
    first: read.natural(raw, "first"),
    after: read.natural(raw, "after"),
    by: read.oneOf(raw, "by", ["number", "similar", "change", "contribution"]),
    models: read.naturals(raw, "models"),
    facets: read.records(raw, "facets", read.either("error", decodeFailure, decodeFacetStates)),
  };
}

/** One model's output at each of K checkpoints; what is not read is not known. */
export interface FacetLinkCurves {
  /** The output, s. */
  readonly output: number;
  /**
   * The probability of the class that is explained, or the model's one number, (K,); NaN: not
   * known.
   */
  readonly probability: Float64Array;
  /** The rank of that class among all, (K,); 1 is the best, 0: not known. */
  readonly rank: Int32Array;
  /** That class; "": not known. */
  readonly target: readonly string[];
  /** How many inputs there are. */
  readonly inputs: number;
  /** C[s, t], (K, T), for each input t that the output may read; NaN: not known. */
  readonly scores: Float64Array;
}

export function decodeFacetLinkCurves(raw: Fields): FacetLinkCurves {
  const probability = read.floats(raw, "probability");
  const checkpoints = probability.length;
  const inputs = read.natural(raw, "inputs");
  return {
    output: read.natural(raw, "output"),
    probability,
    rank: read.ints(raw, "rank", checkpoints),
    target: read.names(raw, "target", checkpoints),
    inputs,
    scores: read.floats(raw, "scores", checkpoints * inputs),
  };
}

/** One output of the models at each of their checkpoints. Sent again when there is more of it. */
export interface LinkCurves {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The serial of the ask. */
  readonly serial: number;
  /** The character whose output it is. */
  readonly position: number;
  /** How many checkpoints are read, or could not be. */
  readonly done: number;
  /** How many there are. */
  readonly total: number;
  /** Which could not be read, and why, in words; "" if all could. */
  readonly trouble: string;
  /** The curves of each model, or why it has none. */
  readonly facets: readonly (FacetLinkCurves | Failure)[];
}

export function decodeLinkCurves(raw: Fields): LinkCurves {
  return {
    epoch: read.natural(raw, "epoch"),
    serial: read.natural(raw, "serial"),
    position: read.natural(raw, "position"),
    done: read.natural(raw, "done"),
    total: read.natural(raw, "total"),
    trouble: read.text(raw, "trouble"),
    facets: read.records(raw, "facets", read.either("error", decodeFailure, decodeFacetLinkCurves)),
  };
}

/** The points whose states have the largest cosine to those of some points. */
export interface NearPoints {
  /** Of how many points the nearest are told. */
  readonly asked: number;
  /** Those points, (asked,). */
  readonly of: Int32Array;
  /** How many are told of each. */
  readonly each: number;
  /** The nearest of each, the most similar first, (asked, each). */
  readonly points: Int32Array;
  /** The cosines; NaN: there is no such point, (asked, each). */
  readonly similarity: Float64Array;
  /** Steps of the same text that are nearer than so many are left out. */
  readonly apart: number;
}

export function decodeNearPoints(raw: Fields): NearPoints {
  const asked = read.natural(raw, "asked");
  const each = read.natural(raw, "each");
  return {
    asked,
    of: read.ints(raw, "of", asked),
    each,
    points: read.ints(raw, "points", asked * each),
    similarity: read.floats(raw, "similarity", asked * each),
    apart: read.natural(raw, "apart"),
  };
}

/** Points of one model in a plane: for each layer one at each step. */
export interface FacetMap {
  /** What can be mapped, in words. */
  readonly sources: readonly string[];
  /** The index of what is mapped. */
  readonly source: number;
  /** Its layers, in words. */
  readonly layers: readonly string[];
  /** How many steps are those of the text. */
  readonly own: number;
  /** How many tokens the text has. */
  readonly tokens: number;
  /** The step of each token of the text. */
  readonly ofTokens: Int32Array;
  /** What 1 stands for in positions. */
  readonly quantum: number;
  /** The place, x and y, of 0 there. */
  readonly center: Float64Array;
  /** x and y of each point as int16, little-endian. */
  readonly positions: DataView;
  /** What the map leaves out: explained variance, and trustworthiness. */
  readonly words: string;
  /** What is still computed, in words; null: nothing. */
  readonly waitsFor: string | null;
  /** The names of symbols and classes; the first stands for what is not known. */
  readonly names: readonly string[];
  /** How many steps there are. */
  readonly steps: number;
  /** The symbol at each step, as an index into names. */
  readonly symbol: Int32Array;
  /** The likeliest class, likewise. */
  readonly predicted: Int32Array;
  /** The true class, likewise. */
  readonly truth: Int32Array;
  /** -ln of the true class's probability; NaN: not known. */
  readonly loss: Float64Array;
  /** The texts of the corpus, joined. */
  readonly corpus: string;
  /** How many texts the corpus has. */
  readonly texts: number;
  /** Where in it each of them begins. */
  readonly starts: Int32Array;
  /** The character after each step's last, of the text, or further on of the corpus. */
  readonly after: Int32Array;
  /** The nearest points of some. */
  readonly near: NearPoints;
}

export function decodeFacetMap(raw: Fields): FacetMap {
  const tokens = read.natural(raw, "tokens");
  const steps = read.natural(raw, "steps");
  const texts = read.natural(raw, "texts");
  return {
    sources: read.names(raw, "sources"),
    source: read.natural(raw, "source"),
    layers: read.names(raw, "layers"),
    own: read.natural(raw, "own"),
    tokens,
    ofTokens: read.ints(raw, "of_tokens", tokens),
    quantum: read.real(raw, "quantum"),
    center: read.floats(raw, "center", 2),
    positions: read.view(raw, "positions"),
    words: read.text(raw, "words"),
    waitsFor: raw["waits_for"] == null ? null : read.text(raw, "waits_for"),
    names: read.names(raw, "names"),
    steps,
    symbol: read.ints(raw, "symbol", steps),
    predicted: read.ints(raw, "predicted", steps),
    truth: read.ints(raw, "truth", steps),
    loss: read.floats(raw, "loss", steps),
    corpus: read.text(raw, "corpus"),
    texts,
    starts: read.ints(raw, "starts", texts),
    after: read.ints(raw, "after", steps),
    near: read.record(raw, "near", decodeNearPoints),
  };
}

/** The maps of the models; sent again when there is more of them. */
export interface StateMaps {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The serial of the ask. */
  readonly serial: number;
  /** What has placed the points. */
  readonly method: "pca" | "umap";
  /** What could. */
  readonly methods: readonly string[];
  /** The map of each model, or why there is none. */
  readonly facets: readonly (FacetMap | Failure)[];
}

export function decodeStateMaps(raw: Fields): StateMaps {
  return {
    epoch: read.natural(raw, "epoch"),
    serial: read.natural(raw, "serial"),
    method: read.oneOf(raw, "method", ["pca", "umap"]),
    methods: read.names(raw, "methods"),
    facets: read.records(raw, "facets", read.either("error", decodeFailure, decodeFacetMap)),
  };
}

/** A region of the map of one model: a polygon. */
export interface DrawnRegion {
  /** The index of the model. */
  readonly facet: number;
  /** What is mapped, see FacetMap. */
  readonly source: string;
  /** What has placed the points. */
  readonly method: "pca" | "umap";
  /** The first coordinate of each corner, as of FacetMap. */
  readonly x: readonly number[];
  /** The second one. */
  readonly y: readonly number[];
}

export function decodeDrawnRegion(raw: Fields): DrawnRegion {
  return {
    facet: read.natural(raw, "facet"),
    source: read.text(raw, "source"),
    method: read.oneOf(raw, "method", ["pca", "umap"]),
    x: read.reals(raw, "x"),
    y: read.reals(raw, "y"),
  };
}

/** The regions on the maps of the models: drawn in some page, or set by Python. */
export interface DrawnRegions {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The serial of the newest ask; 0: Python has set them. */
  readonly serial: number;
  /** Those that there are, at most one of each model. */
  readonly regions: readonly DrawnRegion[];
}

export function decodeDrawnRegions(raw: Fields): DrawnRegions {
  return {
    epoch: read.natural(raw, "epoch"),
    serial: read.natural(raw, "serial"),
    regions: read.records(raw, "regions", decodeDrawnRegion),
  };
}

/** The unit by whose states the text of one model is coloured. */
export interface ColoringUnit {
  /** The index of the model. */
  readonly facet: number;
  /** The name of the unit's layer; see FacetStates. */
  readonly layer: string;
  /** The unit's index in the layer. */
  readonly unit: number;
}

export function decodeColoringUnit(raw: Fields): ColoringUnit {
  return {
    facet: read.natural(raw, "facet"),
    layer: read.text(raw, "layer"),
    unit: read.natural(raw, "unit"),
  };
}

/** The units by which texts are coloured: kept in some page, or set by Python. */
export interface ColoringUnits {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The serial of the newest ask; 0: Python has set them. */
  readonly serial: number;
  /** Those that there are, at most one of each model. */
  readonly units: readonly ColoringUnit[];
}

export function decodeColoringUnits(raw: Fields): ColoringUnits {
  return {
    epoch: read.natural(raw, "epoch"),
    serial: read.natural(raw, "serial"),
    units: read.records(raw, "units", decodeColoringUnit),
  };
}

/** What to search for: the units that are on exactly at some characters, and where. */
export interface UnitSearch {
  /** The first character. */
  readonly start: number;
  /** The one after the last. */
  readonly after: number;
  /**
   * For each model the name of a layer's states, see FacetStates; empty: the one that is shown
   * first.
   */
  readonly layers: readonly string[];
  /** Whether the corpus is searched; else the text that is shown. */
  readonly corpus: boolean;
  /** A unit is on beyond this quantile of its states, on either side. */
  readonly quantile: number;
  /**
   * A unit is on where its state is at least this, and matches are ranked as LSTMVis does; null: by
   * the quantile, and by what the units say.
   */
  readonly threshold: number | null;
  /** At how many steps before the characters a unit must be off. */
  readonly before: number;
  /** At how many steps after them. */
  readonly beyond: number;
}

export function decodeUnitSearch(raw: Fields): UnitSearch {
  return {
    start: read.natural(raw, "start"),
    after: read.natural(raw, "after"),
    layers: read.texts(raw, "layers"),
    corpus: read.flag(raw, "corpus"),
    quantile: read.real(raw, "quantile"),
    threshold: raw["threshold"] == null ? null : read.real(raw, "threshold"),
    before: read.natural(raw, "before"),
    beyond: read.natural(raw, "beyond"),
  };
}

/** A corpus that can be searched. */
export interface CorpusSize {
  /** What it is called. */
  readonly name: string;
  /** How many texts it has. */
  readonly texts: number;
  /** How many characters these have. */
  readonly characters: number;
}

export function decodeCorpusSize(raw: Fields): CorpusSize {
  return {
    name: read.text(raw, "name"),
    texts: read.natural(raw, "texts"),
    characters: read.natural(raw, "characters"),
  };
}

/** How far a search is. */
export interface SearchProgress {
  /** How much is done, 0 to 1. */
  readonly share: number;
  /** What is being done. */
  readonly words: string;
}

export function decodeSearchProgress(raw: Fields): SearchProgress {
  return {
    share: read.real(raw, "share"),
    words: read.text(raw, "words"),
  };
}

/** The text that is shown is that of a match; there is a text to come back to. */
export interface VisitedMatch {
  /** The number of the text in the corpus. */
  readonly text: number;
  /** The first character of the match. */
  readonly start: number;
  /** The one after its last. */
  readonly after: number;
  /** The beginning of the text that was shown before. */
  readonly left: string;
}

export function decodeVisitedMatch(raw: Fields): VisitedMatch {
  return {
    text: read.natural(raw, "text"),
    start: read.natural(raw, "start"),
    after: read.natural(raw, "after"),
    left: read.text(raw, "left"),
  };
}

/** A class and how likely a model finds it. */
export interface PredictedClass {
  /** The class. */
  readonly name: string;
  /** Its probability. */
  readonly p: number;
}

export function decodePredictedClass(raw: Fields): PredictedClass {
  return {
    name: read.text(raw, "name"),
    p: read.real(raw, "p"),
  };
}

/** A place where units of a selection are on. */
export interface UnitMatch {
  /** The number of its text in the corpus; null: it is in the text that is shown. */
  readonly text: number | null;
  /** Its first character. */
  readonly start: number;
  /** The one after its last. */
  readonly after: number;
  /** The characters around it, of the same text. */
  readonly context: string;
  /** The first of these. */
  readonly contextStart: number;
  /** How well it matches, 0 to 1; see inside.find_matches. */
  readonly score: number;
  /** How many of the selected units are on there. */
  readonly held: number;
  /** How many other units are. */
  readonly others: number;
  /** What the model predicts at its last step; null: not known. */
  readonly predicted: PredictedClass | null;
  /** The true class there, and how likely the model finds it; null: not known. */
  readonly truth: ExplainedClass | null;
}

export function decodeUnitMatch(raw: Fields): UnitMatch {
  return {
    text: raw["text"] == null ? null : read.natural(raw, "text"),
    start: read.natural(raw, "start"),
    after: read.natural(raw, "after"),
    context: read.text(raw, "context"),
    contextStart: read.natural(raw, "context_start"),
    score: read.real(raw, "score"),
    held: read.natural(raw, "held"),
    others: read.natural(raw, "others"),
    predicted:
      raw["predicted"] == null ? null : read.record(raw, "predicted", decodePredictedClass),
    truth: raw["truth"] == null ? null : read.record(raw, "truth", decodeExplainedClass),
  };
}

/** The units of one model that are on at the selected characters, and where else they are. */
export interface FacetMatches {
  /** The name of their layer. */
  readonly layer: string;
  /** How many units there are. */
  readonly selected: number;
  /** The units' numbers in the layer. */
  readonly units: Int32Array;
  /** Whether each is on low, with small values, there; else it is on high. */
  readonly low: DataView;
  /** From which value on a unit is on, in words. */
  readonly when: string;
  /** What the score of a match is, in words. */
  readonly scoredBy: string;
  /** How many other places were compared. */
  readonly compared: number;
  /** The best of them, best first. */
  readonly matches: readonly UnitMatch[];
}

export function decodeFacetMatches(raw: Fields): FacetMatches {
  const selected = read.natural(raw, "selected");
  return {
    layer: read.text(raw, "layer"),
    selected,
    units: read.ints(raw, "units", selected),
    low: read.view(raw, "low"),
    when: read.text(raw, "when"),
    scoredBy: read.text(raw, "scored_by"),
    compared: read.natural(raw, "compared"),
    matches: read.records(raw, "matches", decodeUnitMatch),
  };
}

/** What a search has found, how far it is, or that nothing is searched for. */
export interface FoundMatches {
  /** The epoch of the scene. */
  readonly epoch: number;
  /** The serial of the ask; 0: Python has asked. */
  readonly serial: number;
  /** What is searched for; null: nothing. */
  readonly search: UnitSearch | null;
  /** The selected characters, at most 40. */
  readonly selected: string;
  /** The corpus that there is; null: there is none. */
  readonly corpus: CorpusSize | null;
  /** How far the search is; null: it has ended. */
  readonly progress: SearchProgress | null;
  /** Where the reader went to; null: the reader's own text is shown. */
  readonly visited: VisitedMatch | null;
  /** What was found for each model, or why not; none while it is searched. */
  readonly facets: readonly (FacetMatches | Failure)[];
}

export function decodeFoundMatches(raw: Fields): FoundMatches {
  return {
    epoch: read.natural(raw, "epoch"),
    serial: read.natural(raw, "serial"),
    search: raw["search"] == null ? null : read.record(raw, "search", decodeUnitSearch),
    selected: read.text(raw, "selected"),
    corpus: raw["corpus"] == null ? null : read.record(raw, "corpus", decodeCorpusSize),
    progress: raw["progress"] == null ? null : read.record(raw, "progress", decodeSearchProgress),
    visited: raw["visited"] == null ? null : read.record(raw, "visited", decodeVisitedMatch),
    facets: read.records(raw, "facets", read.either("error", decodeFailure, decodeFacetMatches)),
  };
}

/** An ask of the page that the kernel refuses. */
export interface Refusal {
  /** The serial of the ask; null: it had none. */
  readonly serial: number | null;
  /** Why it is refused. */
  readonly refused: string;
  /** The characters that models do not know, if that is why; else left out. */
  readonly unknown: readonly number[];
}

export function decodeRefusal(raw: Fields): Refusal {
  return {
    serial: raw["serial"] == null ? null : read.natural(raw, "serial"),
    refused: read.text(raw, "refused"),
    unknown: raw["unknown"] === undefined ? [] : read.naturals(raw, "unknown"),
  };
}

/** A recurrent layer of a model in the page. */
export interface LiveLayer {
  /** The name of its kind: one of models.CELLS, and of those of js/src/live/cells.ts. */
  readonly cell: string;
  /** The size of its state. */
  readonly units: number;
  /** Levels of nesting; 1 but for a nested LSTM. */
  readonly depth: number;
}

export function decodeLiveLayer(raw: Fields): LiveLayer {
  return {
    cell: read.text(raw, "cell"),
    units: read.natural(raw, "units"),
    depth: read.natural(raw, "depth"),
  };
}

/** A model in the page: an embedding, recurrent layers and a linear layer. */
export interface LiveModel {
  /** Of these messages. */
  readonly version: number;
  /** What the page calls it. */
  readonly name: string;
  /** Of the head's matrix; all others are in half precision. */
  readonly precision: "int8" | "half";
  /** The input symbols, in the order of their ids. */
  readonly inputs: readonly string[];
  /** The classes, in order; left out where they are the input symbols. */
  readonly outputs: readonly string[];
  /** The symbol that is fed for unknown ones; null: there is none. */
  readonly unknown: string | null;
  /** What the right answer is, as far as a page can tell. */
  readonly truth: "word" | "next" | "none";
  /** Why there is no truth where truth is "none". */
  readonly noTruth: string;
  /** What is explained: "truth", "top" or the number of a class. */
  readonly target: unknown;
  /** What its scores are. */
  readonly measure: Measure;
  /** Components of the embedding. */
  readonly size: number;
  /** The recurrent layers, lowest first. */
  readonly layers: readonly LiveLayer[];
  /** Its matrices. */
  readonly weights: DataView;
  /** Biases, starting states and scales. */
  readonly numbers: DataView;
  /** The CRC-32 of weights and numbers. */
  readonly check: number;
}

export function decodeLiveModel(raw: Fields): LiveModel {
  return {
    version: raw["version"] === undefined ? 1 : read.natural(raw, "version"),
    name: read.text(raw, "name"),
    precision: read.oneOf(raw, "precision", ["int8", "half"]),
    inputs: read.names(raw, "inputs"),
    outputs: raw["outputs"] === undefined ? [] : read.names(raw, "outputs"),
    unknown: raw["unknown"] == null ? null : read.text(raw, "unknown"),
    truth: read.oneOf(raw, "truth", ["word", "next", "none"]),
    noTruth: read.text(raw, "no_truth"),
    target: raw["target"],
    measure: read.record(raw, "measure", decodeMeasure),
    size: read.natural(raw, "size"),
    layers: read.records(raw, "layers", decodeLiveLayer),
    weights: read.view(raw, "weights"),
    numbers: read.view(raw, "numbers"),
    check: read.natural(raw, "check"),
  };
}

/** What was measured of one checkpoint. */
export interface CurvePoint {
  /** The step of the training. */
  readonly step: number;
  /** The mean loss since the checkpoint before; null: not known. */
  readonly loss: number | null;
  /** The mean reach, in characters; null: not measured, as the following. */
  readonly reach: number | null;
  /** The mean number of effective characters. */
  readonly effective: number | null;
  /** The mean share before the current word. */
  readonly before: number | null;
  /**
   * By how much more the prediction falls without the strongest inputs than without random ones, in
   * nats of log odds, or in the unit of a model of one number.
   */
  readonly check: number | null;
}

export function decodeCurvePoint(raw: Fields): CurvePoint {
  return {
    step: read.natural(raw, "step"),
    loss: raw["loss"] == null ? null : read.real(raw, "loss"),
    reach: raw["reach"] == null ? null : read.real(raw, "reach"),
    effective: raw["effective"] == null ? null : read.real(raw, "effective"),
    before: raw["before"] == null ? null : read.real(raw, "before"),
    check: raw["check"] == null ? null : read.real(raw, "check"),
  };
}

/** What is drawn of a training. */
export interface TrainingCurves {
  /** The model's name. */
  readonly name: string;
  /** The newest step. */
  readonly step: number;
  /** The step whose picture is shown. */
  readonly shown: number;
  /** Steps at which there is a loss, rising. */
  readonly lossSteps: readonly number[];
  /** The losses at these, each the mean of some. */
  readonly losses: readonly number[];
  /** The checkpoints, in order; of very many some of them. */
  readonly points: readonly CurvePoint[];
  /** How many checkpoints there are. */
  readonly kept: number;
  /** What is happening, in words. */
  readonly state: string;
  /** What went wrong, in words. */
  readonly note: string | null;
}

export function decodeTrainingCurves(raw: Fields): TrainingCurves {
  return {
    name: read.text(raw, "name"),
    step: read.natural(raw, "step"),
    shown: read.natural(raw, "shown"),
    lossSteps: read.naturals(raw, "loss_steps"),
    losses: read.reals(raw, "losses"),
    points: read.records(raw, "points", decodeCurvePoint),
    kept: read.natural(raw, "kept"),
    state: read.text(raw, "state"),
    note: raw["note"] == null ? null : read.text(raw, "note"),
  };
}

/** A stretch of prose in one style. */
export interface ProseRun {
  /** Its characters; of a claim: the number as the author wrote it. */
  readonly text: string;
  /** How it is set; "claim": a number that is checked. */
  readonly style: "plain" | "emphasis" | "strong" | "code" | "claim";
  /** Which claim of its step; null: it is none. */
  readonly claim: number | null;
}

export function decodeProseRun(raw: Fields): ProseRun {
  return {
    text: read.text(raw, "text"),
    style:
      raw["style"] === undefined
        ? "plain"
        : read.oneOf(raw, "style", ["plain", "emphasis", "strong", "code", "claim"]),
    claim: raw["claim"] == null ? null : read.natural(raw, "claim"),
  };
}

/** A paragraph. */
export interface ProseParagraph {
  /** Its text. */
  readonly runs: readonly ProseRun[];
}

export function decodeProseParagraph(raw: Fields): ProseParagraph {
  return {
    runs: read.records(raw, "runs", decodeProseRun),
  };
}

/** A number that a step's prose claims, and what the models give now. */
export interface ClaimInWords {
  /** What it is. */
  readonly name: readonly ProseRun[];
  /** The number as it was written. */
  readonly stated: string;
  /** By how much it may differ; "": a word, which must be the same. */
  readonly within: string;
  /** What the models give now, in words, or why that is not known. */
  readonly now: string;
  /** Whether it differs by no more than that. */
  readonly holds: boolean;
}

export function decodeClaimInWords(raw: Fields): ClaimInWords {
  return {
    name: read.records(raw, "name", decodeProseRun),
    stated: read.text(raw, "stated"),
    within: read.text(raw, "within"),
    now: read.text(raw, "now"),
    holds: read.flag(raw, "holds"),
  };
}

/** The words of one step. */
export interface StoryStep {
  /** Its prose. */
  readonly paragraphs: readonly ProseParagraph[];
  /** The numbers that it claims, each of which stands in a paragraph. */
  readonly claims: readonly ClaimInWords[];
  /** Which of the page's scenes it shows, from 0; the first one is _scene. */
  readonly scene: number;
}

export function decodeStoryStep(raw: Fields): StoryStep {
  return {
    paragraphs: read.records(raw, "paragraphs", decodeProseParagraph),
    claims: read.records(raw, "claims", decodeClaimInWords),
    scene: read.natural(raw, "scene"),
  };
}

/** The words of a story. */
export interface StoryText {
  /** Its steps, in order. */
  readonly steps: readonly StoryStep[];
}

export function decodeStoryText(raw: Fields): StoryText {
  return {
    steps: read.records(raw, "steps", decodeStoryStep),
  };
}

/** Read another text. The scene of a new epoch answers it. */
export interface AskText {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** The text. */
  readonly text: string;
  /** The character to explain; past the end it is the last. */
  readonly position: number;
}

/** Explain another target. The scene of a new epoch answers it. */
export interface AskTarget {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** The target; see Targets. */
  readonly target: unknown;
}

/** Use another measure, or explain another quantity. The scene of a new epoch answers it. */
export interface AskChoice {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** The name of the measure or quantity. */
  readonly value: string;
}

/** Show another checkpoint of the models. The scene of another epoch answers it. */
export interface AskCheckpoint {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** Which; see ShownCheckpoint. */
  readonly checkpoint: number;
}

/** Explain another target at one character, while the reader points at it. */
export interface AskPreview {
  /** Returned with each reply. */
  readonly serial: number;
  /** The character. */
  readonly position: number;
  /** The target, see Targets; null: end the preview. */
  readonly target: unknown;
}

/** Find the likeliest classes whose names begin with some text. */
export interface AskClasses {
  /** Returned with the reply. */
  readonly serial: number;
  /** The beginning of the names. */
  readonly prefix: string;
}

/** Show what a prediction is with every other symbol in the place of one character. */
export interface AskSwaps {
  /** Returned with each reply. */
  readonly serial: number;
  /** The character whose output is explained. */
  readonly position: number;
  /** The character in whose place they stand; null: show none any more. */
  readonly input: number | null;
}

/** Send the strips of all classes at every character that is shown, or stop sending them. */
export interface AskStrips {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** Whether to send them. */
  readonly wanted: boolean;
}

/** Run the models again at one character, with some of the inputs exchanged. */
export interface AskCheck {
  /** Returned with each reply. */
  readonly serial: number;
  /** The character; null: the check before is not needed any more. */
  readonly position: number | null;
}

/** Send the code of instruments that the reader has opened. The trait `_modules` answers it. */
export interface AskModules {
  /** Tells this from other asks of its kind. */
  readonly serial: number;
  /** The modules of all instruments that are open on the page now. */
  readonly names: readonly string[];
}

/** Send the rows at one character with random weights and of a random class, or stop. */
export interface AskRandomised {
  /** Returned with each reply. */
  readonly serial: number;
  /** The character; null: none, and what was prepared for such rows is dropped. */
  readonly position: number | null;
}

/** Send the states of the models' units in a window of the text, or drop them. */
export interface AskStates {
  /** Returned with the reply. */
  readonly serial: number;
  /** A character of the window; null: none are needed any more. */
  readonly around: number | null;
  /** Whether the states in the window are wanted, not only the rest. */
  readonly values: boolean;
  /** For each strip the index of its model; a model may have several. */
  readonly models: readonly number[];
  /** For each strip the name of a layer's states, see FacetStates; null: the last. */
  readonly layers: readonly (string | null)[];
  /** For each strip the unit whose whole curve is sent too; null: of none. */
  readonly curves: readonly (number | null)[];
  /** The order of the units. */
  readonly order: "number" | "similar" | "change" | "contribution";
  /**
   * Of what input, to what output, units carry, if order goes by that; null: there is no earlier
   * input, or the order is another one.
   */
  readonly carried: RouteEnds | null;
  /** Between which characters the route of the memory is wanted; null: between none. */
  readonly route: RouteEnds | null;
  /** What is asked about the memory of units. */
  readonly memory: "none" | "gates" | "reach";
  /** The character at which each layer is asked what it would predict; null: none is. */
  readonly lens: number | null;
}

/** Explain a unit's value in place of classes. The scene of a new epoch answers it. */
export interface AskUnit {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** The model, by its number. */
  readonly facet: number;
  /** The layer's name; see FacetStates. */
  readonly layer: string;
  /** The unit's index in the layer. */
  readonly unit: number;
}

/** Show a model with units set, or held, beside it. The scene of a new epoch answers it. */
export interface AskIntervention {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** The model, by its number; or the one that is changed already. */
  readonly facet: number;
  /** The layer's name; see FacetStates. */
  readonly layer: string;
  /** The units' indices in the layer. */
  readonly units: readonly number[];
  /** What they are set to: "zero", "mean", or "hold": what they were one step before. */
  readonly to: string;
  /** The character from which on; null: everywhere. */
  readonly start: number | null;
}

/** Undo what is done to a model's units. The scene of a new epoch answers it. */
export interface AskUndo {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** The changed model, by its number. */
  readonly facet: number;
  /** Which of the interventions, from 0; null: all. */
  readonly number: number | null;
}

/** Send one output of the models at each of their checkpoints, or stop. */
export interface AskLinkCurve {
  /** Returned with each reply. */
  readonly serial: number;
  /** The character whose output it is; null: none any more. */
  readonly position: number | null;
}

/** Send maps of the models' states, or drop them. */
export interface AskMap {
  /** Returned with each reply. */
  readonly serial: number;
  /** Whether they are wanted; else what was kept for them is dropped. */
  readonly wanted: boolean;
  /** For each model what is mapped, see FacetMap; null: its last hidden states. */
  readonly sources: readonly (string | null)[];
  /** What places the points. */
  readonly method: "pca" | "umap";
  /** For each model the point whose nearest are wanted; null: of none but those of the text. */
  readonly near: readonly (number | null)[];
}

/** Take the regions that a reader has drawn on the maps, in place of those before. */
export interface AskMapRegions {
  /** Returned with the reply. */
  readonly serial: number;
  /** Those that there are, at most one of each model. */
  readonly regions: readonly DrawnRegion[];
}

/** Take the units that a reader keeps, by which texts are coloured, in place of those before. */
export interface AskColorBy {
  /** Returned with the reply. */
  readonly serial: number;
  /** Those that there are, at most one of each model. */
  readonly units: readonly ColoringUnit[];
}

/** Search for the places where the units are on that are on at some characters. */
export interface AskMatches {
  /** Returned with each reply. */
  readonly serial: number;
  /** What to search for, in place of what was before; null: nothing. */
  readonly search: UnitSearch | null;
}

/** Read the text of a match, or the text that was shown before that. */
export interface AskCorpusText {
  /** Distinguishes this ask from others of its kind. */
  readonly serial: number;
  /** The number of a text of the corpus; null: back to the text before. */
  readonly text: number | null;
  /** The first character of the match. */
  readonly start: number;
  /** The one after its last. */
  readonly after: number;
}

/** What a page asks, by kind. */
export interface AskRecords {
  readonly text: AskText;
  readonly target: AskTarget;
  readonly measure: AskChoice;
  readonly of: AskChoice;
  readonly checkpoint: AskCheckpoint;
  readonly preview: AskPreview;
  readonly classes: AskClasses;
  readonly swaps: AskSwaps;
  readonly strips: AskStrips;
  readonly check: AskCheck;
  readonly modules: AskModules;
  readonly randomised: AskRandomised;
  readonly states: AskStates;
  readonly unit: AskUnit;
  readonly intervention: AskIntervention;
  readonly undo: AskUndo;
  readonly link_curve: AskLinkCurve;
  readonly map: AskMap;
  readonly map_regions: AskMapRegions;
  readonly color_by: AskColorBy;
  readonly matches: AskMatches;
  readonly corpus_text: AskCorpusText;
}
