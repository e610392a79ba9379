/** Golden messages, decoded. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkSentences } from "../../../src/state/check-words";
import { isTypeable } from "../../../src/state/swaps";
import {
  decodeAnswer,
  decodeFoundClasses,
  decodePreview,
  decodeRefused,
  decodeRows,
  decodeScene,
  decodeStatus,
  decodeStrips,
  decodeSwaps,
  type Row,
} from "../../../src/wire";
import { WireError } from "../../../src/wire/fields";
import { decodeOutputChecks } from "../../../src/wire/generated";
import { decodeSearchReply, type FacetSearch } from "../../../src/wire/matches";
import { decodeRandomised, type RandomisedFacet } from "../../../src/wire/randomised";
import { decodePointMaps, type PointMap } from "../../../src/wire/state-map";
import { decodeUnitWindows, type LayerWindow } from "../../../src/wire/states";
import { expectLinkCurves } from "../../link-curves";
import { bytes } from "../../messages";
import { expectScores } from "./golden";
import { checkColoring, checkRegions } from "./golden-choices";

const FOLDER = new URL("../../../../tests/wire/", import.meta.url);

// biome-ignore lint/suspicious/noExplicitAny: golden files are plain JSON of many shapes
type Json = any;

/** A golden file, its bytes at an offset that no typed array would accept. */
function golden(name: string, offset: number): Json {
  return JSON.parse(readFileSync(new URL(name, FOLDER), "utf8"), (_, value) =>
    typeof value?.b64 === "string" ? bytes(Buffer.from(value.b64, "base64"), offset) : value,
  );
}

const CHECKS: Record<string, (file: Json) => void | Promise<void>> = {
  _scene({ message, expect: { facets } }) {
    const scene = decodeScene(message);
    expect(scene?.epoch).toBe(message.epoch);
    expect(scene?.characters.join("")).toBe(message.text);
    expect(scene?.measure).toEqual(facets[0].measure);
    expect(scene?.target).toEqual(message.target);
    expect(scene?.editable).toBe(message.editable);
    scene?.facets.forEach((facet, i) => {
      const wanted = facets[i];
      const spans = wanted.spans ?? wanted.target.map((_: number, t: number) => [t, t + 1]);
      const { name, note, engine, truth } = message.facets[i];
      const { classes, measure } = wanted;
      expect(facet).toMatchObject({ name, note, engine, classes, truth, measure });
      const mask = spans.map((_: number[], s: number) =>
        spans.map((_: number[], t: number) => Number(facet.reads.reads(s, t))),
      );
      expect(mask).toEqual(wanted.reads);
      expect(facet.causal).toBe(mask.every((row: number[], s: number) => !row.includes(1, s + 1)));
      expect([...facet.unknown]).toEqual(message.facets[i].unknown);
      expect([...facet.starts]).toEqual(spans.map((span: number[]) => span[0]));
      expect([...facet.ends]).toEqual(spans.map((span: number[]) => span[1]));
      expect([...facet.top]).toEqual(wanted.top.flat());
      expect([...facet.topP]).toEqual(wanted.top_p.flat());
      expect([...facet.target]).toEqual(wanted.target);
      expect([...facet.targetP]).toEqual(wanted.target_p);
      expect([...facet.targetRank]).toEqual(wanted.target_rank);
      const reasons = wanted.reason.map((n: number) => message.facets[i].reasons[n]);
      expect(facet.reasons).toEqual(reasons);
      if (wanted.rivals === null) {
        expect(facet.rivals).toBeNull();
      } else {
        expect([...facet.rivals!.target]).toEqual(wanted.rivals.target);
        expect([...facet.rivals!.p]).toEqual(
          wanted.rivals.p.map((p: number | null) => p ?? Number.NaN),
        );
        expect([...facet.rivals!.rank]).toEqual(wanted.rivals.rank);
      }
    });
    expect(scene?.facets.length).toBe(facets.length);
  },

  _answer({ message, signed, causal, expect: { rows } }) {
    const shape = { tokens: 9, causal };
    const answer = decodeAnswer(message, { measure: { signed }, facets: rows.map(() => shape) });
    expect(answer).toMatchObject({ epoch: message.epoch, position: message.position });
    rows.forEach((scores: number[] | null, i: number) => {
      const { row, outcome } = answer?.facets[i] ?? {};
      expect(row).toBe(message.facets[i].row);
      if (scores === null) {
        expect(outcome).toEqual({ error: message.facets[i].error });
        return;
      }
      expectScores(outcome as Row, scores);
      expect(outcome).toHaveProperty("from", message.facets[i].from ?? 0);
    });
  },

  async _rows({ message, signed, causal, inputs, expect: { facets } }) {
    const shape = { tokens: inputs, causal };
    const rows = await decodeRows(message, {
      measure: { signed },
      facets: facets.map(() => shape),
    });
    expect(rows).toMatchObject({ epoch: message.epoch, complete: message.complete });
    facets.forEach((known: Record<string, number[]>, i: number) => {
      for (let s = 0; s < inputs; s++) {
        const scores = known[s];
        expect(rows.facets[i]?.has(s)).toBe(scores !== undefined);
        if (scores === undefined) expect(rows.facets[i]?.row(s)).toBeUndefined();
        else expectScores(rows.facets[i]?.row(s), scores);
      }
    });
  },

  preview({ message, causal, expect: { rows, targets } }) {
    const shape = { tokens: 9, causal };
    const preview = decodePreview(message, { facets: rows.map(() => shape) });
    const { epoch, position, serial, measure } = message;
    expect(preview).toMatchObject({ epoch, position, serial, measure });
    expect(preview?.explained).toEqual(targets);
    rows.forEach((scores: number[] | null, i: number) => {
      const outcome = preview?.facets[i]?.outcome;
      if (scores === null) expect(outcome).toEqual({ error: message.facets[i].error });
      else expectScores(outcome as Row, scores);
    });
  },

  randomised({ message, expect: { rows, correlations, expected } }) {
    const facets = rows.map(() => ({ tokens: 9, causal: true }));
    const found = decodeRandomised(message, { measure: { signed: false }, facets });
    expect(found).toMatchObject({ epoch: message.epoch, position: message.position });
    for (const [i, scores] of rows.entries()) {
      const one = found.weights[i] as RandomisedFacet;
      expect(found.classes[rows.length - 1 - i]).toEqual(one);
      expect(one.target?.name ?? null).toBe(scores === null ? null : "the");
      if (scores === null) expect(one.outcome).toEqual({ error: message.weights[i].error });
      else expectScores(one.outcome as Row, scores);
      const [raw, over] = correlations[i];
      expect([one.correlation, one.overExpected]).toEqual([raw ?? Number.NaN, over ?? Number.NaN]);
      expect(one.expected && [...one.expected]).toEqual(expected[i]);
    }
  },

  classes: ({ message }) => expect(decodeFoundClasses(message)).toEqual(message),

  refusal({ message }) {
    const { serial, refused, unknown = [] } = message;
    const kind = "text";
    expect(decodeRefused(kind, message)).toEqual({ kind, serial, refused, unknown });
  },

  strips({ message, expect: wanted }) {
    const strips = decodeStrips(message);
    expect(strips).toMatchObject({ epoch: message.epoch, position: message.position });
    const plain = strips?.facets.map((strip) => {
      if (strip === null) return null;
      const { classes, p, best, bestP } = strip;
      return { classes, p: [...p], best, best_p: [...bestP] };
    });
    expect(plain).toEqual(wanted.facets);
  },

  swaps({ message, expect: wanted }) {
    const swaps = decodeSwaps(message);
    const { epoch, serial, position, input } = message;
    expect(swaps).toMatchObject({ epoch, serial, position, input });
    const [first, alone, awaited, failed] = swaps?.facets ?? [];
    const found = first!.swaps!;
    const plain = (values: Float64Array) => [...values].map((v) => (Number.isNaN(v) ? null : v));
    expect(found.symbols).toEqual(wanted.symbols);
    expect(plain(found.numbers)).toEqual(wanted.numbers);
    expect(plain(found.predicted)).toEqual(wanted.predicted);
    expect([found.frequency, found.plausible!].map(({ shares }) => plain(shares))).toEqual(
      wanted.shares,
    );
    expect(found.symbols.map((_, n) => isTypeable(found, n))).toEqual(wanted.typeable);
    expect(found.note).toBe("a <note>");
    expect(alone?.swaps).toMatchObject({ kind: "number", plausible: null, target: null });
    expect(awaited).toEqual({ done: 0.25, swaps: null, error: null });
    expect(failed).toEqual({ done: 1, swaps: null, error: "ValueError: <b>no" });
  },

  map({ message, expect: { places, names } }) {
    const shapes = [2, 2, 9].map((tokens) => ({ tokens }));
    const { facets, ...found } = decodePointMaps(message, shapes);
    expect(found).toEqual({ epoch: 3, serial: 12, method: "pca", methods: ["pca", "umap"] });
    const [one, symbols, failed] = facets as [PointMap, PointMap, unknown];
    expect([...one.x].map((x, n) => [x, one.y[n]])).toEqual(places);
    expect(one).toMatchObject({ names, own: 2, source: 1, waitsFor: "the corpus" });
    expect(one.further.join("")).toBe("<b>x");
    expect([...one.loss]).toEqual([0.5, Number.NaN, 2]);
    expect([...one.near.points]).toEqual([1, 2, 5, 3]);
    expect([...one.near.similarity]).toEqual([0.5, Number.NaN, 1, -0.25]);
    expect([symbols.count, symbols.waitsFor, symbols.near.asked]).toEqual([3, null, 0]);
    expect(failed).toEqual({ error: "no layer of <b> has states" });
  },

  states({ message, expect: { values, curve, quantum } }) {
    const shapes = [9, 9, 9].map((tokens) => ({ tokens }));
    const { facets, ...found } = decodeUnitWindows(message, shapes);
    const { epoch, serial, first, after } = message;
    const by = "contribution";
    expect(found).toEqual({ epoch, serial, first, after, by, models: [0, 1, 2] });
    const [one, alone, failed] = facets as [LayerWindow, LayerWindow, unknown];
    expect([...one.values]).toEqual(values.flat());
    expect([...one.curve!]).toEqual(curve);
    for (const [n, each] of quantum.entries()) expect(one.quantum[n]).toBeCloseTo(each, 7);
    expect([...one.index]).toEqual([3, 69999]);
    expect([...one.order]).toEqual([1, 0]);
    expect(one).toMatchObject({ layers: ["hidden of layer 0 of <b>", "a b"], of: 70000, start: 4 });
    expect(alone).toMatchObject({ curve: null, curveOf: null, values: new Int16Array() });
    expect(alone.routeError).toBe("it reads <both> ways");
    expect(one.route).toMatchObject({ output: 4, input: 2, connectivity: 0.125 });
    expect(one.route?.check).toMatchObject({ before: 0.125, after: -0.0625 });
    expect(one).toMatchObject({ carried: [4, 2], throughGate: true });
    expect([...one.shares]).toEqual([0.75, -0.25]);
    expect([...alone.shares]).toEqual([Number.NaN, Number.NaN]);
    expect(alone.carryError).toBe("<b> carries nothing");
    expect(one.route?.layers.map(({ shares }) => [...shares])).toEqual([
      [0.75, 1.5],
      [0.25, -0.5],
    ]);
    expect(failed).toEqual({ error: "no layer of <b> has states" });
  },

  matches({ message, expect: wanted }) {
    const { facets, search, selected, visited, progress } = decodeSearchReply(message, 2);
    const [one, failed] = facets as [FacetSearch, unknown];
    expect({ units: one.units, low: one.low }).toEqual(wanted);
    expect(one.matches.map(({ truth }) => truth?.name)).toEqual(["the", undefined]);
    expect(one.matches.map(({ text, contextStart }) => [text, contextStart])).toEqual([
      [3, 0],
      [null, 7],
    ]);
    expect(search).toMatchObject({ start: 4, layers: ["a b", ""], corpus: true, threshold: null });
    expect([selected, visited?.left]).toEqual(["ab", "the text \u{1f600}"]);
    expect(progress).toEqual({ share: 0.25, words: "GRU reads <b>.txt" });
    expect(failed).toEqual({ error: "no layer of <b> has states" });
    expect(() => decodeSearchReply(message, 3)).toThrow(WireError);
  },

  map_regions: checkRegions,
  color_by: checkColoring,
  link_curve: ({ message, expect: { scores } }) => expectLinkCurves(message, scores),

  check({ message, expect: { sentences } }) {
    const { epoch, position, serial, facets } = decodeOutputChecks(message);
    expect({ epoch, position, serial }).toEqual({
      epoch: message.epoch,
      position: message.position,
      serial: message.serial,
    });
    facets.forEach((found, i) => {
      if ("error" in found) expect(found).toEqual(message.facets[i]);
      else {
        expect(found).toMatchObject(message.facets[i]);
        expect(checkSentences(`GRU ${i}`, found)).toEqual(sentences[i]);
      }
    });
    expect(facets.filter((found) => "error" in found)).toHaveLength(1);
  },

  _status({ message, expect: wanted }) {
    expect(decodeStatus(message)).toMatchObject({ ...message, ...wanted });
  },
};

describe("golden messages", () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

  it("are there for every trait", () => {
    const traits = new Set(names.map((name) => golden(name, 0).trait));
    expect([...traits].sort()).toEqual(Object.keys(CHECKS).sort());
  });

  it.each(names.flatMap((name) => [0, 1, 3].map((offset) => ({ name, offset }))))(
    "$name, bytes at offset $offset",
    async ({ name, offset }) => {
      const file = golden(name, offset);
      await CHECKS[file.trait]?.(file);
    },
  );
});
