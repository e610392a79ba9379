/** What Python draws without the page is what the page draws: both read tests/picture/*.json. */
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import {
  legendStops,
  makePalette,
  niceCap,
  type Palette,
  type Rgb,
  stepOf,
} from "../../../src/core/color";
import * as format from "../../../src/core/format";
import { shareOn } from "../../../src/core/scales";
import { wordsOf } from "../../../src/core/words";
import {
  explanations,
  pictureSentence,
  sameExplanation,
  textBefore,
} from "../../../src/state/caption";
import { COMPUTING, heatSteps, makeHeat } from "../../../src/state/heat";
import { haveOneMeasure } from "../../../src/state/measures";
import { halfway, memoryOf } from "../../../src/state/memory";
import { decodeAnswer, decodeScene, type Facet, type Row } from "../../../src/wire";
import { bytes } from "../../messages";

const FOLDER = new URL("../../../../tests/picture/", import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: golden files are plain JSON of many shapes
type Json = any;

function golden(name: string): Json {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"), (_, value) =>
    typeof value?.b64 === "string" ? bytes(Buffer.from(value.b64, "base64")) : value,
  );
}

const hexed = (color: Rgb) =>
  `#${color.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;

const grays = [0, 17, 30, 60, 100, 116, 118, 119, 120, 128, 180, 240, 255];
const GROUNDS: readonly Rgb[] = [
  ...grays.map((value): Rgb => [value, value, value]),
  [253, 246, 227],
  [0, 43, 54],
  [40, 42, 54],
  [255, 0, 0],
  [0, 0, 255],
  [0, 255, 0],
  [120, 118, 119],
  [13, 17, 23],
];

function described(on: Rgb, signed: boolean) {
  const palette = makePalette(on, signed);
  const { ground, ink, muted, line, hatch, future, accent, mark } = palette;
  const words = (colors: readonly Rgb[]) => colors.map(hexed).join(" ");
  const steps = (arm: Palette["rising"]) =>
    arm.map((step) => hexed(step.background) + hexed(step.ink)).join(" ");
  return {
    ground: on,
    signed,
    dark: palette.dark,
    named: words([ground, ink, muted, line, hatch, future, accent, mark]),
    rising: steps(palette.rising),
    falling: steps(palette.falling),
    bar: words(legendStops(palette, signed)),
  };
}

describe("colours", () => {
  const { caps, steps } = golden("colors");

  // Written anew by `npx vitest run -u tests/unit/state/picture.test.ts`, a part of `make golden`.
  it("are as written down, on grounds of any kind", async () => {
    const both = GROUNDS.flatMap((ground) => [described(ground, false), described(ground, true)]);
    const file = new URL("palettes.json", FOLDER).pathname;
    await expect(`${JSON.stringify(both)}\n`).toMatchFileSnapshot(file);
  });

  it("hang on the last digits of no root, which every browser has its own way to take", () => {
    const wanted = GROUNDS.map((ground) => described(ground, true));
    const root = Math.cbrt;
    for (const part of [1 - 1e-12, 1 + 1e-12]) {
      vi.spyOn(Math, "cbrt").mockImplementation((value) => root(value) * part);
      expect(GROUNDS.map((ground) => described(ground, true))).toEqual(wanted);
      vi.restoreAllMocks();
    }
  });

  it("are full at the same shares", () => {
    for (const [shares, cap] of caps) expect(niceCap(shares), String(shares)).toBe(cap);
  });

  it("have the same steps, also on the edge between two", () => {
    for (const [share, cap, step] of steps) expect(stepOf(share / cap) + 0, share).toBe(step);
  });
});

describe("words", () => {
  const written = golden("words");

  it.each([
    ["percent", format.percent],
    ["round", format.roundPercent],
    ["quantity", format.quantity],
    ["ordinal", format.ordinal],
    ["visible", format.visible],
  ] as [string, (value: Json) => string][])("%s", (name, write) => {
    expect(written[name].length).toBeGreaterThan(5);
    for (const [value, wanted] of written[name]) expect(write(value), String(value)).toBe(wanted);
  });

  it("the last characters", () => {
    for (const [text, end, wanted] of written.last_characters) {
      expect(format.lastCharacters(Array.from(text as string), end)).toBe(wanted);
    }
  });

  it("characters", () => {
    const { of, square, circled, others } = written.characters;
    const other = new Map<number, string>(others);
    const within = (ranges: number[][]) => {
      const codes = new Set<number>();
      for (const [first = 0, last = 0] of ranges) {
        for (let code = first; code <= last; code++) codes.add(code);
      }
      return codes;
    };
    const [squares, circles] = [square, circled].map(within);
    const wrong: number[] = [];
    for (const code of within(of)) {
      const character = String.fromCodePoint(code);
      const own = circles?.has(code) ? `◌${character}` : (other.get(code) ?? character);
      const drawn = squares?.has(code) ? "□" : own;
      if (format.glyph(character) !== drawn) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });
});

const hatched = ({ reads, leftOut, tokenAt }: Facet, s: number, p: number) =>
  leftOut[p] === 1 || !reads.reads(s, tokenAt[p] ?? 0);

describe("scenes", () => {
  it.each(golden("scenes") as Json[])("$name", ({ scene: raw, answer: rows, expect: wanted }) => {
    const scene = decodeScene(raw)!;
    const answer = decodeAnswer(rows, scene)!;
    const outcomes = answer.facets.map(({ outcome }) => outcome);
    const heat = makeHeat(scene.facets, outcomes, scene.characters.length);
    const { cap, clipped, zero } = heat;
    expect({ cap, clipped, zero }).toEqual({
      cap: wanted.cap,
      clipped: wanted.clipped,
      zero: wanted.zero,
    });
    const frame = { shown: answer.position, facets: outcomes, pinned: false, pending: null };
    const rest = { silent: false, filled: true, complete: true };
    expect(pictureSentence(scene, { ...frame, ...rest }, heat)).toBe(wanted.sentence);
    const [start, end] = wanted.brush;
    const brushed = pictureSentence(scene, frame, heat, wordsOf(scene.characters), { start, end });
    expect(brushed).toBe(wanted.brushed);
    expect(textBefore(scene, answer.position)).toBe(wanted.place);
    const said = explanations(scene.facets, answer.position);
    expect(said.every((one) => sameExplanation(one, said[0])) ? said[0] : null).toEqual(
      wanted.shared,
    );
    scene.facets.forEach((facet, i) => {
      const own = wanted.facets[i];
      const s = facet.tokenAt[answer.position];
      expect(s).toBe(own.token);
      expect(answer.facets[i]?.row).toBe(s);
      expect(said[i]).toEqual(own.explanation);
      const part = heat.facets[i];
      if (own.shares === null) {
        expect(part).toBeNull();
        return;
      }
      expect([...part!.shares]).toEqual(own.shares);
      expect(part!.largest).toBe(own.largest);
      expect(part!.elsewhere).toBe(own.elsewhere);
      const future = (p: number) => hatched(facet, s ?? 0, p);
      const steps = [...heatSteps(part!, i, heat.scaling)].map((step, p) =>
        future(p) ? null : step,
      );
      expect(steps).not.toContain(COMPUTING);
      expect(steps).toEqual(own.steps);
    });
    for (const { scale, by, sharpness, at_least: atLeast, steps } of wanted.scaled as Json[]) {
      const words = by === "word" ? wordsOf(scene.characters) : null;
      // Numbers of several measures have no common unit but shares.
      const drawnBy = scale === "one" && !haveOneMeasure(scene.facets) ? "share" : scale;
      const expected = wanted.expected.map((one: number[]) => (t: number) => one[t] ?? 0);
      const options = { scale: drawnBy, sharpness, squared: false, words, expected, atLeast };
      const drawn = makeHeat(scene.facets, outcomes, scene.characters.length, options);
      scene.facets.forEach((facet, i) => {
        const part = drawn.facets[i];
        const s = facet.tokenAt[answer.position] ?? 0;
        const all = part
          ? heatSteps(part, i, drawn.scaling)
          : new Int8Array(scene.characters.length);
        const seen = [...all].map((step, p) => (hatched(facet, s, p) ? null : step));
        expect(seen, `${scale} ${by} ${sharpness} ${atLeast}`).toEqual(steps[i]);
      });
    }
  });
});

describe("tokens of any kind", () => {
  const cases = (golden("tokens") as Json[]).map((one, n) => [n, one] as const);

  it.each(cases)("case %d has the shares, hatching and numbers of Python", (_, one) => {
    const { scene: raw, answer: rows, expect: wanted } = one;
    const scene = decodeScene(raw)!;
    const { outcome, row: s } = decodeAnswer(rows, scene)!.facets[0]!;
    const facet = scene.facets[0]!;
    const position = rows.position as number;
    const words = wordsOf(scene.characters);
    const { length } = scene.characters;
    const plain = makeHeat(scene.facets, [outcome], length);
    const options = { scale: "share", sharpness: 4, squared: false, words } as const;
    const byWord = makeHeat(scene.facets, [outcome], length, options);
    const heat = plain.facets[0]!;
    expect(facet.tokenAt[position]).toBe(s);
    expect([...heat.shares]).toEqual(wanted.shares);
    expect([...byWord.facets[0]!.shares]).toEqual(wanted.by_word);
    for (const [start, end, share] of wanted.on_words) {
      expect(shareOn(heat, { start, end })).toBe(share);
    }
    expect(heat.elsewhere).toBe(wanted.elsewhere);
    expect(halfway(facet.starts, s, heat.tokens)).toBe(wanted.half);
    const seen = scene.characters.flatMap((_, p) => (hatched(facet, s, p) ? [p] : []));
    expect(seen).toEqual(wanted.hatched);
    const frame = { shown: position, facets: [outcome] };
    const [start, end] = one.brush;
    const said = (drawn: typeof plain) =>
      pictureSentence(scene, frame, drawn, words, { start, end });
    expect(said(plain)).toBe(wanted.sentence);
    expect(said(byWord)).toBe(wanted.by_word_sentence);
    const memory = memoryOf(facet, outcome as Row, s, words);
    if (wanted.reach === null) {
      expect(memory).toBeNull();
      return;
    }
    for (const name of ["reach", "before"] as const) {
      expect(memory?.[name], name).toBeCloseTo(wanted[name], 9);
    }
  });
});
