import { describe, expect, it } from "vitest";
import { crc32, readHalves } from "../../../src/live/bytes";
import { decodeModel } from "../../../src/live/message";
import { WireError } from "../../../src/wire";
import { golden, NAMES } from "../../live-files";
import { bytes } from "../../messages";

describe("a model that was sent", () => {
  it.each(NAMES)("%s is read at any offset", (name) => {
    for (const offset of [0, 1, 3]) {
      const spec = decodeModel(golden(name, offset).message);
      expect(spec.name).toBe("tiny");
      expect(spec.weights.byteOffset).toBe(0);
    }
  });

  const broken: Record<string, (message: Record<string, unknown>) => unknown> = {
    "is missing": () => null,
    "is of version 2 and this page reads version 1": (m) => ({ ...m, version: 2 }),
    "weights has 10 bytes": (m) => ({ ...m, weights: bytes(new Uint8Array(10)) }),
    "weights is not bytes": (m) => ({ ...m, weights: null }),
    "numbers has ": (m) => ({ ...m, numbers: bytes(new Uint8Array(3)) }),
    "do not fit their checksum": (m) => {
      const weights = bytes(new Uint8Array((m["weights"] as DataView).byteLength).fill(7));
      return { ...m, weights };
    },
    "cell is none of gru, lstm, ": (m) => ({
      ...m,
      layers: [{ cell: "gru2", units: 5, depth: 1 }],
    }),
    "a gru has a depth of 2": (m) => ({ ...m, layers: [{ cell: "gru", units: 5, depth: 2 }] }),
    "units is not a size": (m) => ({ ...m, layers: [{ cell: "gru", units: 0, depth: 1 }] }),
    "units is -1, which is no natural number": (m) => ({
      ...m,
      layers: [{ cell: "gru", units: -1, depth: 1 }],
    }),
    "it has no layers": (m) => ({ ...m, layers: [] }),
    "size is 1e+30, which is no natural number": (m) => ({ ...m, size: 1e30 }),
    "inputs is empty": (m) => ({ ...m, inputs: "" }),
    "outputs is not text": (m) => ({ ...m, outputs: [1] }),
    "layers is not a list": (m) => ({ ...m, layers: "gru" }),
    "target is no class": (m) => ({ ...m, target: 6 }),
    "unknown is no input": (m) => ({ ...m, unknown: "z" }),
    "truth is ": (m) => ({ ...m, truth: undefined }),
    "label is not text": (m) => ({ ...m, measure: { name: "x", signed: false } }),
    "measure is x": (m) => ({ ...m, measure: { name: "x", signed: false, label: "" } }),
  };

  it.each(Object.entries(broken))("is refused where it %s", (words, change) => {
    const decode = () => decodeModel(change({ ...golden("gru").message }));
    expect(decode).toThrow(WireError);
    expect(decode).toThrow(words);
    expect(decode).toThrow(/Save the page again/);
  });
});

it("reads half precision exactly", () => {
  const half = new DataView(
    Uint16Array.of(0, 0x8000, 1, 0x3c00, 0xc500, 0x7bff, 0x7c00, 0x03ff, 0x0400).buffer,
  );
  expect([...readHalves(half, 0, 9)]).toEqual([
    0,
    -0,
    2 ** -24,
    1,
    -5,
    65504,
    Number.POSITIVE_INFINITY,
    1023 * 2 ** -24,
    2 ** -14,
  ]);
});

it("takes checksums as zlib does, over several runs", () => {
  const text = (words: string) => new DataView(new TextEncoder().encode(words).buffer);
  expect(crc32(text("123456789"))).toBe(0xcbf43926);
  expect(crc32(text("1234"), text(""), text("56789"))).toBe(0xcbf43926);
});
