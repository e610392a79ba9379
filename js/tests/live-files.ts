/** The golden models under tests/live. */
import { readdirSync, readFileSync } from "node:fs";
import { decodeModel, type ModelSpec } from "../src/live/message";
import { bytes } from "./messages";

const FOLDER = new URL("../../tests/live/", import.meta.url);

export interface Golden {
  readonly message: Record<string, unknown>;
  readonly text: string;
  readonly logits: readonly (readonly number[])[];
  readonly top: readonly (readonly number[])[];
  readonly target: readonly number[];
  readonly target_p: readonly number[];
  readonly target_rank: readonly number[];
  readonly reasons: readonly string[];
  readonly unknown: readonly number[];
  readonly rows: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** By which number of the class is explained. */
  readonly rows_of: Readonly<
    Record<"logit" | "centred" | "log_prob", readonly (readonly number[])[]>
  >;
}

export const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.replace(".json", ""));

/** A golden file, its bytes in the middle of some larger buffer. */
export function golden(name: string, offset = 3): Golden {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8"), (_, value) =>
    typeof value?.b64 === "string" ? bytes(Buffer.from(value.b64, "base64"), offset) : value,
  );
}

export function specOf(name: string, changes: Partial<ModelSpec> = {}): ModelSpec {
  return { ...decodeModel(golden(name).message), ...changes };
}
