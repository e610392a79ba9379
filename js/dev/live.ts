/**
 * A page that brings its models, without all that makes a saved file of it: for the benchmark and the test of the bundled
 * models. `tests/browser/live_page.py` bundles it as one classic script, which is the worker too.
 */

import { ModulesHere } from "../src/hosts/page-modules";
import { inWorker, serve, startLive } from "../src/hosts/start-live";
import { INSTRUMENTS, renderWidget } from "../src/hosts/widget";
import { scorer } from "../src/live/measure";
import { decodeModel, type ModelSpec } from "../src/live/message";
import { Network } from "../src/live/network";
import { bestLoader, plainLoader } from "../src/live/products";
import editor from "../src/modules/editor";
import style from "../src/views/widget.css";

interface Page {
  readonly state: Readonly<Record<string, unknown>>;
  readonly messages: readonly unknown[];
}

if (inWorker()) serve(self as never);
else start(document.currentScript?.textContent ?? null);

function start(script: string | null): void {
  const held = document.querySelector("script[type='application/json']")?.textContent ?? "";
  const page = JSON.parse(held, (_, value) =>
    typeof value?.b64 === "string" ? bytes(value.b64) : value,
  ) as Page;
  const { signal } = new AbortController();
  const model = startLive({ ...page, script, signal });
  const sheet = document.createElement("style");
  sheet.textContent = style;
  const el = document.createElement("div");
  document.body.append(sheet, el);
  const modules = () => new ModulesHere({ editor });
  renderWidget({ model, el, signal }, { ...INSTRUMENTS, modules });
  Object.assign(globalThis, {
    model,
    numbersOf: (i: number, step: number) => numbersOf(page, i, step),
    timesOf: (i: number) => timesOf(page, i),
  });
}

/** Logits and, for the targets of the saved scene, every `step`th row of a model on the saved text; as base64 of float32. */
function numbersOf({ messages, state }: Page, index: number, step: number) {
  const spec = decodeModel(messages[index]);
  const { text } = state["_scene"] as { readonly text: string };
  const { targets } = state as unknown as { readonly targets: readonly (readonly number[])[] };
  const ids = idsOf(spec, text);
  const network = new Network(spec, bestLoader());
  network.read(ids, 0);
  const score = scorer(spec.measure, network.embedding, spec.size);
  const outputs = ids.map((_, s) => s).filter((s) => (ids.length - 1 - s) % step === 0);
  const rows = new Float32Array(outputs.length * ids.length);
  outputs.forEach((s, n) => {
    rows.set(score(network.gradient(s, targets[index]?.[s] ?? 0), ids), n * ids.length);
  });
  return { logits: base64(network.logits(ids.map((_, t) => t))), rows: base64(rows) };
}

/** Milliseconds of the parts, by SIMD and by plain loops: the medians of some runs each, in turns. */
function timesOf({ messages, state }: Page, index: number) {
  const spec = decodeModel(messages[index]);
  const { text } = state["_scene"] as { readonly text: string };
  const ids = idsOf(spec, text);
  const every = ids.map((_, t) => t);
  const last = ids.length - 1;
  const ways = { simd: new Network(spec, bestLoader()), plain: new Network(spec, plainLoader()) };
  const taken: Record<string, number[]> = {};
  for (let round = 0; round < 12; round++) {
    for (const [way, network] of Object.entries(ways)) {
      const parts = {
        read: () => network.read(ids, 0),
        logits: () => network.logits(every),
        row: () => network.gradient(last, 0),
        letter: () => {
          network.read(ids, last);
          network.logits([last]);
        },
      };
      for (const [part, act] of Object.entries(parts)) {
        const start = performance.now();
        act();
        const name = `${way} ${part}`;
        // The first two rounds are the compiler's.
        taken[name] = [...(taken[name] ?? []), ...(round > 1 ? [performance.now() - start] : [])];
      }
    }
  }
  return Object.fromEntries(
    Object.entries(taken).map(([name, times]) => [name, times.sort((a, b) => a - b)[5]]),
  );
}

function idsOf(spec: ModelSpec, text: string): number[] {
  return Array.from(text, (character) => spec.inputs.indexOf(character));
}

function bytes(held: string): DataView {
  return new DataView(Uint8Array.from(atob(held), (c) => c.charCodeAt(0)).buffer);
}

function base64(numbers: Float32Array): string {
  const raw = new Uint8Array(numbers.buffer);
  let text = "";
  for (let i = 0; i < raw.length; i += 8192) {
    text += String.fromCharCode(...raw.subarray(i, i + 8192));
  }
  return btoa(text);
}
