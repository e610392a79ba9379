import { expect, it } from "vitest";
import { makePalette, STEPS } from "../../../src/core/color";
import { pixelsOf, roundUp, stepOfMultiple, unitColors } from "../../../src/state/unit-colors";
import { layerWords } from "../../../src/state/unit-layer-words";
import { UnitStates } from "../../../src/state/unit-states";
import {
  orderWords,
  placeWords,
  rangeNumbers,
  shareWords,
  spokenWords,
  stateNumber,
  stateWords,
  unitCount,
} from "../../../src/state/unit-words";
import type { Fields } from "../../../src/wire/fields";
import { decodeUnitWindows, type LayerWindow, NOT_FINITE } from "../../../src/wire/states";
import { type WindowOptions, windowOf } from "../../unit-windows";

function decoded(options: WindowOptions, tokens: number, more: Fields = {}): LayerWindow {
  const facets = [{ ...windowOf(options), ...more }];
  const ends = { epoch: 1, serial: 1, first: 0, after: 1 };
  const message = { ...ends, by: "number", models: [0], facets };
  return decodeUnitWindows(message, [{ tokens }]).facets[0] as LayerWindow;
}

const VALUES = [
  [5000, -10000, 0],
  [2500, 3000, NOT_FINITE],
];

it("has the states of the windows that came, and no others", () => {
  const states = new UnitStates(decoded({ values: VALUES, start: 1 }, 600), 600);
  expect(states.name).toBe("hidden of layer 0 of lstm");
  expect([states.has(0), states.has(1), states.has(2), states.has(3)]).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([...(states.at(1) ?? [])]).toEqual(VALUES[0]);
  expect(states.at(3)).toBeNull();
  states.add(decoded({ values: [[1, 2, 3]], start: 599 }, 600));
  expect(states.multiple(599, 2)).toBe(3);
  expect(states.value(1, 0)).toBeCloseTo(0.5, 7);
  expect(states.value(2, 2)).toBeNaN();
  expect(states.value(3, 0)).toBeNull();
  expect(states.fits(decoded({ values: VALUES, layer: 1 }, 600))).toBe(false);
  expect(states.fits(decoded({ values: [[1, 2]] }, 600))).toBe(false);
});

it("has a unit’s whole curve where that came", () => {
  const curve = [7, 8, 9, 10];
  const states = new UnitStates(decoded({ values: VALUES, curveOf: 1, curve }, 4), 4);
  expect([states.hasCurve(1), states.hasCurve(0)]).toEqual([true, false]);
  // Where a window is here it counts: they are the same.
  expect([0, 1, 2, 3].map((step) => states.multiple(step, 1))).toEqual([-10000, 3000, 9, 10]);
  const whole = new UnitStates(decoded({ values: VALUES }, 2), 2);
  expect(whole.hasCurve(2)).toBe(true);
});

it("drops what is farthest from the newest window when it has too much", () => {
  const steps = Array.from({ length: 1 }, () => [1]);
  const states = new UnitStates(decoded({ values: steps }, 2000), 2000, 256 * 2 * 2);
  states.add(decoded({ values: steps, start: 300 }, 2000));
  expect([states.has(0), states.has(300)]).toEqual([true, true]);
  states.add(decoded({ values: steps, start: 1800 }, 2000));
  expect([states.has(0), states.has(300), states.has(1800)]).toEqual([false, true, true]);
});

it("finds the strongest units of a step, of either sign", () => {
  const states = new UnitStates(decoded({ values: VALUES }, 2), 2);
  const found = (step: number, most: number) =>
    states.strongest(step, most)?.map(({ unit, value }) => [unit, stateNumber(value, 4)]);
  expect(found(0, 2)).toEqual([
    [1, "−1.0000"],
    [0, "0.5000"],
  ]);
  expect(found(1, 9)).toEqual([
    [1, "0.3000"],
    [0, "0.2500"],
  ]);
  expect(found(5, 9)).toBeUndefined();
});

it("says states with all their digits", () => {
  const states = new UnitStates(decoded({ values: VALUES }, 3), 3);
  const characters = Array.from("a \n");
  expect(stateWords(states, 0, 0)).toBe("0.5000");
  expect(stateWords(states, 1, 2)).toBe("not a number");
  expect(stateWords(states, 2, 2)).toBe("not here yet");
  const range = { low: "−1.0000", high: "0.3000", mean: "−0.3500" };
  expect(rangeNumbers(states, 1)).toEqual(range);
  expect(placeWords(characters, 1)).toBe("“␣”, character 2");
  expect(spokenWords(characters, 0, states, 0, 1)).toBe("Unit 1: −1.0000 at “a”, character 1.");
  expect(spokenWords(characters, 2, states, 2, null)).toBe("“↵”, character 3.");
  expect([
    stateNumber(-0.00001, 4),
    stateNumber(-40000, -1),
    stateNumber(12.5, 3),
    stateNumber(Number.NaN, 4),
  ]).toEqual(["0.0000", "−40,000", "12.500", "not a number"]);
  expect(unitCount(states)).toBe("3 units");
  const some = new UnitStates(decoded({ values: VALUES }, 3, { of: 70000 }), 3);
  expect(unitCount(some)).toBe("3 of 70,000 units, those that change most");
});

it("has one colour for a state of all units, or each unit’s own", () => {
  const states = new UnitStates(decoded({ values: VALUES }, 2), 2);
  const one = unitColors(states, "layer");
  expect(one).toMatchObject({ cap: 1, clipped: false, signed: true });
  expect(stepOfMultiple(-10000, one.stepsEach[1] ?? 0)).toBe(-STEPS);
  expect(stepOfMultiple(5000, one.stepsEach[0] ?? 0)).toBe(STEPS / 2);
  const own = unitColors(states, "unit");
  expect(own.cap).toBeNull();
  expect(stepOfMultiple(5000, own.stepsEach[0] ?? 0)).toBe(STEPS);
  expect(stepOfMultiple(NOT_FINITE, 1)).toBe(0);
  expect(stepOfMultiple(32767, 1)).toBe(STEPS);
  // Of gates, which are never below zero.
  const gates = new UnitStates(decoded({ values: [[9900, 100]] }, 1), 1);
  expect(unitColors(gates, "layer")).toMatchObject({ cap: 1, signed: false });
});

it("does not let few outlying units take the colours of all", () => {
  const values = [[...Array.from({ length: 20 }, () => 100), 30000]];
  const states = new UnitStates(decoded({ values }, 1), 1);
  expect(unitColors(states, "layer")).toMatchObject({ cap: 0.01, clipped: true });
});

it("rounds full colour up to a round number", () => {
  expect([0.9999, 1, 1.01, 0.52, 7, 31, 0, Number.NaN].map(roundUp)).toEqual([
    1, 1, 2, 0.6, 8, 40, 1, 1,
  ]);
});

it("has the palette’s colours as pixels", () => {
  const palette = makePalette([255, 255, 255], true);
  const bytes = new Uint8Array(pixelsOf(palette).buffer);
  const at = (step: number) => [...bytes.subarray(4 * (step + STEPS), 4 * (step + STEPS) + 4)];
  expect(at(0)).toEqual([...(palette.rising[0]?.background ?? []), 255]);
  expect(at(-STEPS)).toEqual([...(palette.falling[STEPS]?.background ?? []), 255]);
  expect(at(7)).toEqual([...(palette.rising[7]?.background ?? []), 255]);
});

it("refuses windows that do not fit the text or each other", () => {
  const refused = (options: WindowOptions, more: Fields = {}) => {
    expect(() => decoded(options, 3, more)).toThrow(/^\w.* .*[.]$/);
  };
  refused({ values: VALUES, start: 2 });
  refused({ values: VALUES, layer: 2 });
  refused({ values: VALUES, order: [0, 0, 1] });
  refused({ values: VALUES, order: [0, 1, 3] });
  refused({ values: VALUES, curveOf: 0, curve: [1, 2] });
  refused({ values: VALUES, curveOf: 3, curve: [1, 2, 3] });
  refused({ values: VALUES }, { values: windowOf({ values: [[1, 2, 3, 4]] }).values });
});

it("says layers in words, and their module where there are several", () => {
  const names = [
    "hidden of layer 0 of cell",
    "forget of layer 1 of cell",
    "output of layer 1 of cell",
  ];
  expect(names.map((name) => layerWords(name, names))).toEqual([
    "hidden state, layer 0",
    "forget gate, layer 1",
    "output gate, layer 1",
  ]);
  const others = [
    "hidden_reverse of layer 0 of up",
    "inner_cell of layer 0 of down.x",
    "output of layer 0 of head",
    "no <b>",
  ];
  expect(others.map((name) => layerWords(name, others))).toEqual([
    "hidden state, layer 0 of up, right to left",
    "inner cell state, layer 0 of down.x",
    "output, layer 0 of head",
    "no <b>",
  ]);
});

it("says what units carry, or why that is not known", () => {
  const known = { values: VALUES, carried: [3, 1] as const, shares: [0.5, -0.25, 0] };
  const states = new UnitStates(decoded(known, 600), 600);
  expect(orderWords([..."abcd"], states)).toBe(
    "Those first that carry most of “b”, character 2, to the output at “d”, character 4.",
  );
  expect(shareWords(states, 1)).toBe("carries −25.0 % from character 2 to 4");
  const gate = { ...known, throughGate: true };
  expect(shareWords(new UnitStates(decoded(gate, 600), 600), 0)).toBe(
    "lets through 50.0 % from character 2 to 4",
  );
  const none = { values: VALUES, carryError: "a gate carries nothing" };
  const unknown = new UnitStates(decoded(none, 600), 600);
  expect(orderWords([], unknown)).toBe("In the order of their numbers: a gate carries nothing");
  expect(shareWords(unknown, 0)).toBe("");
});

it("has a number for each step of a unit, from its curve or from windows", () => {
  const states = new UnitStates(decoded({ values: VALUES, start: 1 }, 4), 4);
  const steps = Int32Array.from([0, 1, 1, 2, 3]);
  const of = (unit: number) => [...states.curve(unit, steps, 99, (multiple) => multiple / 100)];
  expect(of(0)).toEqual([99, 50, 50, 25, 99]);
  states.add(decoded({ values: VALUES, start: 1, curveOf: 0, curve: [100, 5000, 2500, -100] }, 4));
  expect(of(0)).toEqual([1, 50, 50, 25, -1]);
});
