import { expect, it } from "vitest";
import { explanations, pictureSentence, rankOf } from "../../../src/state/caption";
import { makeHeat } from "../../../src/state/heat";
import { previewScene } from "../../../src/state/preview-scene";
import { decodePreview, decodeScene, type Scene } from "../../../src/wire";
import {
  type PreviewOptions,
  previewMessage,
  type RowOrError,
  sceneMessage,
  scoresOf,
} from "../../messages";

const BOTH = [scoresOf(0, 4), scoresOf(1, 4)];
const scene = decodeScene(sceneMessage({ target: "truth" }))!;
const previewed = (
  rows: readonly RowOrError[],
  options: Partial<PreviewOptions> = {},
  of = scene,
) => previewScene(of, decodePreview(previewMessage(4, rows, { serial: 1, ...options }), of)!);
const said = (of: Scene, position: number) =>
  explanations(of.facets, position).map(({ target, reason }) => `${target}, ${reason}`);

it("tells what is looked at where it is looked at, and the scene's own elsewhere", () => {
  const before = structuredClone(scene);
  const found = previewed(BOTH);
  expect(said(found, 4)).toEqual(["legal, chosen", "legal, chosen"]);
  expect(said(found, 3)).toEqual(said(scene, 3));
  expect(rankOf(found.facets[0]!, 4)).toBe("2nd");
  expect(found.facets[0]!.targetP[4]).toBeCloseTo(0.076);
  expect(found.measure.label).toBe("L2");
  expect(scene).toEqual(before);
});

it("knows a class that the scene has not named, and still what stands for none", () => {
  const ready = decodeScene(sceneMessage({ facets: [{ top: Array(11).fill([0, 4, 4]) }] }))!;
  const found = previewed([BOTH[0]!], { name: "<b>" }, ready).facets[0]!;
  expect(found.classes.slice(-1)).toEqual(["<b>"]);
  expect([...found.top.slice(0, 3)].map((index) => found.classes[index])).toEqual([
    "learning",
    undefined,
    undefined,
  ]);
  expect(rankOf({ ...found, targetRank: new Int32Array(11) }, 4)).toBe("not in the best 1");
});

it("is a contrast for as long, in a scene that has none, and the other way round", () => {
  const found = previewed(BOTH, { signed: true, rival: "level" });
  expect(said(found, 4)[0]).toBe("legal rather than level, chosen");
  expect(said(found, 3)[0]).toBe("learning, the word being typed");
  expect(found.measure.signed).toBe(true);
  const facets = [{ rival: 1 }, { rival: 1 }];
  const contrast = decodeScene(sceneMessage({ signed: true, facets }))!;
  expect(said(contrast, 4)[0]).toBe("learning rather than legal, the word being typed");
  const plain = previewed(BOTH, { name: "level" }, contrast);
  expect(said(plain, 4)[0]).toBe("level, chosen");
  expect(said(plain, 3)[0]).toBe("learning rather than legal, the word being typed");
  expect(plain.measure.signed).toBe(false);
});

it("explains nothing where a model can't", () => {
  const preview = decodePreview(previewMessage(4, ["no class", BOTH[1]!], { serial: 1 }), scene)!;
  const found = previewScene(scene, preview);
  expect(said(found, 4)).toEqual([", ", "legal, chosen"]);
  const outcomes = preview.facets.map(({ outcome }) => outcome);
  const heat = makeHeat(found.facets, outcomes, 11);
  expect(pictureSentence(found, { shown: 4, facets: outcomes }, heat)).toMatch(
    /GRU predicts learning, 57\.5 %; no class\. LSTM .*; explained: legal, 7\.6 %, 2nd; largest/,
  );
});
