// Writes src/live/products-wasm.ts from products.wat: node wasm.mjs. A test holds the committed file to that.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import wabt from "wabt";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The TypeScript file with the assembled module in it. */
export async function assembled() {
  const { parseWat } = await wabt();
  const module = parseWat("products.wat", readFileSync(here("src/live/products.wat"), "utf8"), {
    simd: true,
  });
  module.validate();
  const { buffer } = module.toBinary({});
  return [
    "/** products.wat, assembled by wasm.mjs: generated, not edited. */",
    "export const PRODUCTS =",
    `  "${Buffer.from(buffer).toString("base64")}";`,
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(here("src/live/products-wasm.ts"), await assembled());
}
