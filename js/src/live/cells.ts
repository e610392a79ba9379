/** The kinds of recurrent layers that a page can run. In Python, `rnnviz_widget/models/cells.py` lists them by the same names. */
import { Gru } from "./gru";
import type { Layer, LevelWeights } from "./layer";
import { Lstm } from "./lstm";
import { MinGru } from "./min-gru";
import type { Load } from "./products";
import { Rnn } from "./rnn";

/** Of a layer: one, but for a nested LSTM. */
export type Levels = [LevelWeights, ...LevelWeights[]];

interface CellKind {
  /** What it is called in words. */
  readonly title: string;
  /** How many gates read the input, and how many the state. */
  readonly gates: readonly [number, number];
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
  gru: {
    title: "GRU",
    gates: [3, 3],
    biases: 4,
    make: (load, { inputs, units }, [level], start) => new Gru(load, inputs, units, level, start),
  },
  lstm: lstm("LSTM", false),
  "min-gru": {
    title: "MinGRU",
    gates: [2, 0],
    biases: 2,
    make: (load, { inputs, units }, [level], start) =>
      new MinGru(load, inputs, units, level, start),
  },
  "nested-lstm": lstm("NestedLSTM", true),
  rnn: rnn(false),
  "rnn-relu": rnn(true),
} satisfies Record<string, CellKind>;

export type Cell = keyof typeof kinds;

export const CELLS: Readonly<Record<Cell, CellKind>> = kinds;

export function isCell(name: string): name is Cell {
  return Object.hasOwn(CELLS, name);
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

function rnn(relu: boolean): CellKind {
  return {
    title: "RNN",
    gates: [1, 1],
    biases: 1,
    make: (load, { inputs, units }, [level], start) =>
      new Rnn(load, inputs, units, level, start, relu),
  };
}
