import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LiveModels, LONGEST } from "../../../src/live/models";
import { Network } from "../../../src/live/network";
import { type Load, plainLoader, simdLoader } from "../../../src/live/products";
import {
  decodeAnswer,
  decodeScene,
  ROW_STEPS,
  type Row,
  type Scene,
  Unpacked,
} from "../../../src/wire";
import { assembled } from "../../../wasm.mjs";
import { golden, NAMES, specOf } from "../../live-files";

const LOADERS: Record<string, () => Load> = {
  simd: () => simdLoader() as Load,
  plain: plainLoader,
};

const MEASURES = {
  norm: false,
  squared: false,
  embedding_norm: false,
  grad_x_input: true,
};

function scene(kernel: LiveModels, text: string, epoch = 2): Scene {
  return decodeScene(new Unpacked(kernel.scene(epoch, text))) as Scene;
}

function row(kernel: LiveModels, shown: Scene, position: number): number[] {
  const answer = decodeAnswer(new Unpacked(kernel.answer(2, position)), shown);
  const outcome = answer?.facets[0]?.outcome as Row;
  return Array.from(outcome.values, (value) => (value * outcome.peak) / ROW_STEPS);
}

/** True to a step of the wire, and what single precision loses. */
function expectRow(found: readonly number[], right: readonly number[]): void {
  expect(found.length).toBe(right.length);
  const peak = Math.max(...right.map(Math.abs));
  right.forEach((score, t) => {
    expect(Math.abs((found[t] ?? Number.NaN) - score)).toBeLessThanOrEqual(
      peak * (0.5 / ROW_STEPS + 1e-5),
    );
  });
}

describe.each(Object.entries(LOADERS))("models of each kind, with %s products", (_, loader) => {
  it.each(NAMES)("%s gives the kernel's logits", (name) => {
    const { logits, text } = golden(name);
    const spec = specOf(name);
    const network = new Network(spec, loader());
    const ids = Array.from(text, (c) => Math.max(0, spec.inputs.indexOf(c)));
    if (spec.unknown !== null) {
      const fed = spec.inputs.indexOf(spec.unknown);
      Array.from(text).forEach((c, t) => {
        if (!spec.inputs.includes(c)) ids[t] = fed;
      });
    }
    network.read(ids, 0);
    const found = network.logits(ids.map((_, t) => t));
    const largest = Math.max(1, ...logits.flat().map(Math.abs));
    logits.flat().forEach((logit, n) => {
      expect(Math.abs((found[n] ?? Number.NaN) - logit)).toBeLessThan(1e-5 * largest);
    });
  });

  it.each(NAMES)("%s gives the kernel's scene and rows", (name) => {
    const file = golden(name);
    for (const [measure, signed] of Object.entries(MEASURES)) {
      const label = "some words";
      const kernel = new LiveModels(
        [specOf(name, { measure: { name: measure, signed, label, of: "logit" } })],
        loader,
      );
      const shown = scene(kernel, file.text);
      const facet = shown.facets[0]!;
      const names = specOf(name).outputs;
      const called = (classes: Iterable<number>) => Array.from(classes, (k) => facet.classes[k]);
      expect(shown.characters.join("")).toBe(file.text);
      expect(shown.measure).toEqual({ name: measure, signed, label, of: "logit" });
      expect(called(facet.top)).toEqual(file.top.flat().map((k) => names[k]));
      expect(called(facet.target)).toEqual(file.target.map((k) => names[k]));
      expect([...facet.targetRank]).toEqual(file.target_rank);
      expect([...facet.unknown]).toEqual(file.unknown);
      expect(facet.reasons).toEqual(file.reasons);
      facet.targetP.forEach((p, s) => {
        expect(p).toBeCloseTo(file.target_p[s]!, 5);
      });
      file.rows[measure]!.forEach((right, s) => {
        expectRow(row(kernel, shown, s), right.slice(0, s + 1));
      });
    }
  });
});

it.each(NAMES)("%s gives the kernel's rows of every number of a class", (name) => {
  const file = golden(name);
  for (const of of ["logit", "centred", "log_prob"] as const) {
    const measure = { name: "norm", signed: false, label: of, of };
    const kernel = new LiveModels([specOf(name, { measure })], plainLoader);
    const shown = scene(kernel, file.text);
    expect(shown.facets[0]!.measure.of).toBe(of);
    file.rows_of[of].forEach((right, s) => {
      expectRow(row(kernel, shown, s), right.slice(0, s + 1));
    });
  }
});

describe("a text that is typed", () => {
  it.each(NAMES)("of %s is read on from where it changed, to the same effect", (name) => {
    const kernel = new LiveModels([specOf(name)]);
    const texts = [
      "a",
      "ab",
      "ab ",
      "ab c",
      "ab ca",
      "b ca",
      "b cba",
      "",
      "b",
      " cab bb a ".repeat(20),
    ];
    for (const text of texts.filter((each) => each !== "")) {
      const anew = new LiveModels([specOf(name)]);
      const shown = scene(kernel, text);
      expect(kernel.scene(2, text)).toEqual(anew.scene(2, text));
      const last = shown.characters.length - 1;
      expect(kernel.answer(2, last)).toEqual(anew.answer(2, last));
    }
  });

  it("is refused whole where a model can't read it, and the one before stays", () => {
    const kernel = new LiveModels([specOf("lstm"), specOf("gru", { unknown: null })]);
    kernel.scene(2, "ab cab");
    const before = kernel.answer(2, 4);
    expect(() => kernel.scene(3, "ab\nQQ é")).toThrow(
      "tiny does not know a line break, “Q”, “é” (first as character 3); it knows “ abc”.",
    );
    expect(() => kernel.scene(3, "")).toThrow("The text is empty.");
    expect(() => kernel.scene(3, "a".repeat(LONGEST + 1))).toThrow(
      "A text here has at most 2,000 characters; this one has 2,001.",
    );
    expect(kernel.answer(2, 4)).toEqual(before);
  });

  it("of numbers that overflow is refused, and the one before stays", () => {
    const spec = specOf("rnn-relu");
    // The last input symbol's embedding, large enough that logits leave single precision.
    const weights = new DataView(spec.weights.buffer.slice(0) as ArrayBuffer);
    for (let d = 9; d < 12; d++) weights.setUint16(2 * d, 0x7c00, true);
    const kernel = new LiveModels([{ ...spec, weights }]);
    kernel.scene(2, "ab");
    const before = kernel.answer(2, 1);
    expect(() => kernel.scene(3, "abc")).toThrow(
      "tiny gives logits that are not finite, first at 2",
    );
    expect(kernel.answer(2, 1)).toEqual(before);
  });
});

it("holds the assembled products as their text says", async () => {
  const file = new URL("../../../src/live/products-wasm.ts", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(await assembled());
});

it("multiplies matrices of any size alike", () => {
  for (const [rows, cols, count] of [
    [1, 1, 1],
    [3, 5, 2],
    [4, 4, 3],
    [9, 2, 130],
    [6, 7, 65],
  ] as const) {
    const values = Float32Array.from({ length: rows * cols }, (_, i) => Math.sin(i));
    const x = Float32Array.from({ length: count * cols }, (_, i) => Math.cos(3 * i));
    const load = simdLoader()!;
    load(5, 3, new Float32Array(15).fill(9));
    const matrix = load(rows, cols, values);
    matrix.times(x, count);
    load(7, 5, new Float32Array(35).fill(9));
    const [one, other] = [
      matrix.times(x, count),
      plainLoader()(rows, cols, values).times(x, count),
    ];
    expect(one.length).toBe(count * rows);
    one.forEach((y, n) => {
      expect(y).toBeCloseTo(other[n]!, 5);
    });
  }
});
