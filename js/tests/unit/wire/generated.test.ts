/** What is generated from the kernel's records: all of it is read, and the page's code hangs on it. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Fields } from "../../../src/wire/fields";
import * as generated from "../../../src/wire/generated";
import type { Json } from "../../damaged";
import { bytes } from "../../messages";

const MESSAGES = new URL("../../../../tests/wire/", import.meta.url);
const JS = new URL("../../../", import.meta.url).pathname;

const DECODERS: Readonly<Record<string, (raw: Fields) => unknown>> = {
  _scene: generated.decodeSceneMessage,
  _answer: generated.decodeAnswerMessage,
  _rows: generated.decodeRowsMessage,
  _status: generated.decodeStatus,
  preview: generated.decodePreviewMessage,
  randomised: generated.decodeRandomisedMessage,
  classes: generated.decodeFoundClasses,
  refusal: generated.decodeRefusal,
  strips: generated.decodeStripsMessage,
  swaps: generated.decodeSwaps,
  check: generated.decodeOutputChecks,
  states: generated.decodeStatesWindow,
  link_curve: generated.decodeLinkCurves,
  map: generated.decodeStateMaps,
  map_regions: generated.decodeDrawnRegions,
  color_by: generated.decodeColoringUnits,
  matches: generated.decodeFoundMatches,
};

/** The ways to all keys in a message that tell anything: what is null or empty may be left out. */
function* ways(
  value: unknown,
  before: readonly (string | number)[] = [],
): Generator<typeof before> {
  if (typeof value !== "object" || value === null || value instanceof DataView) return;
  for (const [key, inner] of Object.entries(value)) {
    const way = [...before, Array.isArray(value) ? Number(key) : key];
    const empty = inner === null || (Array.isArray(inner) && inner.length === 0);
    if (!Array.isArray(value) && !empty) yield way;
    yield* ways(inner, way);
  }
}

function without(message: Json, way: readonly (string | number)[]): Json {
  const [key, ...rest] = way as [string, ...string[]];
  if (Array.isArray(message)) {
    return message.map((one, n) => (n === Number(key) ? without(one, rest) : one));
  }
  const { [key]: inner, ...others } = message;
  return rest.length === 0 ? others : { ...others, [key]: without(inner, rest) };
}

function decodedOrRefused(trait: string, message: Json): string {
  try {
    const plain = (_: string, value: unknown) =>
      value instanceof DataView
        ? Array.from({ length: value.byteLength }, (_, i) => value.getUint8(i))
        : typeof value === "number"
          ? String(value)
          : value;
    return JSON.stringify(DECODERS[trait]?.(message), plain);
  } catch (error) {
    return String(error);
  }
}

it.each(readdirSync(MESSAGES).filter((name) => name.endsWith(".json")))(
  "reads every key of %s",
  (file) => {
    const { trait, message } = JSON.parse(
      readFileSync(new URL(file, MESSAGES), "utf8"),
      (_, value: Json) =>
        typeof value?.b64 === "string" ? bytes(Buffer.from(value.b64, "base64")) : value,
    );
    const whole = decodedOrRefused(trait, message);
    expect(whole).not.toMatch(/^Error/);
    for (const way of ways(message)) {
      // What stands in a value or a target is no business of the decoder's, and a version has a check of its own.
      if (["value", "target"].includes(String(way.at(-2))) && trait !== "preview") continue;
      if (way.at(-1) === "version") continue;
      expect(decodedOrRefused(trait, without(message, way)), way.join(".")).not.toBe(whole);
    }
  },
);

it("is what the page's code hangs on: with a field of another name it does not compile", () => {
  const folder = mkdtempSync(join(tmpdir(), "renamed-"));
  try {
    cpSync(join(JS, "src"), join(folder, "js", "src"), { recursive: true });
    symlinkSync(join(JS, "..", "rnnviz_widget"), join(folder, "rnnviz_widget"));
    const config = JSON.parse(readFileSync(join(JS, "tsconfig.json"), "utf8"));
    config.compilerOptions.types = [];
    writeFileSync(
      join(folder, "js", "tsconfig.json"),
      JSON.stringify({ ...config, include: ["src"] }),
    );
    const compile = () =>
      execFileSync(join(JS, "node_modules", ".bin", "tsc"), ["-p", join(folder, "js")], {
        stdio: "pipe",
        encoding: "utf8",
      });
    compile();
    const file = join(folder, "js", "src", "wire", "generated.ts");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replaceAll("targetRank", "rankOfTarget"));
    expect(text).toContain("targetRank");
    let output = "";
    try {
      compile();
    } catch (error) {
      output = String((error as { stdout: string }).stdout);
    }
    expect(output).toMatch(/caption\.ts.*'targetRank' does not exist/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
