import { expect, it } from "vitest";
import {
  cellAt,
  columnsInView,
  fullSize,
  rowsInView,
  scrollToColumn,
  scrollToRow,
  stripLayout,
} from "../../../src/state/strip-layout";

const LONG = stripLayout({ columns: 10_000, rows: 1024, width: 1046, overview: false });

it("gives each character room for its letter, and each unit some pixels", () => {
  expect(LONG).toMatchObject({ columnWidth: 10, rowHeight: 3, left: 46, height: 20 + 288 + 66 });
  expect(fullSize(LONG)).toEqual({ width: 100_046, height: 3 * 1024 + 86 });
  const few = stripLayout({ columns: 20, rows: 4, width: 1046, overview: false });
  expect(few).toMatchObject({ rowHeight: 16, height: 20 + 64 + 66 });
  expect(stripLayout({ columns: 9, rows: 2, width: 300, overview: false }).left).toBe(34);
});

it("shows as much of the text as fits", () => {
  const of = (columns: number) =>
    stripLayout({ columns, rows: 128, width: 1046, overview: true }).columnWidth;
  expect([of(50), of(200), of(400), of(5000)]).toEqual([10, 5, 2, 1]);
});

it("draws what is in view only, however long the text", () => {
  expect(columnsInView(LONG, { x: 0, y: 0 })).toEqual([0, 100]);
  expect(columnsInView(LONG, { x: 50_005, y: 0 })).toEqual([5000, 5101]);
  expect(columnsInView(LONG, { x: 99_500, y: 0 })).toEqual([9950, 10_000]);
  expect(rowsInView(LONG, { x: 0, y: 0 })).toEqual([0, 96]);
  expect(rowsInView(LONG, { x: 0, y: 3000 })).toEqual([1000, 1024]);
});

it("finds the cell at a place", () => {
  const scroll = { x: 500, y: 30 };
  expect(cellAt(LONG, scroll, { x: 46, y: 20 })).toEqual({ column: 50, row: 10 });
  expect(cellAt(LONG, scroll, { x: 55.9, y: 22.9 })).toEqual({ column: 50, row: 10 });
  expect(cellAt(LONG, scroll, { x: 56, y: 23 })).toEqual({ column: 51, row: 11 });
  // On a name, on a letter, and on the curve.
  expect(cellAt(LONG, scroll, { x: 20, y: 30 })).toEqual({ column: null, row: 13 });
  expect(cellAt(LONG, scroll, { x: 60, y: 10 })).toEqual({ column: 51, row: null });
  expect(cellAt(LONG, scroll, { x: 60, y: 320 })).toEqual({ column: 51, row: null });
});

it("scrolls only as far as it must", () => {
  expect(scrollToColumn(LONG, 300, 40)).toBe(300);
  expect(scrollToColumn(LONG, 300, 29)).toBe(0);
  expect(scrollToColumn(LONG, 0, 500)).toBe(5000 - 495);
  expect(scrollToRow(LONG, 0, 95)).toBe(0);
  expect(scrollToRow(LONG, 0, 96)).toBe(3);
  expect(scrollToRow(LONG, 100, 10)).toBe(30);
});
