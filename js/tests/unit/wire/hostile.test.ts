/** Messages that nobody would vouch for: refused in words, at once, and with no more memory than was announced. */
import { readdirSync, readFileSync } from "node:fs";
import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { loneSurrogates, wellFormed } from "../../../src/core/surrogates";
import { linkPoints } from "../../../src/state/link-points";
import { hereWords } from "../../../src/state/map-words";
import { readOptions } from "../../../src/state/options";
import { RowStore } from "../../../src/state/row-store";
import {
  decodeAnswer,
  decodeFoundClasses,
  decodePreview,
  decodeRefused,
  decodeRows,
  decodeScene,
  decodeStatus,
  decodeStrips,
  type Scene,
  WireError,
} from "../../../src/wire";
import { decodeColoring } from "../../../src/wire/coloring-units";
import { decodeLinkCurves, decodeOutputChecks } from "../../../src/wire/generated";
import { decodeRegions } from "../../../src/wire/map-regions";
import { decodeSearchReply } from "../../../src/wire/matches";
import { decodeRandomised } from "../../../src/wire/randomised";
import { decodePointMaps } from "../../../src/wire/state-map";
import { decodeUnitWindows } from "../../../src/wire/states";
import { damaged, type Json, random } from "../../damaged";
import { allRows, answerMessage, bytes, ints, rowsMessage, sceneMessage } from "../../messages";

const FOLDER = new URL("../../../../tests/wire/", import.meta.url);
const TEXT = "advanced le";

/** All that is asked of rows while the reader hovers. */
function hoverAll(scene: Scene, store: RowStore): void {
  scene.facets.forEach((facet, i) => {
    for (let p = -1; p <= scene.characters.length; p++) {
      store.at(i, p);
      store.share(i, p, 0);
      store.hasAll(p);
    }
    expect(facet.tokenAt.every((t) => t >= 0 && (t < facet.tokens || facet.tokens === 0))).toBe(
      true,
    );
    expect(facet.top.every((c) => c >= 0 && c <= facet.classes.length)).toBe(true);
    expect(facet.target.every((c) => c >= 0 && c <= facet.classes.length)).toBe(true);
    expect(facet.reasons).toHaveLength(facet.tokens);
  });
}

async function readAll(file: string, message: Json): Promise<void> {
  const { tokens = 9, signed = false } = {};
  const shapes = (causal: boolean) => ({
    measure: { signed },
    facets: Array.from({ length: 4 }, () => ({ tokens, causal })),
  });
  if (file.startsWith("scene")) {
    const scene = decodeScene(message);
    if (scene !== null) hoverAll(scene, new RowStore(scene));
  } else if (file.startsWith("answer")) {
    decodeAnswer(message, shapes(!file.includes("full")));
  } else if (file.startsWith("preview")) {
    decodePreview(message, shapes(true));
  } else if (file.startsWith("randomised")) {
    decodeRandomised(message, shapes(true));
  } else if (file.startsWith("rows")) {
    await decodeRows(message, shapes(file.includes("causal")));
  } else if (file.startsWith("unit-matches")) {
    decodeSearchReply(message, 2);
  } else if (file.startsWith("unit-states")) {
    decodeUnitWindows(message, shapes(true).facets.slice(0, 3));
  } else if (file.startsWith("state-maps")) {
    const { facets } = decodePointMaps(
      message,
      [2, 2, 9].map((tokens) => ({ tokens })),
    );
    facets.forEach((map) => {
      if (!("error" in map)) hereWords(map, ["a", "b"], map.count - 1);
    });
  } else if (file.startsWith("map-regions")) {
    decodeRegions(message, 2);
  } else if (file.startsWith("coloring-units")) {
    decodeColoring(message, 2);
  } else if (file.startsWith("link-curves")) {
    decodeLinkCurves(message).facets.forEach((one) => {
      if (!("error" in one)) linkPoints(one, 1);
    });
  } else if (file.startsWith("check")) {
    decodeOutputChecks(message);
  } else {
    decodeFoundClasses(message);
    decodeRefused("text", message);
    decodeStatus(message);
    decodeStrips(message);
  }
}

describe("a damaged message", () => {
  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".json"))) {
    it(`is refused in words: ${file}`, async () => {
      const { message } = JSON.parse(
        readFileSync(new URL(file, FOLDER), "utf8"),
        (_, value: Json) =>
          typeof value?.b64 === "string" ? bytes(Buffer.from(value.b64, "base64")) : value,
      );
      const next = random(file.length);
      let refused = 0;
      for (let n = 0; n < 400; n++) {
        try {
          await readAll(file, damaged(message, next));
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          expect((error as Error).message).toMatch(/^\w.* .*[.]$/);
          refused += 1;
        }
      }
      expect(refused).toBeGreaterThan(0);
    });
  }
});

describe("rows", () => {
  const scene = decodeScene(sceneMessage({ facets: [{}] })) as Scene;
  const announced = TEXT.length * (TEXT.length + 1);

  async function packed(data: Uint8Array) {
    const message: Json = await rowsMessage(TEXT.length, [allRows(0, TEXT.length)]);
    message.facets[0].data = bytes(data);
    return decodeRows(message, scene);
  }

  it("are taken as they are where they have the size that is known beforehand", async () => {
    const rows = await packed(deflateSync(new Uint8Array(announced)));
    expect(rows.facets[0]?.has(3)).toBe(true);
  });

  it.each([
    ["more", deflateSync(new Uint8Array(announced + 1))],
    ["much more", deflateSync(new Uint8Array(300_000_000), { level: 9 })],
    ["less", deflateSync(new Uint8Array(announced - 1))],
    ["what was cut off", deflateSync(new Uint8Array(announced)).subarray(0, -5)],
    ["nothing", new Uint8Array()],
    ["other bytes", Uint8Array.from({ length: 30 }, (_, i) => i)],
  ])("are refused where they inflate to %s", async (_, data) => {
    await expect(packed(data)).rejects.toBeInstanceOf(WireError);
  });

  it("are inflated a little at a time, so that too many are never held", async () => {
    const most = 300_000_000;
    const data = deflateSync(new Uint8Array(most), { level: 9 });
    let seen = 0;
    const inflater = globalThis.DecompressionStream;
    class Counting {
      readable: ReadableStream<Uint8Array>;
      writable: WritableStream<Uint8Array>;
      constructor() {
        const { readable, writable } = new inflater("deflate");
        this.writable = writable as WritableStream<Uint8Array>;
        this.readable = readable.pipeThrough(
          new TransformStream<Uint8Array, Uint8Array>({
            transform(chunk, controller) {
              seen += chunk.length;
              controller.enqueue(chunk);
            },
          }),
        );
      }
    }
    globalThis.DecompressionStream = Counting as never;
    try {
      await expect(packed(data)).rejects.toThrow(/inflate to more/);
    } finally {
      globalThis.DecompressionStream = inflater;
    }
    expect(seen).toBeGreaterThan(announced);
    expect(seen).toBeLessThan(most / 10);
  });

  it("of more numbers than are ever kept are not begun with", async () => {
    const tokens = 20_000;
    const known = bytes(new Uint8Array(tokens / 8).fill(255));
    const peak = bytes(new Uint8Array(4 * tokens));
    const message = {
      epoch: 1,
      complete: true,
      facets: [{ known, peak, total: peak, data: bytes(new Uint8Array()) }],
    };
    const shapes = { measure: { signed: false }, facets: [{ tokens, causal: false }] };
    await expect(decodeRows(message, shapes)).rejects.toThrow(/400000000 numbers/);
  });
});

describe("a scene", () => {
  it("of tokens that all hold the whole text is read in time that grows with both, not with their product", () => {
    const text = "a".repeat(60_000);
    const spans = Array.from({ length: 60_000 }, () => [0, text.length] as const);
    const scene = decodeScene(sceneMessage({ text, facets: [{ spans }] })) as Scene;
    expect(scene.facets[0]?.tokenAt.every((t) => t === spans.length - 1)).toBe(true);
  });

  it.each([
    ["top", ints([9]), /top/],
    ["target", ints(Array.from(TEXT, () => 9)), /target names 9 of 5/],
    ["reason", ints(Array.from(TEXT, () => 1)), /reason names 1 of 1/],
    ["target", ints(Array.from(TEXT, () => -1)), /target names 4294967295/],
    ["spans", ints(Array.from(TEXT, () => [0, 12]).flat()), /spans names 12 of 12/],
    ["unknown", [11], /unknown is 11/],
    ["k", -1, /k is -1/],
    ["k", 0.5, /k is 0.5/],
  ])("that names by %s what is not there is refused", (name, value, words) => {
    const message: Json = sceneMessage();
    message.facets[0][name] = value;
    expect(() => decodeScene(message)).toThrow(words);
  });
});

it("a row of another length than its place tells is refused", () => {
  const scene = decodeScene(sceneMessage()) as Scene;
  const message: Json = answerMessage(4, [
    [1, 2, 3],
    [1, 2, 3, 4, 5],
  ]);
  expect(() => decodeAnswer(message, scene)).toThrow("Row 4 has 3 values.");
  message.facets[0].row = 11;
  expect(() => decodeAnswer(message, scene)).toThrow(/row is 11/);
});

it("options that are no numbers, or endless ones, are left at their defaults", () => {
  for (const sharpness of [Number.NaN, Number.POSITIVE_INFINITY, 1e308, 0, "7", null, [7]]) {
    expect(readOptions((name) => ({ sharpness })[name as "sharpness"]).sharpness).toBe(4);
  }
  for (const brush of [
    [0, Number.POSITIVE_INFINITY],
    [Number.NaN, 2],
    [3, 2],
    [-1, 2],
    ["0", "1"],
    [0],
    {},
    "ab",
  ]) {
    expect(readOptions((name) => ({ brush })[name as "brush"]).brush).toBeNull();
  }
});

it("halves of surrogate pairs are found by character", () => {
  expect(loneSurrogates("a😀\ud800b\udfff")).toEqual([2, 4]);
  expect(loneSurrogates("\udc00\ud800")).toEqual([0, 1]);
  expect(loneSurrogates("a😀")).toEqual([]);
  expect(wellFormed("a😀\ud800b")).toBe("a😀\ufffdb");
});
