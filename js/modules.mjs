// The page's modules: instruments that few readers open. Each is one file of one expression, a function of the code that it
// shares with the first bundle (src/hosts/shared-code.ts): the kernel's page imports it, a saved page has it in a script.
import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { classic, common } from "./bundle.mjs";

const source = join(common.absWorkingDir, "src");
const sharedCode = join(source, "hosts/shared-code.ts");
const list = new URL("../rnnviz_widget/share/modules.json", import.meta.url);

const DECODERS = "src/wire/generated.ts";

/** Their names. */
export const moduleNames = Object.keys(JSON.parse(await readFile(list, "utf8")));

/** What is imported by name from each file of the first bundle that modules share. */
async function sharedNames() {
  const text = await readFile(sharedCode, "utf8");
  const imports = text.matchAll(/^import \{([^}]+)\} from "([^"]+)";$/gm);
  const names = (list) => list.split(",").flatMap((name) => name.trim() || []);
  return new Map(
    [...imports].map(([, list, path]) => [
      `${resolve(join(source, "hosts"), path)}.ts`,
      names(list),
    ]),
  );
}

/** Imports from shared files lead to what the module is handed. */
function fromFirstBundle(shared) {
  return {
    name: "from-first-bundle",
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const names = shared.get(path)?.join(", ");
        return names && { contents: `const { ${names} } = shared;\nexport { ${names} };` };
      }),
  };
}

/** Builds the modules; `first` is what the first bundle is made of, which may not be in a module once more. */
export async function buildModules(first, outdir) {
  const shared = await sharedNames();
  for (const name of moduleNames) {
    const built = await build({
      ...classic,
      stdin: {
        contents: `import module from "./src/modules/${name}";\ngive(module);`,
        resolveDir: common.absWorkingDir,
      },
      plugins: [fromFirstBundle(shared), ...classic.plugins],
      banner: { js: "(shared,give)=>{" },
      footer: { js: "}" },
      metafile: true,
      outfile: join(outdir, `module-${name}.js`),
    });
    const twice = Object.keys(built.metafile.inputs).filter(
      (path) =>
        first.includes(path) &&
        // Of tables and of what decodes messages each has only what it uses.
        !path.endsWith(".json") &&
        path !== DECODERS &&
        !shared.has(resolve(common.absWorkingDir, path)),
    );
    if (twice.length > 0) {
      throw new Error(
        `${twice.join(", ")}: in the first bundle, and in the module ${name} once more; ` +
          `put what is used of it into ${relative(common.absWorkingDir, sharedCode)}`,
      );
    }
  }
}
