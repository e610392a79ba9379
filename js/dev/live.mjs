// Writes live.ts, bundled as one classic script, to the standard output.
import { build } from "esbuild";
import { classic } from "../bundle.mjs";

const entry = { entryPoints: ["dev/live.ts"], write: false, logLevel: "warning" };
const { outputFiles } = await build({ ...classic, ...entry });
process.stdout.write(outputFiles[0].text);
