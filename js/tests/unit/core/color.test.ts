import { describe, expect, it } from "vitest";
import {
  contrast,
  luminance,
  makePalette,
  niceCap,
  type Rgb,
  STEPS,
  stepOf,
  toLab,
} from "../../../src/core/color";

const gray = (v: number): Rgb => [v, v, v];
const GROUNDS: Rgb[] = [
  ...Array.from({ length: 52 }, (_, i) => gray(i * 5)),
  [30, 30, 30],
  [17, 17, 17],
  [253, 246, 227],
  [0, 43, 54],
  [40, 42, 54],
  [255, 0, 0],
  [0, 0, 255],
  [0, 255, 0],
  [120, 118, 119],
];

describe.each([false, true])("palette, signed: %s", (signed) => {
  it("keeps text readable on every step, whatever the ground", () => {
    for (const ground of GROUNDS) {
      const { rising, falling } = makePalette(ground, signed);
      expect(rising.length).toBe(STEPS + 1);
      for (const step of [...rising, ...falling]) {
        expect(contrast(step.ink, step.background)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });

  it("keeps words readable on the ground and on the hatching", () => {
    for (const ground of GROUNDS) {
      const { ink, muted, future, hatch } = makePalette(ground, signed);
      for (const words of [ink, muted, future]) {
        expect(contrast(words, ground)).toBeGreaterThanOrEqual(4.5);
      }
      expect(contrast(future, hatch)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("starts at the ground and goes away from it in even steps of lightness", () => {
    for (const ground of [gray(255), gray(17), gray(30)]) {
      const { rising, falling, dark } = makePalette(ground, signed);
      for (const arm of [rising, falling]) {
        expect(arm[0]?.background).toEqual(ground);
        const lightness = arm.map((step) => toLab(step.background)[0]);
        const even = ((lightness.at(-1) ?? 0) - (lightness[0] ?? 0)) / STEPS;
        expect(Math.sign(even)).toBe(dark ? 1 : -1);
        lightness.slice(1).forEach((value, i) => {
          // Channels are whole numbers and a few hues leave sRGB: even to the eye, not to the bit.
          expect(Math.abs(value - (lightness[i] ?? 0) - even)).toBeLessThan(0.012);
        });
      }
    }
  });

  it("marks what is selected against the ground", () => {
    for (const ground of [gray(255), gray(17), gray(30), [253, 246, 227] as Rgb]) {
      const { accent, mark } = makePalette(ground, signed);
      expect(contrast(accent, ground)).toBeGreaterThanOrEqual(3);
      expect(contrast(mark, ground)).toBeGreaterThanOrEqual(3);
    }
  });
});

it("makes the future quieter than what was read", () => {
  for (const ground of [gray(255), gray(17)]) {
    const { future, ink } = makePalette(ground, false);
    expect(contrast(future, ground)).toBeLessThan(contrast(ink, ground) * 0.7);
  }
});

it("tells the two signs apart for colour-blind readers: one is warmer in blue against yellow", () => {
  for (const ground of [gray(255), gray(17)]) {
    const { rising, falling } = makePalette(ground, true);
    for (let i = STEPS / 4; i <= STEPS; i += STEPS / 8) {
      const up = toLab(rising[i]?.background ?? gray(0));
      const down = toLab(falling[i]?.background ?? gray(0));
      expect(down[2] - up[2]).toBeGreaterThan(0.05);
    }
  }
});

describe("cap", () => {
  it.each([
    [[0.061, 0.147, 0.653], 0.06],
    [[0.25], 0.2],
    [[1], 1],
    [[0.5, 0.499], 0.3],
    [[0.01], 0.01],
    [[0.0079], 0.006],
    [[0.00093, 0.4], 0.0008],
    [[0, 0.12], 0.1],
    [[0.03], 0.03],
    [[], 1],
    [[0, 0], 1],
  ] as const)("for largest shares of %j is %f", (largest, cap) => {
    expect(niceCap(largest)).toBe(cap);
  });

  it("is reached by every facet and never out of proportion", () => {
    for (let share = 1e-6; share <= 1; share *= 1.07) {
      const cap = niceCap([share, 1]);
      expect(cap).toBeLessThanOrEqual(share * (1 + 1e-6));
      expect(share / cap).toBeLessThanOrEqual(2 + 1e-9);
    }
  });
});

it("maps shares to steps in proportion and with their sign", () => {
  expect(stepOf(0 / 0.06)).toBe(0);
  expect(stepOf(0.03 / 0.06)).toBe(STEPS / 2);
  expect(stepOf(0.06 / 0.06)).toBe(STEPS);
  expect(stepOf(0.6 / 0.06)).toBe(STEPS);
  expect(stepOf(-0.03 / 0.06)).toBe(-STEPS / 2);
  expect(stepOf(-1 / 0.06)).toBe(-STEPS);
});

it("knows luminance", () => {
  expect(luminance([255, 255, 255])).toBeCloseTo(1);
  expect(contrast([255, 255, 255], [0, 0, 0])).toBeCloseTo(21);
  expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
});
