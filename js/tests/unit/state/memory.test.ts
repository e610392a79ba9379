import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { wordsOf } from "../../../src/core/words";
import { meanMemory, memoryOf } from "../../../src/state/memory";
import { readTextMeans, type TextMeans } from "../../../src/state/text-means";
import { decodeScene, ROW_STEPS, type Row } from "../../../src/wire";
import { sceneMessage } from "../../messages";

const FILE = new URL("../../../../tests/picture/memory.json", import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: golden files are plain JSON
const golden = JSON.parse(readFileSync(FILE, "utf8")) as any[];

function sceneOf(text: string, spans: [number, number][]) {
  return decodeScene(sceneMessage({ text, facets: [{ spans }] }))!;
}

const rowOf = (values: number[]): Row => {
  const peak = Math.max(...values) / ROW_STEPS;
  const total = values.reduce((sum, value) => sum + value, 0) / ROW_STEPS;
  return { from: 0, peak, total, values: Int16Array.from(values) };
};

describe.each(golden)("of $text", ({ text, spans, rows, ...wanted }) => {
  const scene = sceneOf(text, spans);
  const words = wordsOf(scene.characters);
  const facet = scene.facets[0]!;

  it("is what rnnviz_widget.memory says", () => {
    rows.forEach((values: number[], s: number) => {
      const memory = memoryOf(facet, rowOf(values), s, words);
      if (wanted.reach[s] === null) {
        expect(memory).toBeNull();
        return;
      }
      expect(memory?.reach).toBeCloseTo(wanted.reach[s], 9);
      expect(memory?.effective).toBeCloseTo(wanted.effective[s], 9);
      expect(memory?.before).toBeCloseTo(wanted.before[s], 9);
      memory?.profile.forEach((share, i) => {
        expect(share).toBeCloseTo(wanted.profile[s][i], 9);
      });
    });
  });

  it("is the mean of all rows over the text, and nothing while one is missing", async () => {
    const signal = new AbortController().signal;
    const read = (missing: number) =>
      new Promise<TextMeans | null>((found) => {
        const row = (_: number, s: number) => (s === missing ? undefined : rowOf(rows[s]));
        readTextMeans(scene, words, row, (_, means) => found(means), signal);
      });
    const known = wanted.reach.filter((reach: number | null) => reach !== null);
    const mean = known.reduce((sum: number, reach: number) => sum + reach, 0) / known.length;
    const means = await read(-1);
    expect(means?.memory).toMatchObject({ reach: expect.closeTo(mean, 9) });
    wanted.lags.forEach((shares: number[], s: number) => {
      shares.forEach((share, t) => {
        expect(means?.lags.at(s, t)).toBeCloseTo(share, 9);
      });
    });
    expect(await read(1)).toBeNull();
  });
});

it("says how far back half of the connectivity lies", () => {
  const scene = decodeScene(sceneMessage({ text: "abcdefgh", facets: [{}] }))!;
  const words = wordsOf(scene.characters);
  const half = (values: number[]) =>
    memoryOf(scene.facets[0]!, rowOf(values), values.length - 1, words)?.half;
  expect(half([50, 0, 0, 0, 50])).toBe(4);
  expect(half([49, 0, 0, 0, 51])).toBe(0);
  expect(half([10, 10, 10, 10, 10])).toBe(2);
  expect(half([0, 0, 7])).toBe(0);
  expect(meanMemory([])).toBeNull();
});
