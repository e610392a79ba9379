// Builds the page into the Python package. Two builds of one source are the same bytes; a test holds the committed ones to that.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  absWorkingDir: here("."),
  entryPoints: ["src/widget.ts"],
  outdir: process.argv[2] ?? here("../rnnviz_widget/static"),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
});
