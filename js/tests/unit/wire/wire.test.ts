import { describe, expect, it } from "vitest";
import {
  decodeAnswer,
  decodeFoundClasses,
  decodePreview,
  decodeRows,
  decodeScene,
  decodeTarget,
  type Row,
  WireError,
} from "../../../src/wire";
import {
  allRows,
  answerMessage,
  bytes,
  floats,
  ints,
  rowsMessage,
  sceneMessage,
  scoresOf,
} from "../../messages";
import { expectScores } from "./golden";

describe("scene", () => {
  it("counts code points, not UTF-16 units", () => {
    const scene = decodeScene(sceneMessage({ text: "a😀é\u{1d11e}z" }));
    expect(scene?.characters).toEqual(["a", "😀", "é", "\u{1d11e}", "z"]);
    expect(scene?.facets[0]?.tokens).toBe(5);
  });

  it("is null before the kernel has set one", () => {
    expect(decodeScene({})).toBeNull();
    expect(decodeScene(undefined)).toBeNull();
    expect(decodeScene(null)).toBeNull();
  });

  it("says in words that it is of another version", () => {
    const scene = { ...sceneMessage(), version: 7 };
    expect(() => decodeScene(scene)).toThrow(WireError);
    expect(() => decodeScene(scene)).toThrow(
      /of version 7 and this page reads version 6.*Restart the kernel/s,
    );
  });

  it("takes bytes as base64 where a host loses them, and names what is not", () => {
    const scene = sceneMessage();
    const facet = (scene["facets"] as Record<string, unknown>[])[0]!;
    facet["target"] = { b64: btoa("\x00\x01\x02\x03\x00\x00\x00\x00\x00\x00\x00") };
    expect([...decodeScene(scene)!.facets[0]!.target].slice(0, 4)).toEqual([0, 1, 2, 3]);
    facet["target"] = { b64: "no base64!" };
    expect(() => decodeScene(scene)).toThrow("target is not base64.");
  });

  it("refuses bytes of the wrong length and names them", () => {
    const scene = sceneMessage();
    (scene["facets"] as Record<string, unknown>[])[0]!["target_p"] = floats([1]);
    expect(() => decodeScene(scene)).toThrow(/^top has \d+ bytes for 3 numbers\.$/);
  });

  it.each([
    [
      "the token that holds a position",
      [
        [0, 2],
        [2, 5],
      ],
      [0, 0, 1, 1, 1],
    ],
    [
      "the last before it, where none does",
      [
        [0, 1],
        [3, 4],
      ],
      [0, 0, 0, 1, 1],
    ],
    [
      "the first, before all of them",
      [
        [2, 3],
        [3, 5],
      ],
      [0, 0, 0, 1, 1],
    ],
    [
      "tokens without characters only where nothing holds",
      [
        [0, 0],
        [0, 2],
        [2, 5],
      ],
      [1, 1, 2, 2, 2],
    ],
    [
      "the last of several in one character",
      [
        [0, 1],
        [1, 2],
        [1, 2],
        [2, 5],
      ],
      [0, 2, 3, 3, 3],
    ],
  ] as const)("finds %s", (_, spans, wanted) => {
    const scene = decodeScene(sceneMessage({ text: "abcde", facets: [{ spans }] }));
    expect([...(scene?.facets[0]?.tokenAt ?? [])]).toEqual(wanted);
  });
});

describe("a target", () => {
  it.each([null, "truth", "top", ["top"], ["a", "b"], [{ choice: "truth" }, "truth"]])(
    "may be %j",
    (target) => {
      expect(decodeTarget(target)).toEqual(target);
      expect(decodeScene({ ...sceneMessage(), target })?.target).toEqual(target);
    },
  );

  it.each(["a", 3, [], ["a", "b", "c"], [3], [{ choice: "a" }], { choice: "top" }])(
    "can't be %j",
    (target) => {
      expect(() => decodeTarget(target)).toThrow(WireError);
    },
  );

  it("need not be told", () => {
    expect(decodeScene(sceneMessage())?.target).toBeNull();
    expect(decodePreview({}, { facets: [] })).toBeNull();
    expect(decodeFoundClasses(undefined)).toBeNull();
  });
});

describe("rows", () => {
  const scene = decodeScene(sceneMessage({ text: "abcdefghij", facets: [{}] }))!;

  it("of a causal model are a triangle", async () => {
    const rows = await decodeRows(await rowsMessage(10, [allRows(0, 10)]), scene);
    for (let s = 0; s < 10; s++) expectScores(rows.facets[0]?.row(s), scoresOf(0, s));
    expect(rows.facets[0]?.row(10)).toBeUndefined();
    expect(rows.facets[0]?.row(-1)).toBeUndefined();
  });

  it("may be none at all", async () => {
    const rows = await decodeRows(await rowsMessage(10, [new Map()]), scene);
    expect(rows.facets[0]?.has(0)).toBe(false);
    const empty = { known: bytes(new Uint8Array()), peak: floats([]), total: floats([]) };
    const message = { epoch: 1, complete: false, facets: [{ ...empty, data: ints([]) }] };
    expect((await decodeRows(message, scene)).facets[0]?.has(3)).toBe(false);
  });

  it("that are shorter than they say are refused", async () => {
    const message = await rowsMessage(10, [allRows(0, 9)]);
    (message["facets"] as Record<string, unknown>[])[0]!["known"] = bytes(
      Uint8Array.of(0xff, 0x03),
    );
    await expect(decodeRows(message, scene)).rejects.toThrow(WireError);
  });
});

describe("answer", () => {
  const scene = decodeScene(sceneMessage())!;

  it("undoes the zigzag of a signed measure", () => {
    const scores = [1, -1, 0.5, -0.5, 0, -0.002, 0.002];
    const signed = decodeScene(sceneMessage({ signed: true }))!;
    const answer = decodeAnswer(answerMessage(6, [scores], { signed: true }), signed);
    const row = answer?.facets[0]?.outcome as Row;
    expect([...row.values]).toEqual([500, -500, 250, -250, 0, -1, 1]);
  });

  it("may be a row of zeros", () => {
    const row = decodeAnswer(answerMessage(2, [[0, 0, 0]]), scene)?.facets[0]?.outcome as Row;
    expect(row).toEqual({ from: 0, peak: 0, total: 0, values: new Int16Array(3) });
  });

  it.each([null, undefined, Number.NaN, "inf"])(
    "with a peak of %s is an error in words",
    (peak) => {
      const message = answerMessage(1, [[1, 2]]);
      (message["facets"] as Record<string, unknown>[])[0]!["peak"] = peak;
      expect(decodeAnswer(message, scene)?.facets[0]?.outcome).toEqual({
        error: "The gradient is not a finite number.",
      });
    },
  );

  it("is null before there is one", () => {
    expect(decodeAnswer({}, scene)).toBeNull();
  });
});

describe("a part of a row", () => {
  const scene = decodeScene(sceneMessage({ facets: [{}, { causal: false }] }))!;
  const scores = scoresOf(0, 6);
  const part = (from: unknown, length = 4) => {
    const message = answerMessage(6, [scores.slice(-length)]);
    Object.assign((message["facets"] as object[])[0]!, { from });
    return message;
  };

  it("holds the inputs from one on to the row's own", () => {
    const row = decodeAnswer(part(3), scene)?.facets[0]?.outcome as Row;
    expect(row.from).toBe(3);
    expectScores(row, scores.slice(3));
    const one = decodeAnswer(part(6, 1), scene)?.facets[0]?.outcome as Row;
    expect(one.from).toBe(6);
  });

  it.each([
    [-1, "from is -1, which is no natural number."],
    [0, "Row 6 has 4 values."],
    [7, "A part of row 6 can't start at input 7."],
    [2.5, "from is 2.5, which is no natural number."],
    [Number.NaN, "from is NaN, which is no natural number."],
    ["3", "from is not a number."],
    [null, "from is not a number."],
    [2, "The part of row 6 from input 2 has 4 values."],
    [4, "The part of row 6 from input 4 has 4 values."],
  ])("from %j is refused in words", (from, words) => {
    expect(() => decodeAnswer(part(from), scene)).toThrow(WireError);
    expect(() => decodeAnswer(part(from), scene)).toThrow(words);
  });

  it("is refused of a model that reads ahead", () => {
    const message = answerMessage(6, [scores, { from: 3, scores: scores.slice(3) }]);
    expect(() => decodeAnswer(message, scene)).toThrow(WireError);
    expect(() => decodeAnswer(message, scene)).toThrow("not causal");
  });
});
