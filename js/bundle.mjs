// How the page is bundled, whatever of it.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const common = {
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  bundle: true,
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
  define: { "Number.NaN": "NaN", "Number.POSITIVE_INFINITY": "Infinity" },
};

/** A style sheet, with those that it imports, becomes a string in the script, minified. */
const styleInScript = {
  name: "style-in-script",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await build({ ...common, entryPoints: [path], write: false });
      return { contents: outputFiles[0].text, loader: "text" };
    }),
};

/** One classic script, with its style sheets in it. */
export const classic = {
  ...common,
  format: "iife",
  plugins: [styleInScript],
  logOverride: { "ignored-bare-import": "silent" },
};
