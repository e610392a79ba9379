// Turns connectivity data into a kernel-less page, to look at: node dev/page.mjs OUT.html NAME=FILE.json ...
// Each file is a list with one entry an output: {char, target, predict, probability, connectivity (squared)}.
import { readFileSync, writeFileSync } from "node:fs";
import { deflateSync } from "node:zlib";

const [out, ...sources] = process.argv.slice(2);
const bytes = (array) => ({ b64: Buffer.from(array.buffer).toString("base64") });

function facet(name, entries) {
  const classes = [...new Set(entries.flatMap((entry) => [...entry.predict, entry.target]))];
  const index = (label) => classes.indexOf(label);
  const at = (entry) => entry.predict.indexOf(entry.target);
  return {
    name,
    causal: true,
    note: null,
    engine: "as in the file",
    spans: null,
    unknown: [],
    classes: classes.map((name) => `|${name}`).join(""),
    k: 3,
    top: bytes(Int32Array.from(entries.flatMap((entry) => entry.predict.map(index)))),
    top_p: bytes(Float32Array.from(entries.flatMap((entry) => entry.probability))),
    target: bytes(Int32Array.from(entries.map((entry) => index(entry.target)))),
    // The data holds three predictions; of any other class it is only known that it is less likely.
    target_p: bytes(
      Float32Array.from(entries.map((e) => e.probability[at(e)] ?? e.probability[2] / 2)),
    ),
    target_rank: bytes(Int32Array.from(entries.map((entry) => at(entry) + 1 || 4))),
    reasons: ["the word being typed"],
    reason: bytes(new Int32Array(entries.length)),
  };
}

function rows(entries) {
  const norms = entries.map((e, s) => e.connectivity.slice(0, s + 1).map(Math.sqrt));
  const peaks = norms.map((row) => Math.max(...row));
  const values = norms.flatMap((row, s) => row.map((v) => Math.round((500 * v) / peaks[s])));
  const planes = [...values.map((v) => v & 255), ...values.map((v) => v >> 8)];
  return {
    known: bytes(new Uint8Array(Math.ceil(entries.length / 8)).fill(255)),
    peak: bytes(Float32Array.from(peaks)),
    total: bytes(Float32Array.from(norms.map((row) => row.reduce((a, b) => a + b, 0)))),
    data: bytes(new Uint8Array(deflateSync(Uint8Array.from(planes)))),
  };
}

const models = sources.map((source) => {
  const [name, file] = source.split("=");
  return { name, entries: JSON.parse(readFileSync(file, "utf8")) };
});
const label = "L2 norm of the gradient with respect to the one-hot input";
const text = models[0].entries.map((entry) => entry.char).join("");
const state = {
  position: 106,
  pinned: null,
  _scene: {
    version: 3,
    epoch: 1,
    text,
    measure: { name: "norm", signed: false, label },
    facets: models.map(({ name, entries }) => facet(name, entries)),
  },
  _answer: {},
  _rows: { epoch: 1, complete: true, facets: models.map(({ entries }) => rows(entries)) },
  _status: { epoch: 1, done: 1, total: 1, state: "done", message: null },
};
const code = readFileSync(new URL("../../rnnviz_widget/static/page.js", import.meta.url));
const data = JSON.stringify(state).replaceAll("<", "\\u003c");
writeFileSync(
  out,
  `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<div class="rnnviz-page"><script type="application/json">${data}</script></div><script>${code}</script>`,
);
