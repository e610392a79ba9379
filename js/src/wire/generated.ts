/** Messages of the kernel: types, and what decodes and checks them. Made by `make wire` from rnnviz_widget/scene; do not edit. */
import { longest_label, longest_name } from "../../../rnnviz_widget/picture/numbers.json";
import { shortened } from "../core/format";
import type { Fields } from "./fields";
import * as read from "./fields";

export const VERSION = 6;

/** Of models in a page. */
export const LIVE_VERSION = 1;

/** The values of a row are in these parts of its peak. */
export const ROW_STEPS = 500;

/** How many predictions are shown. */
export const SHOWN_PREDICTIONS = 3;

/** A token for each output s: s + offset, from low to high. */
export type Bound = readonly [offset: number, low: number, high: number];

/** What a score is. */
export interface Measure {
  /** The measure's name. */
  readonly name: string;
  /** Whether scores may be negative. */
  readonly signed: boolean;
  /** What the number is, in words. */
  readonly label: string;
}

export function decodeMeasure(raw: Fields): Measure {
  return {
    name: read.text(raw, "name"),
    signed: read.flag(raw, "signed"),
    label: shortened(read.text(raw, "label"), longest_label),
  };
}

/** Which of T tokens each of T outputs reads: first(s) <= t <= last(s), but for those skipped. */
export interface ReadsMessage {
  /** The first token that an output reads; it reads none where that is after the last. */
  readonly first: Bound;
  /** The last token that an output reads. */
  readonly last: Bound;
  /** Tokens that no output reads that is not itself at one, such as masked padding. */
  readonly skipped: readonly number[];
}

export function decodeReadsMessage(raw: Fields, tokens: number): ReadsMessage {
  return {
    first: read.integers<Bound>(raw, "first", 3),
    last: read.integers<Bound>(raw, "last", 3),
    skipped: raw["skipped"] === undefined ? [] : read.naturals(raw, "skipped", tokens),
  };
}

/** The classes that those explained are compared with, one an output. */
export interface Rivals {
  /** The class, by its number; no number of a class where nothing is compared. */
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

/** One model on one text; S is the number of its tokens, which is that of its outputs. */
export interface FacetMessage {
  /** The model's name. */
  readonly name: string;
  /** The characters [start, end) of each token. */
  readonly spans: Int32Array | null;
  /** Indices of the tokens fed as the model's unknown symbol. */
  readonly unknown: readonly number[];
  /** Which tokens each output reads. */
  readonly reads: ReadsMessage;
  /** What its scores are; in a message left out where it is the scene's. */
  readonly measure: Measure;
  /** All class names; those travel that the others refer to. */
  readonly classes: readonly string[];
  /** How many best classes there are of each output. */
  readonly k: number;
  /**
   * The best classes of each output by their numbers, best first, (S, K); no number of a class:
   * there is none. Three travel.
   */
  readonly top: Int32Array;
  /** Their probabilities; NaN: not known. */
  readonly topP: Float64Array;
  /** The class, by its number; no number of a class: it is not told. */
  readonly target: Int32Array;
  /** Its probability; NaN: not known. */
  readonly targetP: Float64Array;
  /** Its rank among all classes; 1 is the best, 0: not known. */
  readonly targetRank: Int32Array;
  /** Why this class, in words. */
  readonly reasons: readonly string[];
  /** What it is compared with; null: nothing anywhere. */
  readonly rivals: Rivals | null;
  /**
   * What the right answer is: the whole word being typed, or the token that follows; null:
   * something else, or not known.
   */
  readonly truth: "word" | "next" | null;
  /** The same, and why that. */
  readonly engine: string;
  /** What a reader must know about it, in words. */
  readonly note: string | null;
  /**
   * The unit of the one number that the model gives, "" if it has none: what is called a
   * probability is then that number. null: it has classes.
   */
  readonly unit: string | null;
  /** Whether there is one output for the whole text: it stands at its end, wherever it is shown. */
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

/** The text, and for each model all that is known after it has read that. */
export interface SceneMessage {
  /** Of the messages. */
  readonly version: number;
  /** Grows with every refresh, every other target and every other text. */
  readonly epoch: number;
  /** The text. */
  readonly text: string;
  /**
   * Whether the models could read another text: not those of ready-made rows, nor where targets
   * were chosen one by one.
   */
  readonly editable: boolean;
  /** What a score is, of the first facet. */
  readonly measure: Measure;
  /** What was chosen to be explained, see Targets; null: targets one by one, or ready-made rows. */
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

/** A row, or the nearest inputs of a causal model's row while the others are being computed. */
export interface PackedRow {
  /** Its output, s. */
  readonly row: number;
  /** The largest magnitude, in the measure's unit; 0 of a row of zeros. */
  readonly peak: number;
  /** The sum of magnitudes, in the measure's unit. */
  readonly total: number;
  /** round(500 C / peak), of a signed measure zigzag-coded: 2q for q >= 0, else -2q - 1. */
  readonly data: DataView;
  /** The first input that is there. Left out of a whole row, where it is 0. */
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

/** What went wrong instead of a row. */
export interface FailedRow {
  /** Its output, s. */
  readonly row: number;
  /** What, in words. */
  readonly error: string;
}

export function decodeFailedRow(raw: Fields): FailedRow {
  return {
    row: read.natural(raw, "row"),
    error: read.text(raw, "error"),
  };
}

/** The rows of one position: what a hover waits for. It is set again when more of them is there. */
export interface AnswerMessage {
  /** That of the scene. */
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
  /** Which outputs' they are, (S,). */
  readonly known: DataView;
  /** Of each the largest magnitude, (N,). */
  readonly peak: Float64Array;
  /** Of each the sum of magnitudes, (N,). */
  readonly total: Float64Array;
  /** The values of all, deflated: the low bytes of all, then the high bytes of all. */
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

/** Every row computed so far, set in a few large steps and when the background fill ends. */
export interface RowsMessage {
  /** That of the scene. */
  readonly epoch: number;
  /** Whether all rows are there that will be filled. */
  readonly complete: boolean;
  /** Those of each model. */
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
  /** That of the scene. */
  readonly epoch: number;
  /** How many rows are there. */
  readonly done: number;
  /** How many will be. */
  readonly total: number;
  /** Whether it was begun, goes on, has ended, or something stopped it. */
  readonly state: "idle" | "filling" | "done" | "stopped";
  /** What to say of it, in words. */
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
  /** The class that it is compared with: why this one rather than that; or null. */
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
  /** What its scores are; left out where it is the preview's. */
  readonly measure: Measure;
  /** What is explained; null where it can't be: the error says why. */
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

/** Another class explained at one character, for as long as the reader looks at it. */
export interface PreviewMessage {
  /** That of the scene. */
  readonly epoch: number;
  /** The character. */
  readonly position: number;
  /** That of the page's request. */
  readonly serial: number;
  /** What a score of the first model is; it may be another than the scene's. */
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

/** The likeliest classes whose names begin so. */
export interface FoundClasses {
  /** That of the page's request. */
  readonly serial: number;
  /** The beginning that was sought. */
  readonly prefix: string;
  /** The character that probabilities are of. */
  readonly position: number;
  /** The likeliest first, 20 at most. */
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

/** All classes in the order of their names, cut into N cells of nearly equally many. */
export interface Strip {
  /** How many there are, V. */
  readonly classes: number;
  /** How many cells there are. */
  readonly cells: number;
  /** The probability of a cell: the sum over its classes, 1 at most, (N,), float32. */
  readonly p: Float64Array;
  /** The likeliest class of each cell, by its name; of two the first by name. */
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

/** What went wrong instead of a result. */
export interface Failure {
  /** What, in words. */
  readonly error: string;
}

export function decodeFailure(raw: Fields): Failure {
  return {
    error: read.text(raw, "error"),
  };
}

/** How likely all classes are at one character. */
export interface StripsMessage {
  /** That of the scene. */
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

/** What the page has asked for and the kernel does not do. */
export interface Refusal {
  /** That of the ask; null: it had none. */
  readonly serial: number | null;
  /** Why not. */
  readonly refused: string;
  /** Where characters of a text are why: those that models do not know; else left out. */
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

/** Read another text. The scene of a new epoch answers it. */
export interface AskText {
  /** Tells this from other asks of its kind. */
  readonly serial: number;
  /** The text. */
  readonly text: string;
  /** The character to explain; past the end it is the last. */
  readonly position: number;
}

/** Explain something else. The scene of a new epoch answers it. */
export interface AskTarget {
  /** Tells this from other asks of its kind. */
  readonly serial: number;
  /** What, as targets travel. */
  readonly target: unknown;
}

/** Measure otherwise. The scene of a new epoch answers it. */
export interface AskMeasure {
  /** Tells this from other asks of its kind. */
  readonly serial: number;
  /** The measure's name. */
  readonly measure: string;
}

/** Explain another class at one character while the reader looks at it. */
export interface AskPreview {
  /** Comes back with each reply. */
  readonly serial: number;
  /** The character. */
  readonly position: number;
  /** What to explain there, as targets travel; null: nothing is looked at any more. */
  readonly target: unknown;
}

/** Find the likeliest classes whose names begin so. */
export interface AskClasses {
  /** Comes back with the reply. */
  readonly serial: number;
  /** The beginning. */
  readonly prefix: string;
}

/** Tell how likely all classes are at every character that is shown, or no more. */
export interface AskStrips {
  /** Tells this from other asks of its kind. */
  readonly serial: number;
  /** Whether they are shown. */
  readonly wanted: boolean;
}
