/** Another text in the same picture: its elements stay, and are those that a new picture would have. */

import { describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { random } from "../damaged";
import { answerMessage, type FacetOptions, type SceneOptions, sceneMessage, scoresOf } from "../messages"; // biome-ignore format: one line
import { both, controls, expectPicture, modelOf, show, TEXT, type View } from "./helpers";

const characters = (view: View, facet = 0) => [
  ...view.facet(facet).querySelectorAll<HTMLElement>("[data-p]"),
];
const textOf = (view: View, facet = 0) => view.facet(facet).querySelector<HTMLElement>(".rnnviz-text")!; // biome-ignore format: one line

/** Another text comes, with its answer, as the kernel sends both. */
async function read(view: View, text: string, at: number, options: SceneOptions = {}) {
  const epoch = Number(view.root().dataset["epoch"]) + 1;
  const facets = options.facets ?? [{}, { name: "LSTM" }];
  const rows = facets.map((facet, i) => scoresOf(i, tokenAt(facet, at)));
  const answer = answerMessage(at, rows, { epoch }) as { facets: { row: number }[] };
  facets.forEach((facet, i) => {
    answer.facets[i]!.row = tokenAt(facet, at);
  });
  const _scene = sceneMessage({ ...options, epoch, text, facets });
  const _status = { epoch, done: 0, total: 22, state: "idle", message: null };
  view.model.receive({ position: at, _answer: answer, _scene, _status });
  expect(view.root().dataset["epoch"]).toBe(String(epoch));
  await view.shown(at);
}

function tokenAt({ spans }: FacetOptions, at: number): number {
  return spans ? spans.findIndex(([start, end]) => start <= at && at < end) : at;
}

const AT_END = TEXT.length - 1;
const whole = () => modelOf({}, { position: AT_END, _answer: answerMessage(AT_END, both(AT_END)) });

describe("a letter typed", () => {
  it.each([
    ["at the end", `${TEXT}a`, AT_END + 1, [11, 0]],
    ["in the middle", "advaanced le", 4, [4, 7]],
    ["at the beginning", ` ${TEXT}`, 0, [0, 11]],
    ["and taken back", TEXT.slice(0, -1), AT_END - 1, [10, 0]],
    ["twice in one place", "advXYanced le", 5, [3, 8]],
    ["in place of another", "advaXced le", 4, [4, 6]],
  ] as const)("%s: all characters but it are the same elements", async (_, text, at, kept) => {
    const view = show(whole());
    await view.shown(AT_END);
    const [root, section, field] = [view.root(), view.facet(1), textOf(view)];
    const before = [characters(view, 0), characters(view, 1)];
    await read(view, text, at);
    expect(view.root()).toBe(root);
    expect(view.facet(1)).toBe(section);
    expect(textOf(view)).toBe(field);
    const [first, last] = kept;
    for (const facet of [0, 1]) {
      const now = characters(view, facet);
      expect(now).toHaveLength(text.length);
      now.forEach((el, p) => {
        expect(el.dataset["p"]).toBe(String(p));
        const old = p < first ? p : p >= text.length - last ? p + TEXT.length - text.length : -1;
        expect(before[facet]!.indexOf(el)).toBe(old);
      });
    }
    expectPicture(view, at, both(at));
  });

  it("keeps the colours that were made for the ground", async () => {
    const view = show(whole());
    await view.shown(AT_END);
    const set = vi.spyOn(view.root().style, "setProperty");
    await read(view, `${TEXT}a`, 4);
    expect(set).not.toHaveBeenCalled();
    expectPicture(view, 4, both(4));
  });

  it("leaves the keyboard, a selection and a pin where they were", async () => {
    const model = whole();
    const view = show(model);
    await view.shown(AT_END);
    textOf(view, 1).focus();
    const [from, to] = [characters(view)[1]!, characters(view)[3]!];
    getSelection()!.setBaseAndExtent(from, 0, to, 1);
    model.receive({ pinned: 4 });
    model.receive({ _answer: answerMessage(4, both(4)) });
    await view.shown(4);
    await read(view, `${TEXT}a`, 4);
    expect(document.activeElement).toBe(textOf(view, 1));
    expect(getSelection()!.anchorNode).toBe(from);
    expect(getSelection()!.focusNode).toBe(to);
    expect(view.root().dataset["pinned"]).toBe("true");
    expect(view.span(4).classList.contains("rnnviz-selected")).toBe(true);
    expect(view.el.querySelectorAll(".rnnviz-selected")).toHaveLength(2);
  });

  it("says how long the text is, and walks through all of it", async () => {
    const view = show(whole());
    await view.shown(AT_END);
    await read(view, `${TEXT}ab`, AT_END + 2);
    expect(textOf(view).getAttribute("aria-label")).toContain("text of 13 characters");
    textOf(view).focus();
    await userEvent.keyboard("{Home}");
    await userEvent.keyboard("{End}");
    view.model.receive({ _answer: answerMessage(12, both(12), { epoch: 2 }) });
    await view.shown(12);
  });

  it("forgets the rows, the means and the trouble of the text before", async () => {
    const view = show(whole());
    await view.shown(AT_END);
    view.model.receive({ _answer: { epoch: 1, position: 5, facets: [{ row: 5, data: 7 }] } });
    expect(view.el.querySelector(".rnnviz-footer")?.textContent).toContain("data is not bytes");
    view.model.receive({ _scene: sceneMessage({ epoch: 2, text: `${TEXT}a` }) });
    expect(view.el.querySelector(".rnnviz-footer")?.textContent).not.toContain("data is not bytes");
    expect(view.root().dataset["shown"]).toBeUndefined();
    view.model.receive({ _answer: answerMessage(AT_END, both(AT_END), { epoch: 2 }) });
    await view.shown(AT_END);
    expectPicture(view, AT_END, both(AT_END));
  });
});

it.each([
  ["another target", { target: "top" }],
  ["another model", { facets: [{}, { name: "RNN" }] }],
  ["one model more", { facets: [{}, { name: "LSTM" }, { name: "RNN" }] }],
  ["another measure", { signed: true }],
  ["a note", { facets: [{ note: "a note" }, { name: "LSTM" }] }],
  ["a long text", { text: "a".repeat(600) }],
] as const)("a new picture comes with %s", async (_, options) => {
  const view = show(whole());
  await view.shown(AT_END);
  const before = view.root();
  view.model.receive({ _scene: sceneMessage({ ...options, epoch: 2 } as SceneOptions) });
  expect(view.root()).not.toBe(before);
});

/** Letters, pairs, marks that join, from right to left, line breaks, spaces and a control. */
const ALPHABET = ["a", "b", " ", "\n", "\t", "𝔸", "👩", "\u200d", "🏽", "e", "\u0301", "א", "ب", "\u0007"]; // biome-ignore format: one line

/** What a view looks like, but for what is read aloud only later and where the tab key stops. */
function look(node: Node): unknown {
  if (!(node instanceof HTMLElement)) return node.textContent;
  const style = Array.from(node.style, (name) => [name, node.style.getPropertyValue(name)]);
  const others = node
    .getAttributeNames()
    .filter((name) => !["class", "style", "tabindex"].includes(name))
    .map((name) => [name, node.getAttribute(name)]);
  const inside = [...node.childNodes].filter(
    (one) => !(one as Element).matches?.(".rnnviz-spoken"),
  );
  return [node.tagName, [...node.classList].sort(), style.sort(), others.sort(), inside.map(look)];
}

describe("after any changes the picture is that of a view made anew", () => {
  it.each(Array.from({ length: 12 }, (_, seed) => [seed]))("%i", async (seed) => {
    const next = random(seed);
    const draw = (n: number) => Math.floor(next() * n);
    let text = Array.from("ab👩‍🏽 é\nאב");
    const options = (): SceneOptions => {
      const spans: [number, number][] = [];
      for (let p = 0; p < text.length; ) {
        const end = Math.min(text.length, p + 1 + draw(3));
        spans.push([p, end]);
        p = end;
      }
      const unknown = spans.flatMap((_, t) => (draw(6) === 0 ? [t] : []));
      return { facets: [{}, { name: "LSTM", spans, unknown }] };
    };
    const view = show(modelOf({ text: text.join(""), ...options() }, { brush: [1, 3], bars: seed % 2 === 1 })); // biome-ignore format: one line
    controls(view);
    for (let edit = 0; edit < 6; edit++) {
      const at = draw(text.length + 1);
      const gone = Math.min(draw(4), text.length - 1);
      const come = Array.from({ length: draw(4) }, () => ALPHABET[draw(ALPHABET.length)]!);
      text = [...text.slice(0, at), ...come, ...text.slice(at + gone)];
      if (text.length < 4) text = [...text, "a", "b", "c", "d"];
      const given = options();
      await read(view, text.join(""), draw(text.length), given);
      const model = modelOf({}, { ...traitsOf(view), brush: [1, 3], bars: seed % 2 === 1 });
      const fresh = show(model);
      controls(fresh);
      await fresh.shown(Number(view.root().dataset["shown"]));
      expect(look(view.root())).toEqual(look(fresh.root()));
      fresh.close();
    }
  });
});

function traitsOf({ model }: View): Record<string, unknown> {
  const names = ["position", "_scene", "_answer", "_status"];
  return Object.fromEntries(names.map((name) => [name, model.get(name)]));
}
