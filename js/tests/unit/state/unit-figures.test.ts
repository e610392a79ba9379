/** What a figure says of units is what the page says: both read tests/picture/units.json. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { STEPS } from "../../../src/core/color";
import { carriedWords, checkWords } from "../../../src/state/route-words";
import { stepOfMultiple, unitColors } from "../../../src/state/unit-colors";
import { layerWords } from "../../../src/state/unit-layer-words";
import type { UnitStates } from "../../../src/state/unit-states";
import { stateNumber } from "../../../src/state/unit-words";
import type { MemoryRoute } from "../../../src/wire/generated";

const FILE = new URL("../../../../tests/picture/units.json", import.meta.url);
const golden = JSON.parse(readFileSync(FILE, "utf8"));
const LAYER = "hidden of layer 0 of lstm";

it.each(golden.layers as [string[], string[]][])("names the layers %j", (names, said) => {
  expect(names.map((name) => layerWords(name, names))).toEqual(said);
});

it.each(golden.scales as [number[], number, boolean][])(
  "has the same colours for units that reach %j",
  (peaks, cap, clipped) => {
    const facts = { quantum: new Float64Array(peaks.length), low: new Float64Array(peaks.length) };
    const states = { facts, peak: (unit: number) => peaks[unit] ?? 0 } as unknown as UnitStates;
    expect(unitColors(states, "layer")).toMatchObject({ cap, clipped });
  },
);

it.each(golden.colored as [number, number, number[], number[]][])(
  "colours a text by states in steps of %f, full at %f",
  (quantum, cap, multiples, steps) => {
    const each = (STEPS * quantum) / cap;
    // 0 for −0.
    expect(multiples.map((one) => stepOfMultiple(one, each) + 0)).toEqual(steps);
  },
);

it.each(golden.numbers as [number | null, number, string][])(
  "says the state %f with %i places",
  (value, places, said) => expect(stateNumber(value ?? Number.NaN, places)).toBe(said),
);

it.each(golden.routes as { case: number[] | null; said: string; carried: string }[])(
  "says of a check: $said",
  ({ case: given, said, carried }) => {
    const [before = 0, after = 0, share = 0] = given ?? [];
    const none = new Float64Array();
    const route: MemoryRoute = {
      ...{ output: 7, input: 5, steps: new Int32Array(), kept: none, layers: [], carried: 0 },
      ...{ connectivity: before, apart: 0 },
      strongest: given === null ? [] : [{ layer: LAYER, unit: 7, share }],
      check:
        given === null ? null : { before, after, probabilityBefore: 0.575, probabilityAfter: 0.25 },
    };
    const layer = (name: string) => layerWords(name, golden.layers[0][0]);
    expect(checkWords([...golden.text], route, layer)).toBe(said);
    if (given !== null) expect(carriedWords(route, share)).toBe(carried);
  },
);
