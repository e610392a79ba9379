// Builds the page into the Python package. Two builds of one source are the same bytes; a test holds the committed ones to that.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { palettes } from "./palettes.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const common = {
  absWorkingDir: here("."),
  outdir: process.argv[2] ?? here("../rnnviz_widget/static"),
  bundle: true,
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
};

/** A style sheet, with those that it imports, becomes a string in the script, minified. */
const styleInScript = {
  name: "style-in-script",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const sheet = { ...common, entryPoints: [path], write: false, logLevel: "warning" };
      const { outputFiles } = await build(sheet);
      return { contents: outputFiles[0].text, loader: "text" };
    }),
};

// What Jupyter loads.
await build({ ...common, entryPoints: ["src/hosts/widget.ts"], format: "esm" });
// What a page without Jupyter has in it: one classic script, without or with what runs models.
await build({
  ...common,
  entryPoints: ["src/hosts/page.ts", "src/hosts/live-page.ts"],
  format: "iife",
  plugins: [styleInScript],
  logOverride: { "ignored-bare-import": "silent" },
});
// What Python colours its pictures with.
await writeFile(join(common.outdir, "palettes.json"), await palettes(common.absWorkingDir));
