/** Units and their states in words and numbers. */
import {
  not_a_number,
  units_by_share,
  units_carry,
  units_let_through,
} from "../../../rnnviz_widget/picture/wording.json";
import { fill } from "../core/fill";
import { grouped, percent, visible } from "../core/format";
import type { UnitStates } from "./unit-states";

/** A state with all digits that are known: "0.7321", "−12.50". */
export function stateNumber(value: number, places: number): string {
  if (Number.isNaN(value)) return not_a_number;
  const size = Math.abs(value);
  const digits = places > 0 ? size.toFixed(places) : grouped(Math.round(size));
  return value < 0 && Number(digits.replace(/,/g, "")) !== 0 ? `−${digits}` : digits;
}

/** Which unit of its layer it is: "unit 17". */
export function unitName(states: UnitStates, unit: number): string {
  return `unit ${states.facts.index[unit] ?? unit}`;
}

/** "0.7321"; "not here yet". */
export function stateWords(states: UnitStates, step: number, unit: number): string {
  const value = states.value(step, unit);
  return value === null ? "not here yet" : stateNumber(value, states.places(unit));
}

/** "“e”, character 43". */
export function placeWords(characters: readonly string[], position: number): string {
  return `“${visible(characters[position] ?? "")}”, character ${position + 1}`;
}

/** A unit's least and largest state on the text, and their mean: "−0.9960", "0.9981", "0.0312". */
export function rangeNumbers(states: UnitStates, unit: number) {
  const { low, high, mean } = states.facts;
  const said = (each: Float64Array) => stateNumber(each[unit] ?? Number.NaN, states.places(unit));
  return { low: said(low), high: said(high), mean: said(mean) };
}

/** What a reader is told who does not see the strip. */
export function spokenWords(
  characters: readonly string[],
  position: number,
  states: UnitStates,
  step: number,
  unit: number | null,
): string {
  const place = placeWords(characters, position);
  if (unit === null) return `${place}.`;
  return `${capital(unitName(states, unit))}: ${stateWords(states, step, unit)} at ${place}.`;
}

/** The number of units, and that not all of them are here. */
export function unitCount(states: UnitStates): string {
  const { of } = states.facts;
  if (of === states.units) return `${grouped(of)} units`;
  return `${grouped(states.units)} of ${grouped(of)} units, those that change most`;
}

export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the rows are sorted by, where that is what units carry; "" where it is another thing. */
export function orderWords(characters: readonly string[], { facts }: UnitStates): string {
  const { carried, carryError, throughGate } = facts;
  if (carryError !== null) return `In the order of their numbers: ${carryError}`;
  if (carried === null) return "";
  const [end = "", start = ""] = carried.map((p) => placeWords(characters, p));
  const carry = throughGate ? units_let_through : units_carry;
  return `${capital(fill(units_by_share, { carry, start, end }))}.`;
}

/** What a unit carries of what `orderWords` names: "carries 12.3 % from character 2 to 4"; "": not known. */
export function shareWords({ facts }: UnitStates, unit: number): string {
  const { carried, throughGate, shares } = facts;
  const share = shares[unit] ?? Number.NaN;
  if (carried === null || Number.isNaN(share)) return "";
  const [output, input] = carried;
  const verb = throughGate ? "lets through" : "carries";
  return `${verb} ${signedPercent(share)} from character ${input + 1} to ${output + 1}`;
}

/** "12.3 %", "−5.0 %". */
export const signedPercent = (share: number) =>
  share < 0 ? `−${percent(-share)}` : percent(share);
