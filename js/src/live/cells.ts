/** The kinds of recurrent layers that a page can run. In Python, `rnnviz_widget/models/cells.py` lists them by the same names. */
import { gruStep } from "./gru";
import type { Layer, LevelWeights } from "./layer";
import { Lstm } from "./lstm";
import { minGruStep } from "./min-gru";
import type { Load } from "./products";
import { type CellStep, type GateCounts, Recurrence } from "./recurrence";
import { rnnStep } from "./rnn";

/** Of a layer: one, but for a nested LSTM. */
export type Levels = [LevelWeights, ...LevelWeights[]];

interface CellKind {
  /** What it is called in words. */
  readonly title: string;
  readonly gates: GateCounts;
  /** How many biases a level has, each for all units. */
  readonly biases: number;
  /** How many states a level has beside h; none if not given. */
  readonly memories?: number;
  /** Whether it may have more levels than one. */
  readonly nested?: boolean;
  /** Makes a layer; `starts` are the states before the first token, h first. */
  make(
    load: Load,
    size: { readonly inputs: number; readonly units: number },
    levels: Levels,
    starts: Float32Array,
  ): Layer;
}

const kinds = {
  gru: single("GRU", [3, 3], 4, gruStep),
  lstm: lstm("LSTM", false),
  "min-gru": single("MinGRU", [2, 0], 2, minGruStep),
  "nested-lstm": lstm("NestedLSTM", true),
  rnn: single("RNN", [1, 1], 1, rnnStep(false)),
  "rnn-relu": single("RNN", [1, 1], 1, rnnStep(true)),
} satisfies Record<string, CellKind>;

export type Cell = keyof typeof kinds;

export const CELLS: Readonly<Record<Cell, CellKind>> = kinds;

export function isCell(name: string): name is Cell {
  return Object.hasOwn(CELLS, name);
}

/** A kind with one level and no state but h. */
function single(title: string, gates: GateCounts, biases: number, step: CellStep): CellKind {
  return {
    title,
    gates,
    biases,
    make: (load, { inputs, units }, [level], start) =>
      new Recurrence(load, inputs, units, gates, level, start, step),
  };
}

function lstm(title: string, nested: boolean): CellKind {
  return {
    title,
    gates: [4, 4],
    biases: 4,
    memories: 1,
    nested,
    make: (load, { inputs, units }, levels, starts) =>
      new Lstm(load, inputs, units, levels, starts, nested),
  };
}
