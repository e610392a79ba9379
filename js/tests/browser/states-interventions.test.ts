/** In the view of units: explain one, set or hold some, what that changes; the lens; how long units remember. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { lastAsk, reply } from "../asks";
import { bytes, floats } from "../messages";
import { LAYERS } from "../unit-windows";
import { frames } from "./helpers";
import { dragged, filled, key, label, message, reached, VALUES, within } from "./unit-strips";

type AnyView = Awaited<ReturnType<typeof filled>>;

const buttons = (view: AnyView, facet = 0) => [
  ...view.facet(facet).querySelectorAll<HTMLButtonElement>(".rnnviz-unit-acts button"),
];
const press = (view: AnyView, words: string, facet = 0) => {
  const found = buttons(view, facet).find((one) => one.textContent === words);
  expect(found, words).toBeDefined();
  found?.click();
};
const chip = (view: AnyView, n: number) =>
  [...view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-unit-chip:not([hidden])")][n];
const acts = (view: AnyView, facet = 0) => within(view, ".rnnviz-unit-acts-row", facet);

const CHANGED = {
  of: 0,
  what: "|unit 3 (hidden state, layer 0) set to zero from “d”, character 2|unit 1 <b> held",
  divergence: floats(VALUES.map((_, p) => (p === 3 ? 0.5 : p / 100))),
  nats: true,
};

it("asks for a unit to be explained, or set, and gives the text back to connectivity", async () => {
  const view = await filled();
  expect(acts(view).hidden).toBe(true);
  chip(view, 0)?.click();
  await frames();
  expect(acts(view).hidden).toBe(false);
  const unit = Number(within(view, ".rnnviz-unit-acts-name").textContent?.replace("unit ", ""));
  expect(label(view)).toMatch(new RegExp(`^Unit ${unit}, `));
  press(view, "to the mean");
  const layer = "hidden of layer 0 of lstm";
  expect(lastAsk(view.model, "intervention")).toMatchObject({
    ...{ facet: 0, layer, units: [unit], to: "mean", start: null },
  });
  await reached();
  expect(label(view)).toMatch(/^Point at a unit/);
  expect(acts(view).hidden).toBe(true);
  chip(view, 0)?.click();
  await frames();
  press(view, "from here on");
  press(view, "hold");
  const shown = view.model.get("pinned") ?? view.model.get("position");
  expect(lastAsk(view.model, "intervention")).toMatchObject({ to: "hold", start: shown });
  chip(view, 0)?.click();
  await frames();
  press(view, "explain it");
  expect(lastAsk(view.model, "unit")).toMatchObject({ facet: 0, layer, unit });
});

it("sets all units of the brush, or the unit that stays", async () => {
  const view = await filled();
  dragged(view, 2, 1);
  await frames();
  await vi.waitFor(() => expect(lastAsk(view.model, "matches")).toBeDefined());
  const { serial, search } = lastAsk(view.model, "matches");
  const one = {
    ...{ layer: LAYERS[0], selected: 2, when: "above", scored_by: "", compared: 9, matches: [] },
    units: bytes(Uint8Array.from([0, 2])),
    low: bytes(Uint8Array.from([0])),
  };
  const none = { corpus: null, progress: null, visited: null };
  const found = { epoch: 1, serial, search, selected: "dv", ...none, facets: [one, one] };
  reply(view.model, "matches", found);
  await frames();
  expect(within(view, ".rnnviz-unit-acts-name").textContent).toBe("2 units");
  expect(buttons(view).find((one) => one.textContent === "explain it")?.hidden).toBe(true);
  press(view, "to zero");
  expect(lastAsk(view.model, "intervention")).toMatchObject({ units: [0, 2], to: "zero" });
  chip(view, 1)?.click();
  await frames();
  expect(within(view, ".rnnviz-unit-acts-name").textContent).toMatch(/^unit \d$/);
  press(view, "the brushed");
  expect(within(view, ".rnnviz-unit-acts-name").textContent).toBe("2 units");
});

it("says what is set where, what that moves, and undoes it", async () => {
  const view = await filled();
  const facets = message(view).facets;
  const changed = { ...facets[1], changed: CHANGED };
  reply(view.model, "states", message(view, {}, { facets: [facets[0], changed] }));
  await frames();
  expect(within(view, ".rnnviz-unit-done").hidden).toBe(true);
  const done = within(view, ".rnnviz-unit-done", 1);
  const lines = [...done.querySelectorAll(".rnnviz-unit-done-words")].map((one) => one.textContent);
  expect(lines).toEqual(CHANGED.what.split("|").slice(1));
  expect(done.textContent).toMatch(/^As .+, but:/);
  const moved = () => done.querySelector(".rnnviz-unit-moved")?.textContent;
  expect(moved()).toMatch(
    /^The prediction at “.+”, character \d+ moves by 0\.\d+ nats \(KL\); most: 0\.5 at “.+”, character 4\.$/,
  );
  key(view, "ArrowLeft");
  const undo = [...done.querySelectorAll<HTMLButtonElement>("button")];
  expect(undo.map((one) => one.textContent)).toEqual(["undo", "undo", "undo all"]);
  undo[1]?.click();
  expect(lastAsk(view.model, "undo")).toMatchObject({ facet: 1, number: 1 });
  undo[2]?.click();
  expect(lastAsk(view.model, "undo")).toMatchObject({ facet: 1, number: null });
  const found = await axe.run(done, { runOnly: ["wcag2a", "wcag2aa"] });
  expect(found.violations.map(({ id }) => id)).toEqual([]);
});

it("shows what each layer would predict at the character, when it is asked", async () => {
  const view = await filled();
  expect(lastAsk(view.model, "states").lens).toBeNull();
  const toggle = [...view.el.querySelectorAll<HTMLButtonElement>("button")].find(
    (one) => one.textContent === "what layers predict",
  );
  toggle?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "states").lens).not.toBeNull());
  const at = lastAsk(view.model, "states").lens;
  const layer = {
    ...{ layer: LAYERS[0], fitted: true, divergence: 0.25, mean: 0.5 },
    ...{ classes: "|<b>|c", probabilities: [0.75, 0.125] },
  };
  const lens = { position: at, layers: [layer], error: null };
  const facets = message(view).facets.map((one) => ({ ...one, lens }));
  reply(view.model, "states", message(view, {}, { facets }));
  await frames();
  const table = within(view, ".rnnviz-unit-lens table");
  expect(table.querySelector("caption")?.textContent).toContain("KL in nats");
  const cells = [...table.querySelectorAll("tbody .rnnviz-unit-cell")].map(
    (one) => one.textContent,
  );
  expect(cells).toEqual([
    "hidden state, layer 0, mapped to the last",
    "<b> 75.0 %, c 12.5 %",
    "0.25",
    "0.5",
  ]);
  toggle?.click();
  await frames();
  expect(within(view, ".rnnviz-unit-lens").hidden).toBe(true);
});

it("tells half-lives with the open table, and the reach when it is asked", async () => {
  const view = await filled();
  const table = within<HTMLDetailsElement>(view, ".rnnviz-unit-table");
  expect(lastAsk(view.model, "states").memory).toBe("none");
  table.open = true;
  await vi.waitFor(() => expect(lastAsk(view.model, "states").memory).toBe("gates"));
  const tell = async (reach: number[]) => {
    const memory = {
      ...{ half_lives: floats([0.5, Number.POSITIVE_INFINITY, 2]), reach: floats(reach) },
      words: "of the cell state by the forget gate",
    };
    const facets = message(view).facets.map((one) => ({ ...one, memory }));
    reply(view.model, "states", message(view, {}, { facets }));
    await frames();
  };
  await tell([Number.NaN, Number.NaN, Number.NaN]);
  expect(within(view, ".rnnviz-unit-memory").textContent).toBe(
    "Half-life of the cell state by the forget gate. Longest: unit 1 (∞), unit 2 (2), unit 0 (0.5).",
  );
  const button = [...table.querySelectorAll("button")].find(({ textContent }) =>
    textContent?.startsWith("measure"),
  );
  button?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "states").memory).toBe("reach"));
  await tell([1.5, 12, 3]);
  expect(within(view, ".rnnviz-unit-memory").textContent).toContain("Farthest reach: unit 1 (12)");
  expect(button?.hidden).toBe(true);
  const heads = [...table.querySelectorAll("thead th")].map((one) => one.textContent);
  expect(heads.slice(-2)).toEqual(["half-life, steps", "reach, characters"]);
});

it("keeps the layer and what is asked when another scene comes", async () => {
  const view = await filled();
  const select = within<HTMLSelectElement>(view, ".rnnviz-units-layer");
  select.value = LAYERS[1] ?? "";
  select.dispatchEvent(new Event("change"));
  expect(lastAsk(view.model, "states").layers).toEqual([LAYERS[1], null]);
  const facets = [1, 0].map((layer) => ({ ...message(view).facets[0], layer }));
  reply(view.model, "states", message(view, {}, { facets }));
  await frames();
  const scene = view.model.get("_scene") as { epoch: number };
  view.model.set("_scene", { ...scene, epoch: 2 });
  await frames();
  // What was shown of the epoch before is of other models, maybe.
  expect(view.el.textContent).not.toContain("There are states of");
  expect(lastAsk(view.model, "states").layers).toEqual([LAYERS[1], LAYERS[0]]);
});
