/** A live page in a test: saved text, two models, with a worker or without. */
import { expect, onTestFinished, vi } from "vitest";
import { startLive } from "../../src/hosts/start-live";
import { INSTRUMENTS, renderWidget } from "../../src/hosts/widget";
import { scorer } from "../../src/live/measure";
import { decodeModel } from "../../src/live/message";
import { LiveModels } from "../../src/live/models";
import { Network } from "../../src/live/network";
import { plainLoader } from "../../src/live/products";
import { decodeScene, Unpacked } from "../../src/wire";
import { liveMessage } from "../live-model";
import { allRows, answerMessage, rowsMessage, sceneMessage, scoresOf } from "../messages";
import { background, colours, MODULES } from "./helpers";

export const SAVED = "ab cab";
export const MESSAGES = [liveMessage("GRU", 1), liveMessage("LSTM", 2)];
/** A classic script that becomes the worker's end, as the page's own script does. */
export const SCRIPT = `const early = [];
onmessage = (event) => early.push(event);
import(${JSON.stringify(new URL("../../src/live/worker.ts", import.meta.url).href)}).then(
  ({ serve }) => { serve(self); for (const event of early) self.onmessage(event); },
);`;

export async function page(
  options: { script?: string | null; messages?: unknown[]; width?: number } = {},
) {
  const length = SAVED.length;
  const state = {
    position: 4,
    pinned: null,
    _scene: sceneMessage({ epoch: 3, text: SAVED, facets: [{ name: "GRU" }, { name: "LSTM" }] }),
    _answer: answerMessage(4, [scoresOf(0, 4), scoresOf(1, 4)], { epoch: 3 }),
    _rows: await rowsMessage(length, [allRows(0, length), allRows(1, length)], { epoch: 3 }),
    _status: { epoch: 3, done: 12, total: 12, state: "done", message: null },
  };
  const end = new AbortController();
  const { script = SCRIPT, messages = MESSAGES } = options;
  const model = startLive({ state, messages, script, signal: end.signal });
  const el = document.createElement("div");
  const box = document.createElement("div");
  box.style.width = `${options.width ?? 860}px`;
  box.append(el);
  document.body.append(box);
  renderWidget({ model, el, signal: end.signal }, { ...INSTRUMENTS, modules: () => MODULES });
  onTestFinished(() => {
    end.abort();
    box.remove();
  });
  const find = <T extends HTMLElement>(selector: string) => box.querySelector<T>(selector) as T;
  const spans = (facet: number) => [
    ...box.querySelectorAll<HTMLElement>(`.rnnviz-facet:nth-of-type(${facet + 1}) [data-p]`),
  ];
  return {
    model,
    box,
    field: find<HTMLTextAreaElement>("textarea"),
    reset: find<HTMLButtonElement>("button.rnnviz-reset"),
    said: () => find(".rnnviz-editor-said").textContent,
    span: (position: number, facet = 0) => spans(facet)[position] as HTMLElement,
    colours: (facet: number) => spans(facet).map(background),
    chips: () => [...box.querySelectorAll(".rnnviz-chip-name")].map((chip) => chip.textContent),
    text: () =>
      spans(0)
        .map((span) => span.textContent)
        .join(""),
    shown: (text: string, position: number) =>
      vi.waitFor(() => {
        const root = find(".rnnviz-explorer");
        expect(decodeScene(model.get("_scene"))?.characters.join("")).toBe(text);
        expect(root.dataset["shown"]).toBe(String(position));
      }),
  };
}

/** What the picture must look like, from models of one's own. */
export function expected(text: string, position: number) {
  const spec = MESSAGES.map(decodeModel);
  const scene = decodeScene(new Unpacked(new LiveModels(spec).scene(9, text)));
  const rows = spec.map((model, i) => {
    const facet = scene?.facets[i];
    const target = model.outputs.indexOf(facet?.classes[facet.target[position] ?? -1] ?? "");
    const network = new Network(model, plainLoader());
    const ids = Array.from(text, (c) => model.inputs.indexOf(c));
    network.read(ids, 0);
    const score = scorer(model.measure, network.embedding, model.size);
    return [...score(network.gradient(position, target), ids)];
  });
  const top = scene?.facets.map((facet) => facet.classes[facet.top[position * facet.k] ?? -1]);
  return { rows, top };
}

export function expectPicture(
  shown: Awaited<ReturnType<typeof page>>,
  text: string,
  position: number,
): void {
  const { rows, top } = expected(text, position);
  rows.forEach((_, i) => {
    expect(shown.colours(i)).toEqual(colours(rows, i, text.length));
  });
  expect(shown.chips()).toEqual(expect.arrayContaining(top ?? []));
}

export const WAYS = {
  "in a worker": SCRIPT,
  "without a worker": null,
  "where the worker fails to start": "throw new Error('not here');",
  "where the script is none": "(",
};
