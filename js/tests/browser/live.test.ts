import { describe, expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { startLive } from "../../src/hosts/start-live";
import { INSTRUMENTS, renderWidget } from "../../src/hosts/widget";
import { scorer } from "../../src/live/measure";
import { decodeModel } from "../../src/live/message";
import { LiveModels } from "../../src/live/models";
import { Network } from "../../src/live/network";
import { plainLoader } from "../../src/live/products";
import { decodeScene, decodeStrips, Unpacked } from "../../src/wire";
import { liveMessage } from "../live-model";
import { allRows, answerMessage, rowsMessage, sceneMessage, scoresOf } from "../messages";
import { background, colours, frames, MODULES, point } from "./helpers";

const SAVED = "ab cab";
const MESSAGES = [liveMessage("GRU", 1), liveMessage("LSTM", 2)];
/** A classic script that becomes the worker's end, as the page's own script does. */
const SCRIPT = `const early = [];
onmessage = (event) => early.push(event);
import(${JSON.stringify(new URL("../../src/live/worker.ts", import.meta.url).href)}).then(
  ({ serve }) => { serve(self); for (const event of early) self.onmessage(event); },
);`;

async function page(
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
function expected(text: string, position: number) {
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

function expectPicture(
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

const WAYS = {
  "in a worker": SCRIPT,
  "without a worker": null,
  "where the worker fails to start": "throw new Error('not here');",
  "where the script is none": "(",
};

describe("a text typed into a saved page", () => {
  it.each(Object.entries(WAYS))("is read %s", async (_, script) => {
    const shown = await page({ script });
    const errors = vi.spyOn(console, "error");
    await shown.shown(SAVED, 4);
    await userEvent.fill(shown.field, "bb a");
    await shown.shown("bb a", 3);
    expectPicture(shown, "bb a", 3);
    point(shown.span(1));
    await shown.shown("bb a", 1);
    expectPicture(shown, "bb a", 1);
    expect(errors).not.toHaveBeenCalled();
    expect(shown.model.get("pinned")).toBeNull();
  });

  it.each(Object.entries(WAYS).slice(0, 2))("is checked %s", async (_, script) => {
    const shown = await page({ script });
    await shown.shown(SAVED, 4);
    await userEvent.fill(shown.field, "bb acab bca");
    await shown.shown("bb acab bca", 10);
    shown.span(3).closest<HTMLElement>("[role=application]")!.focus();
    await userEvent.keyboard("k");
    const figures = () => [...shown.box.querySelectorAll(".rnnviz-check-figure:not([data-stale])")];
    const whole = () => expect(figures().filter((one) => one.querySelector("svg"))).toHaveLength(2);
    await vi.waitFor(whole, 5000);
    const sentences = figures().map((one) => one.querySelector("figcaption")?.textContent ?? "");
    const { top } = expected("bb acab bca", 10);
    for (const [i, said] of sentences.entries()) expect(said).toContain(`“${top?.[i]}”`);
    point(shown.span(8));
    await shown.shown("bb acab bca", 8);
    expectPicture(shown, "bb acab bca", 8);
    await vi.waitFor(whole, 5000);
    expectPicture(shown, "bb acab bca", 8);
    // Another text takes the place of what is checked.
    await userEvent.fill(shown.field, "ab");
    await shown.shown("ab", 1);
    expectPicture(shown, "ab", 1);
    await vi.waitFor(whole, 5000);
  });

  it("is explained at each letter, and read on where it is changed", async () => {
    const shown = await page();
    await userEvent.click(shown.field);
    shown.field.setSelectionRange(6, 6);
    await userEvent.keyboard(" ");
    await shown.shown("ab cab ", 6);
    await userEvent.keyboard("b");
    await shown.shown("ab cab b", 7);
    expectPicture(shown, "ab cab b", 7);
    shown.field.setSelectionRange(1, 2);
    await userEvent.keyboard("c");
    await shown.shown("ac cab b", 1);
    expectPicture(shown, "ac cab b", 1);
    // What stands behind the caret was read anew.
    point(shown.span(7));
    await shown.shown("ac cab b", 7);
    expectPicture(shown, "ac cab b", 7);
  });

  it("with what no model knows is named, and the picture stays", async () => {
    const shown = await page();
    await userEvent.fill(shown.field, "bb a");
    await shown.shown("bb a", 3);
    await userEvent.fill(shown.field, "bb\nX<b>");
    await vi.waitFor(() =>
      expect(shown.said()).toBe(
        "GRU does not know a line break, “X”, “<”, “>” (first as character 3); it knows “ abc”. " +
          "The picture shows the last text that could be read.",
      ),
    );
    expect(shown.text()).toBe("bb a");
    const marks = [...shown.box.querySelectorAll(".rnnviz-strange")].map((el) => el.textContent);
    expect(marks).toEqual(["\n", "X", "<", ">"]);
    expect(shown.box.querySelector("b")).toBeNull();
    point(shown.span(0));
    await shown.shown("bb a", 0);
    expectPicture(shown, "bb a", 0);
    await userEvent.fill(shown.field, "");
    await vi.waitFor(() => expect(shown.said()).toMatch(/^The text is empty\. The picture shows/));
    expect(shown.text()).toBe("bb a");
    await userEvent.fill(shown.field, "c");
    await shown.shown("c", 0);
    expect(shown.said()).toBe("");
  });

  it("gives way to the author's own, with the kernel's rows", async () => {
    const shown = await page();
    const before = [shown.colours(0), shown.colours(1)];
    expect(shown.reset.disabled).toBe(true);
    await userEvent.fill(shown.field, "bb a");
    await shown.shown("bb a", 3);
    await userEvent.click(shown.reset);
    await shown.shown(SAVED, 4);
    await frames();
    expect([shown.colours(0), shown.colours(1)]).toEqual(before);
    expect(shown.field.value).toBe(SAVED);
    expect(shown.reset.disabled).toBe(true);
    point(shown.span(2));
    await shown.shown(SAVED, 2);
    const rows = [scoresOf(0, 2), scoresOf(1, 2)];
    expect(shown.colours(1)).toEqual(colours(rows, 1, SAVED.length));
    // Typed back letter by letter it is the author's, too.
    await userEvent.fill(shown.field, "ab ca");
    await shown.shown("ab ca", 4);
    await userEvent.keyboard("{End}b");
    await shown.shown(SAVED, 5);
    await vi.waitFor(() =>
      expect(shown.colours(0)).toEqual(colours([scoresOf(0, 5), scoresOf(1, 5)], 0, SAVED.length)),
    );
  });

  it("is the last of what was typed, however fast", async () => {
    const shown = await page();
    shown.field.focus();
    let text = "";
    for (const letter of " ab ab cab bb a c ab".repeat(4)) {
      text += letter;
      shown.field.value = text;
      shown.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    await shown.shown(text, text.length - 1);
    expectPicture(shown, text, text.length - 1);
  });
});

it("suggests the words of the models in the page, which can be taken, and their strips", async () => {
  const shown = await page();
  await userEvent.fill(shown.field, "bb a");
  await shown.shown("bb a", 3);
  const { top } = expected("bb a", 3);
  const suggested = [...shown.box.querySelectorAll(".rnnviz-chips")].map(
    (row) => row.querySelector("[data-takeable] .rnnviz-chip-name")?.textContent,
  );
  expect(suggested).toEqual(top);
  await vi.waitFor(() => expect(shown.box.querySelector("[data-waiting]")).toBeNull());
  const strips = decodeStrips((shown.model.get("_reply") as { strips?: unknown }).strips);
  expect(strips?.position).toBe(3);
  MESSAGES.forEach((message, i) => {
    const spec = decodeModel(message);
    const network = new Network(spec, plainLoader());
    network.read(
      Array.from("bb a", (c) => spec.inputs.indexOf(c)),
      0,
    );
    const weights = Array.from(network.logits([3]), Math.exp);
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const names = [...spec.outputs].sort();
    const strip = strips?.facets[i];
    expect(strip?.best).toEqual(names);
    names.forEach((name, cell) => {
      const p = (weights[spec.outputs.indexOf(name)] ?? 0) / sum;
      expect(strip?.p[cell]).toBeCloseTo(p, 5);
      expect(strip?.bestP[cell]).toBeCloseTo(p, 5);
    });
  });
  await userEvent.keyboard("c");
  await shown.shown("bb ac", 4);
  await userEvent.keyboard("{Backspace}");
  await shown.shown("bb a", 3);
  await userEvent.keyboard("{Tab}");
  await shown.shown(`bb ${top?.[0]} `, 3 + (top?.[0]?.length ?? 0));
});

describe("the text field", () => {
  it("says what runs, keeps its keys to itself and has a name", async () => {
    const shown = await page();
    expect(shown.box.textContent).toContain(
      "There is no kernel: the models run in this page, at 8-bit precision (recurrent layers at half).",
    );
    expect(shown.field.labels?.[0]?.textContent).toContain("Type another text");
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    onTestFinished(() => document.removeEventListener("keydown", heard));
    await userEvent.click(shown.field);
    await userEvent.keyboard("a{Escape}{Enter}");
    expect(heard).not.toHaveBeenCalled();
    expect(shown.field.dataset["lmSuppressShortcuts"]).toBe("true");
  });

  it("waits for an input method to finish", async () => {
    const shown = await page();
    shown.field.value = "´";
    const composing = new InputEvent("input", { bubbles: true, isComposing: true });
    shown.field.dispatchEvent(composing);
    await frames();
    expect(shown.said()).toBe("");
    shown.field.value = "c";
    shown.field.setSelectionRange(1, 1);
    shown.field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
    await shown.shown("c", 0);
  });

  it.each([320, 860])("fits into %i px and shows all its lines", async (width) => {
    const shown = await page({ width });
    await userEvent.fill(shown.field, "ab cab bb a c ".repeat(12));
    await frames();
    expect(shown.box.scrollWidth).toBeLessThanOrEqual(width);
    expect(shown.field.scrollHeight).toBeLessThanOrEqual(shown.field.clientHeight + 1);
  });
});
