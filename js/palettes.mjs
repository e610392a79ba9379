// The colours of pictures that Python draws without the page: those that the page has on a white and on a dark ground.
import { build } from "esbuild";

const GROUNDS = { light: [255, 255, 255], dark: [17, 17, 17] };
const NAMES = ["ground", "ink", "muted", "line", "hatch", "future", "accent", "mark"];

const hexed = (color) => `#${color.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
const words = (colors) => colors.map(hexed).join(" ");

/** As JSON: for each ground the palette of a measure without a sign, and that of a signed one. */
export async function palettes(absWorkingDir) {
  const entryPoints = ["src/core/color.ts"];
  const bundle = { absWorkingDir, entryPoints, bundle: true, format: "esm", write: false };
  const { outputFiles } = await build(bundle);
  const code = Buffer.from(outputFiles[0].text).toString("base64");
  const { makePalette, legendStops } = await import(`data:text/javascript;base64,${code}`);
  const table = (ground, signed) => {
    const palette = makePalette(ground, signed);
    const steps = (arm) => arm.map((one) => hexed(one.background) + hexed(one.ink)).join(" ");
    return {
      ...Object.fromEntries(NAMES.map((name) => [name, hexed(palette[name])])),
      rising: steps(palette.rising),
      falling: steps(palette.falling),
      bar: words(legendStops(palette, signed)),
    };
  };
  const both = (ground) => [table(ground, false), table(ground, true)];
  const all = Object.entries(GROUNDS).map(([theme, ground]) => [theme, both(ground)]);
  return `${JSON.stringify(Object.fromEntries(all), null, 1)}\n`;
}
