import { expect, it } from "vitest";
import { css, makePalette, STEPS } from "../../../src/core/color";
import { colouringsOf, mapColors } from "../../../src/state/map-colors";
import {
  charactersOf,
  contextOf,
  nearTo,
  pointsOfToken,
  positionAt,
  symbolName,
  tokensAt,
} from "../../../src/state/map-points";
import { circleAround, placeAt, windowOfAll, zoomed } from "../../../src/state/map-window";
import { factWords, hereWords, nearWords, regionWords } from "../../../src/state/map-words";
import { isInside, PointGrid } from "../../../src/state/point-grid";
import type { Facet } from "../../../src/wire";
import { decodePointMaps, type PointMap } from "../../../src/wire/state-map";
import { FACTS, type MapOptions, mapOf, mapsOf, NO_BYTES } from "../../state-maps";

const PALETTE = makePalette([255, 255, 255], true);
const TEXT = ["a", "b", " ", "a"];
const FACET = {
  starts: Int32Array.of(0, 1, 2, 3),
  ends: Int32Array.of(1, 2, 3, 4),
} as unknown as Facet;

function decoded(options: MapOptions, more: object = {}): PointMap {
  const facet = { ...mapOf(options), ...more };
  const tokens = options.ofTokens?.length ?? options.own ?? facet.steps;
  return decodePointMaps(mapsOf([facet]), [{ tokens }]).facets[0] as PointMap;
}

const PLACES = [
  [0, 0],
  [1000, 500],
  [-1000, 0],
  [0, -500],
] as const;

/** The text "ab a", and "xyz" and "q" as a corpus. */
const WITH_CORPUS: MapOptions = {
  places: [...PLACES, [2000, 1], [2000, 2], [2000, 3], [2000, 4]],
  own: 4,
  symbols: [...TEXT, "x", "y", "z", "q"],
  predicted: ["b", "b", "a", "a", "y", "y", "z", "a"],
  truth: ["b", " ", "a", "", "y", "z", "", ""],
  loss: [0.5, 3, 1, Number.NaN, 0.1, 2, Number.NaN, Number.NaN],
  corpus: "xyzq",
  starts: [0, 3],
  after: [1, 2, 3, 4, 5, 6, 7, 8],
  near: {
    1: [
      [4, 0.75],
      [0, Number.NaN],
    ],
  },
};

/** Points with no order, the same on every machine. */
function scattered(count: number): readonly [Float32Array, Float32Array] {
  let seed = 7;
  const next = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  const x = Float32Array.from({ length: count }, () => 10 * next());
  return [x, Float32Array.from({ length: count }, () => 3 * next() ** 3)];
}

it("finds the nearest point, and none that is farther away, as comparing with all does", () => {
  const [x, y] = scattered(3000);
  const grid = new PointGrid(x, y);
  for (let n = 0; n < 200; n++) {
    const [at, up] = [-1 + 0.06 * n, (n % 17) / 5];
    const within = 0.02 + 0.3 * (n % 3);
    let best: number | null = null;
    let least = within ** 2;
    for (let k = 0; k < x.length; k++) {
      const apart = ((x[k] ?? 0) - at) ** 2 + ((y[k] ?? 0) - up) ** 2;
      if (apart > least || (apart === least && best !== null)) continue;
      [least, best] = [apart, k];
    }
    expect(grid.nearest(at, up, within)).toBe(best);
  }
  const same = new PointGrid(new Float32Array(9).fill(2), new Float32Array(9).fill(-1));
  expect(same.nearest(2, -1, 0.1)).toBe(0);
  expect(
    same.inside([
      [1, -2],
      [3, -2],
      [3, 0],
      [1, 0],
    ]),
  ).toHaveLength(9);
});

it("finds the points inside a polygon, as asking each does", () => {
  const [x, y] = scattered(3000);
  const grid = new PointGrid(x, y);
  const star = Array.from({ length: 10 }, (_, n) => {
    const r = n % 2 === 0 ? 3 : 1;
    return [5 + r * Math.cos(0.628 * n), 1 + r * Math.sin(0.628 * n)] as const;
  });
  const expected = [...x.keys()].filter((n) => isInside(x[n] ?? 0, y[n] ?? 0, star));
  expect(grid.inside(star)).toEqual(expected);
  expect(expected.length).toBeGreaterThan(100);
  expect(expected.length).toBeLessThan(2000);
  expect(grid.inside(star.slice(0, 2))).toEqual([]);
  const square = [
    [0, 0],
    [2, 0],
    [2, 2],
    [0, 2],
  ] as const;
  expect([isInside(1, 1, square), isInside(3, 1, square), isInside(1, -1, square)]).toEqual([
    true,
    false,
    false,
  ]);
});

it("shows all points, and keeps what is under the pointer where it is enlarged", () => {
  const map = decoded({ places: PLACES, symbols: TEXT });
  const all = windowOfAll(map.x, map.y, { width: 236, height: 236 });
  expect(all).toEqual({ left: 118, top: 118, scale: 100 });
  expect(placeAt(all, 218, 68)).toEqual([1, 0.5]);
  const twice = zoomed(all, all, 2, 218, 68);
  expect(placeAt(twice, 218, 68)).toEqual([1, 0.5]);
  expect(twice.scale).toBe(200);
  expect(zoomed(all, all, 1e9, 0, 0).scale).toBe(400 * all.scale);
  const one = windowOfAll(Float32Array.of(3), Float32Array.of(4), { width: 100, height: 60 });
  expect(placeAt(one, 50, 30)).toEqual([3, 4]);
  const circle = circleAround(all, 1, 0.5, 50);
  for (const [x, y] of circle) expect(Math.hypot(x - 1, y - 0.5)).toBeCloseTo(0.5, 9);
});

it("gives the most frequent symbols colours of their own, and the loss a ramp", () => {
  const map = decoded(WITH_CORPUS);
  expect(colouringsOf(map)).toEqual(["symbol", "predicted", "truth", "loss"]);
  const { of, colors, legend } = mapColors(map, "symbol", PALETTE);
  expect(legend.map(({ words, points }) => [words, points])).toEqual([
    ["a", 2],
    ["b", 1],
    ["␣", 1],
    ["x", 1],
    ["y", 1],
    ["z", 1],
    ["q", 1],
  ]);
  expect([of[0], of[3]]).toEqual([1, 1]);
  expect(css(colors[of[1] ?? 0]!)).toBe(legend[1]?.color);
  // What is not known is no class.
  const truth = mapColors(map, "truth", PALETTE);
  expect(truth.of[3]).toBe(0);
  expect(truth.legend.at(-1)).toMatchObject({ words: "others", points: 3 });
  const loss = mapColors(map, "loss", PALETTE);
  expect([loss.cap, loss.of[3]]).toEqual([2, 0]);
  expect(loss.of[1]).toBe(1 + STEPS);
  expect(loss.of[5]).toBe(1 + STEPS);
  expect(loss.of[0]).toBe(1 + Math.round((0.12 + 0.88 * 0.25) * STEPS));
});

it("colours by layer, by a ramp where there are many", () => {
  const two = decoded({ places: PLACES, symbols: ["a", "b"], layers: ["low", "high"] });
  expect(colouringsOf(two)).toEqual(["symbol", "layer"]);
  const { of, legend } = mapColors(two, "layer", PALETTE);
  expect([...of]).toEqual([1, 1, 2, 2]);
  expect(legend.map(({ words }) => words)).toEqual(["low", "high"]);
  const layers = Array.from({ length: 13 }, (_, n) => `layer ${n}`);
  const many = decoded({
    places: layers.map((_, n) => [n, n] as const),
    symbols: ["a"],
    layers,
  });
  const ramp = mapColors(many, "layer", PALETTE);
  expect(ramp.legend).toHaveLength(13);
  expect(ramp.of[12]).toBe(1 + STEPS);
  expect(new Set(ramp.of).size).toBe(13);
});

it("knows the text around each point, of the text and of a corpus", () => {
  const map = decoded(WITH_CORPUS);
  expect(contextOf(map, TEXT, 1)).toEqual({ before: "a", own: "b", after: " a" });
  expect(contextOf(map, TEXT, 4)).toEqual({ before: "", own: "x", after: "yz" });
  expect(contextOf(map, TEXT, 6)).toEqual({ before: "xy", own: "z", after: "" });
  expect(contextOf(map, TEXT, 7)).toEqual({ before: "", own: "q", after: "" });
  expect([tokensAt(map, 3), tokensAt(map, 5)]).toEqual([[3], []]);
  expect([positionAt(map, FACET, 3), positionAt(map, FACET, 5)]).toEqual([3, null]);
  expect(hereWords(map, TEXT, 1)).toBe("…a[b] a…: predicts b; true is ␣ 5.0 %");
  expect(hereWords(map, TEXT, 4)).toBe("…[x]yz…, in the corpus: predicts y 90.5 %, which is true");
});

it("lists the nearest that are known", () => {
  const map = decoded(WITH_CORPUS);
  expect(nearTo(map, 1)).toEqual([{ point: 4, similarity: 0.75 }]);
  expect(nearTo(map, 2)).toBeNull();
  expect(nearWords(map, TEXT, 1, false)).toBe(
    "Nearest to “b”, at least 8 steps away in its text, with the cosine between both states:",
  );
  expect(nearWords(map, TEXT, 2, true)).toBe("Which states are nearest here needs a kernel.");
  expect(factWords({ ...map, waitsFor: "the corpus" })).toBe(
    `${FACTS}. Still to come: the corpus.`,
  );
});

it("lights the characters whose points are in a region, of symbols all of them", () => {
  const map = decoded(WITH_CORPUS);
  expect([...charactersOf(map, FACET, [1, 3, 5], 4)]).toEqual([0, 1, 0, 1]);
  expect(regionWords(map, [1, 3, 5], 2, 4)).toBe(
    "3 points are in the region (b 1, a 1, y 1): 2 of the text’s 4 characters.",
  );
  expect(regionWords(map, [], 0, 4)).toBe("No point is in the region.");
  const places = [
    [0, 0],
    [1, 1],
    [2, 2],
  ] as const;
  const symbols = decoded({ places, symbols: ["a", "b", " "], own: 0, ofTokens: [0, 1, 2, 0] });
  expect([...charactersOf(symbols, FACET, [0], 4)]).toEqual([1, 0, 0, 1]);
  expect([tokensAt(symbols, 0), pointsOfToken(symbols, 2)]).toEqual([[0, 3], [2]]);
  expect([positionAt(symbols, FACET, 2), hereWords(symbols, TEXT, 2)]).toEqual([2, "“␣”"]);
  expect(symbolName("\n")).toBe("↵");
});

it("refuses a map whose parts do not fit each other", () => {
  const wrong = (more: object) => () => decoded(WITH_CORPUS, more);
  expect(wrong({ positions: NO_BYTES })).toThrow("0 coordinates are sent of 8 points.");
  expect(wrong({ own: 9 })).toThrow("The map is of 4 tokens and 8 steps");
  expect(wrong({ source: 2 })).toThrow("The map is of 4 tokens");
  expect(wrong({ names: "|" })).toThrow("The map names the symbol 1 of 1.");
  expect(() => decodePointMaps(mapsOf([]), [{ tokens: 4 }])).toThrow("There are maps of 0 models.");
});
