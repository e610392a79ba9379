/** Brushing in the strip of units, and the route of a memory. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { css } from "../../src/core/color";
import { lastAsk, reply } from "../asks";
import { bytes, floats } from "../messages";
import { LAYERS, windowOf } from "../unit-windows";
import { frames, point } from "./helpers";

import {
  cell,
  colours,
  coloursOf,
  dragged,
  filled,
  key,
  label,
  message,
  PALETTE,
  pixel,
  reached,
  VALUES,
  within,
} from "./unit-strips";

const BRUSHED = {
  ...{ start: 1, after: 3, selected: 2, when: "above the 0.9 quantile", compared: 9 },
  units: bytes(Uint8Array.from([0, 2])),
  low: bytes(Uint8Array.from([2])),
  matches: [
    {
      ...{ start: 5, after: 7, score: 0.75, held: 1, others: 4 },
      truth: { name: "le<b>", p: 0.25, rank: 2, reason: "the next token", rival: null },
    },
    { start: 9, after: 10, score: 0.5, held: 1, others: 0, truth: null },
  ],
};

it("finds the units that are on where the strip is brushed, and goes to where else they are", async () => {
  const view = await filled();
  dragged(view, 2, 1);
  expect(view.model.get("brush")).toEqual([1, 3]);
  await frames();
  expect(lastAsk(view.model, "states")).toMatchObject({ brush: [1, 3], values: false });
  reply(view.model, "states", message(view, { values: VALUES, brushed: BRUSHED }));
  await frames();
  const words = () => within(view, ".rnnviz-unit-matches-words").textContent;
  expect(words()).toBe(
    "2 units are on exactly at “dv” and off before it (on: above the 0.9 quantile); the 2 best of 9 other places:",
  );
  const units = [...view.facet(0).querySelectorAll(".rnnviz-unit-matches-units .rnnviz-unit-chip")];
  expect(units.map((unit) => unit.textContent)).toEqual(["unit 0 high", "unit 2 low"]);
  const matches = [...view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-unit-match")];
  expect(matches[0]?.querySelector(".rnnviz-unit-match-text")?.textContent).toBe("advanced le");
  expect(matches[0]?.querySelector("strong")?.textContent).toBe("ce");
  expect(matches[0]?.querySelector(".rnnviz-unit-match-units")?.textContent).toBe("1 of 2");
  expect(matches[0]?.querySelector(".rnnviz-unit-match-then")?.textContent).toMatch(
    /^predicts .+ %; true is le<b> 25\.0 %$/,
  );
  // They are marked in the strip too: rows, the brushed characters, and the places.
  const mark = css(PALETTE.mark);
  expect([0, 1, 2].map((row) => pixel(view, 43, cell(0, row).y) === mark)).toEqual([
    true,
    false,
    true,
  ]);
  const letters = [0, 1, 2, 3, 5, 6, 7].map((p) => pixel(view, cell(p, 0).x + 3, 18) === mark);
  expect(letters).toEqual([false, true, true, false, true, true, false]);
  matches[0]?.click();
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(6));
  units[1]?.dispatchEvent(new PointerEvent("pointerenter"));
  await reached();
  expect(colours(view)).toEqual(coloursOf(2));
  units[1]?.dispatchEvent(new PointerEvent("pointerleave"));
  // Escape clears the brush.
  key(view, "Escape");
  await vi.waitFor(() => expect(view.model.get("brush")).toBeNull());
  await frames();
  expect(within(view, ".rnnviz-unit-matches").hidden).toBe(true);
  expect(lastAsk(view.model, "states").brush).toBeNull();
});

const singles = (...values: number[]) => floats(values);
const ROUTED = {
  ...{ output: 4, input: 2, carried: 2, connectivity: 0.125, apart: 3e-15 },
  steps: bytes(Uint8Array.from([2, 3])),
  kept: singles(0.5, 0.25),
  layers: [
    { layer: LAYERS[0], shares: singles(0.75, 1.25) },
    { layer: "cell of layer 0 of lstm", shares: singles(0.25, -0.25) },
  ],
  strongest: [
    { layer: LAYERS[0], unit: 2, share: 0.625 },
    { layer: LAYERS[1], unit: 1, share: -0.25 },
  ],
  check: {
    ...{ before: 0.125, after: 0.025 },
    ...{ probability_before: 0.5, probability_after: 0.25 },
  },
};

it("shows the route of a memory with its check, and a unit of it in its layer", async () => {
  const view = await filled({ pinned: 4 });
  const button = [...view.el.querySelectorAll<HTMLElement>(".rnnviz-units-choices button")].find(
    (one) => one.textContent === "route of the memory",
  );
  const part = (name: string) => within(view, `.rnnviz-unit-route-${name}`);
  expect(within(view, ".rnnviz-unit-route").hidden).toBe(true);
  button?.click();
  expect(within(view, ".rnnviz-unit-route").hidden).toBe(false);
  point(view.span(2));
  await vi.waitFor(() => expect(lastAsk(view.model, "states").route).toEqual([4, 2]));
  expect(part("words").textContent).toMatch(/^Following the memory/);
  expect(part("check").textContent).toBe("");
  reply(view.model, "states", message(view, { values: VALUES, route: ROUTED }));
  await frames();
  expect(part("words").textContent).toBe(
    "The memory of “v”, character 3, on its way to the output at “n”, character 5. At each step the sum over all units is the connectivity, 0.125 (to 3e−15 of it in double precision).",
  );
  expect(part("check").textContent).toBe(
    "With unit 2 (hidden state, layer 0) at its mean meanwhile, the link from “v”, character 3 to “n”, character 5 goes from 0.125 to 0.025 (80.0 % is gone), and the target from 0.5 to 0.25.",
  );
  expect([...part("names").children].map((one) => one.textContent)).toEqual([
    "hidden state, layer 0 100.0 %",
    "cell state, layer 0 0.0 %",
    "37.5 % straight through gates",
  ]);
  expect(part("river").querySelectorAll("path")).toHaveLength(2);
  expect(part("river").querySelector("svg")?.getAttribute("aria-label")).toContain(
    "layer 0: 100.0 %",
  );
  const chipOf = (n: number) =>
    view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-unit-route .rnnviz-unit-chip")[n];
  expect(chipOf(1)?.textContent).toBe("unit 1 −25.0 % · forget gate, layer 0");
  chipOf(0)?.click();
  expect(label(view)).toMatch(/^Unit 2, hidden state, layer 0/);
  chipOf(1)?.click();
  expect(lastAsk(view.model, "states").layers).toEqual([LAYERS[1], null]);
  const other = windowOf({ values: VALUES, layer: 1, route: ROUTED });
  reply(view.model, "states", message(view, {}, { facets: [other, other] }));
  await frames();
  expect(label(view)).toMatch(/^Unit 1, forget gate, layer 0/);
  // Of another input the route is not shown with this one's.
  point(view.span(1));
  await vi.waitFor(() => expect(lastAsk(view.model, "states").route).toEqual([4, 1]));
  expect(part("check").textContent).toBe("");
  const error = { ...windowOf({ values: VALUES }), route_error: "it reads both ways" };
  reply(view.model, "states", message(view, {}, { facets: [error, error] }));
  expect(part("words").textContent).toBe("it reads both ways");
  const { violations } = await axe.run(view.el);
  expect(violations.map(({ id }) => id)).toEqual([]);
  button?.click();
  expect(within(view, ".rnnviz-unit-route").hidden).toBe(true);
});

it("says where no unit is on, and why it can’t be told", async () => {
  const view = await filled();
  dragged(view, 3, 4);
  await frames();
  const none = { selected: 0, units: bytes(new Uint8Array()), low: bytes(new Uint8Array()) };
  const empty = { ...BRUSHED, ...none, start: 3, after: 5, matches: [] };
  reply(view.model, "states", message(view, { values: VALUES, brushed: empty }));
  const words = () => within(view, ".rnnviz-unit-matches-words").textContent;
  expect(words()).toBe(
    "No unit is on exactly at “an”: above the 0.9 quantile. Brush fewer characters, or others.",
  );
  // The reply to an earlier brush is not shown as that to a later one.
  dragged(view, 7, 8);
  await frames();
  expect(within(view, ".rnnviz-unit-matches").hidden).toBe(true);
  const failed = { ...windowOf({ values: VALUES }), brush_error: "states must be finite; got nan" };
  reply(view.model, "states", message(view, {}, { facets: [failed, failed] }));
  expect(words()).toBe("states must be finite; got nan");
});
