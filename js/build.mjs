// Builds the page into the Python package. Two builds of one source are the same bytes; a test holds the committed ones to that.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { classic, common } from "./bundle.mjs";
import { buildModules } from "./modules.mjs";
import { palettes } from "./palettes.mjs";

const outdir =
  process.argv[2] ?? fileURLToPath(new URL("../rnnviz_widget/static", import.meta.url));

// What Jupyter loads.
const { metafile } = await build({
  ...common,
  outdir,
  entryPoints: ["src/hosts/widget.ts"],
  format: "esm",
  metafile: true,
});
// What Jupyter loads when the reader opens an instrument that has a module of its own.
await buildModules(Object.keys(metafile.inputs), outdir);
// The widget of a training's curves: a script and a style sheet of its own.
await build({ ...common, outdir, entryPoints: ["src/hosts/training-curves.ts"], format: "esm" });
// What a page without Jupyter has in it: one classic script, without or with what runs models.
await build({ ...classic, outdir, entryPoints: ["src/hosts/page.ts", "src/hosts/live-page.ts"] });
// What Python colours its pictures with.
await writeFile(join(outdir, "palettes.json"), await palettes(common.absWorkingDir));
