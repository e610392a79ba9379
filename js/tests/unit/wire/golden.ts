/** Golden messages that the kernel's side has written. */

import { expect } from "vitest";
import { type Failure, ROW_STEPS, type Row } from "../../../src/wire";

export function expectScores(row: Row | Failure | undefined, scores: readonly number[]): void {
  expect(row).toHaveProperty("values");
  if (row === undefined || "error" in row) return;
  expect(row.values.length).toBe(scores.length);
  scores.forEach((score, t) => {
    const value = ((row.values[t] ?? Number.NaN) * row.peak) / ROW_STEPS;
    expect(Math.abs(value - score)).toBeLessThanOrEqual(row.peak / 999);
  });
  const total = scores.reduce((sum, score) => sum + Math.abs(score), 0);
  expect(total === 0 ? 1 + row.total : row.total / total).toBeCloseTo(1, 5);
}
