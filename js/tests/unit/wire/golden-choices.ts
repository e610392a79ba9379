/** Golden messages of what readers and Python choose in the views of units and of maps. */
import { expect } from "vitest";
import { decodeColoring } from "../../../src/wire/coloring-units";
import { type Fields, WireError } from "../../../src/wire/fields";
import { decodeRegions, drawnRegions } from "../../../src/wire/map-regions";

interface Golden {
  readonly message: Fields;
}

const first = (list: unknown) => (list as Fields[])[0];

export function checkRegions({ message }: Golden): void {
  const { serial, regions } = decodeRegions(message, 2);
  const corners = [
    [0, 0],
    [1.5, 0.5],
    [-2.25, 1e-9],
  ];
  expect(serial).toBe(12);
  expect(regions).toEqual([null, { source: "hidden of all <b>", method: "umap", corners }]);
  expect(drawnRegions(regions)).toEqual(message["regions"]);
  expect(drawnRegions([{ ...regions[1]!, corners: [[0, 0]] }])).toEqual([]);
  expect(() => decodeRegions(message, 1)).toThrow(WireError);
  const damaged = { ...message, regions: [{ ...first(message["regions"]), x: [1] }] };
  expect(() => decodeRegions(damaged, 2)).toThrow(WireError);
}

export function checkColoring({ message }: Golden): void {
  expect(decodeColoring(message, 2)).toEqual(message);
  expect(() => decodeColoring(message, 1)).toThrow(WireError);
  const unit = first(message["units"]);
  expect(() => decodeColoring({ ...message, units: [unit, unit] }, 2)).toThrow(WireError);
}
