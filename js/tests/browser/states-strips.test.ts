/** Several strips of a model, rows sorted by what units carry, and where a strip is scrolled to. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { PageModel } from "../../src/hosts/page-model";
import { lastAsk, newAsks, reply } from "../asks";
import { allRows, rowsMessage, sceneMessage } from "../messages";
import { LAYERS, windowOf } from "../unit-windows";
import { frames, hover, leave, point, show, TEXT } from "./helpers";
import {
  type AnyView,
  chips,
  colours,
  coloursOf,
  ENTRIES,
  filled,
  MODULE,
  message,
  open,
  opened,
  reached,
  strip,
  VALUES,
  within,
} from "./unit-strips";

const GATES = VALUES.map((states) => states.map((one) => Math.abs(one)).slice(0, 2));
const gates = (start = 0) => windowOf({ values: GATES, layer: 1, start });
const more = (view: AnyView, n: number) =>
  view.facet(0).querySelectorAll<HTMLButtonElement>(".rnnviz-units-more")[n];
const strips = (view: AnyView) => [...view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-units")];

async function withTwo() {
  const view = await filled();
  more(view, 0)?.click();
  expect(lastAsk(view.model, "states")).toMatchObject({
    ...{ models: [0, 1, 0], layers: [null, null, LAYERS[1]], curves: [null, null, null] },
    values: true,
  });
  const first = windowOf({ values: VALUES });
  const facets = [first, first, gates()];
  reply(view.model, "states", message(view, {}, { models: [0, 1, 0], facets }));
  await frames();
  return view;
}

it("shows two layers of a model, and one again", async () => {
  const view = await withTwo();
  const [one, two] = strips(view);
  expect(strips(view)).toHaveLength(2);
  expect(two?.querySelector("select")?.value).toBe(LAYERS[1]);
  expect(two?.querySelector("select")?.selectedOptions[0]?.textContent).toBe(
    "forget gate, layer 0",
  );
  expect(two?.querySelector(".rnnviz-units-count")?.textContent).toBe("2 units");
  const chip = (of: Element | undefined) => of?.querySelector<HTMLElement>(".rnnviz-unit-chip");
  // Either strip colours the text; the one that was used last counts, then the other one again.
  chip(one)?.click();
  await reached();
  expect(colours(view)).toEqual(coloursOf(0));
  hover(chip(two)!);
  await reached();
  expect(colours(view)).not.toEqual(coloursOf(0));
  leave(chip(two)!);
  await reached();
  expect(colours(view)).toEqual(coloursOf(0));
  chip(two)?.click();
  await reached();
  expect(colours(view)).not.toEqual(coloursOf(0));
  const { violations } = await axe.run(view.el);
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([]);
  // Removed, it leaves nothing behind.
  more(view, 1)?.click();
  expect(strips(view)).toHaveLength(1);
  expect(colours(view)).toEqual(coloursOf(0));
  expect(lastAsk(view.model, "states")).toMatchObject({ models: [0, 1], layers: [null, null] });
});

it("leaves nothing of several strips when it is closed", async () => {
  const view = await withTwo();
  strips(view)[1]?.querySelector<HTMLElement>(".rnnviz-unit-chip")?.click();
  expect(view.facet(0).hasAttribute("data-coloured")).toBe(true);
  open(view)?.click();
  expect(strips(view)).toHaveLength(0);
  expect(view.facet(0).hasAttribute("data-coloured")).toBe(false);
});

it("sorts units by what they carry to the output that is shown, but not under the pointer", async () => {
  const view = await filled();
  view.el.querySelector<HTMLElement>('.rnnviz-units-choices [data-choice="contribution"]')?.click();
  const asked = lastAsk(view.model, "states");
  expect(asked.order).toBe("contribution");
  const [output, input] = asked.carried as [number, number];
  expect([output, input < output]).toEqual([4, true]);
  const known = { values: VALUES, order: [2, 0, 1], carried: [output, input] as const };
  const sorted = { ...known, shares: [-0.25, 0.125, 0.75] };
  reply(view.model, "states", message(view, sorted, { by: "contribution" }));
  await frames();
  expect(within(view, ".rnnviz-units-order").textContent).toBe(
    `Those first that carry most of “${TEXT[input]}”, character ${input + 1}, to the output at “n”, character 5.`,
  );
  const table = within<HTMLDetailsElement>(view, "details");
  table.open = true;
  await vi.waitFor(() => expect(table.querySelectorAll("tbody tr")).toHaveLength(3));
  const cells = [...table.querySelectorAll("tr")].map((row) => row.lastElementChild?.textContent);
  expect(cells).toEqual(["carries", "−25.0 %", "12.5 %", "75.0 %"]);
  within(view, ".rnnviz-unit-chip").click();
  expect(within(view, ".rnnviz-units-said").textContent).toContain(
    `carries −25.0 % from character ${input + 1} to 5.`,
  );
  // Of another output it is asked for once the reader rests.
  point(view.span(8));
  await vi.waitFor(() => expect(lastAsk(view.model, "states").carried[0]).toBe(8));
  reply(
    view.model,
    "states",
    message(view, { ...sorted, carried: [8, 2] }, { by: "contribution" }),
  );
  // With the keyboard in the strip its rows stay.
  strip(view).focus();
  const asks = newAsks(view.model, "states").length;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    point(view.span(6));
    await view.shown(6);
    vi.advanceTimersByTime(400);
    expect(newAsks(view.model, "states").length).toBe(asks);
  } finally {
    vi.useRealTimers();
  }
  strip(view).blur();
  point(view.span(7));
  await vi.waitFor(() => expect(lastAsk(view.model, "states").carried[0]).toBe(7));
  const error = { ...windowOf({ values: VALUES }), carry_error: "it reads both ways" };
  reply(view.model, "states", message(view, {}, { facets: [error, error], by: "contribution" }));
  expect(within(view, ".rnnviz-units-order").textContent).toBe(
    "In the order of their numbers: it reads both ways",
  );
});

it("stays where it is scrolled to while the theme changes, and when it was not displayed", async () => {
  const text = "long ".repeat(400);
  const view = await opened({}, 4, { text });
  const values = Array.from(text, (_, n) => Array.from({ length: 200 }, (_, unit) => n * unit));
  reply(view.model, "states", message(view, { values }));
  await frames();
  const box = strip(view);
  box.focus();
  [box.scrollLeft, box.scrollTop] = [5000, 100];
  await frames();
  box.blur();
  const at = () => [box.scrollLeft, box.scrollTop, strip(view, 1).scrollLeft];
  expect(at()).toEqual([5000, 100, 5000]);
  document.body.style.background = "rgb(17, 17, 17)";
  await frames();
  expect(at()).toEqual([5000, 100, 5000]);
  // Wider for less than a frame.
  view.el.style.width = "18000px";
  expect(box.scrollLeft).toBeLessThan(5000);
  view.el.style.width = "900px";
  await vi.waitFor(() => expect(at()).toEqual([5000, 100, 5000]));
  view.el.style.display = "none";
  await frames();
  view.el.style.display = "";
  await vi.waitFor(() => expect(at()).toEqual([5000, 100, 5000]));
  document.body.style.background = "";
  // So wide for a while that it can't be scrolled as far.
  view.el.style.width = "18000px";
  await vi.waitFor(() => expect(at()[0]).toBeLessThan(5000));
  view.el.style.width = "900px";
  await vi.waitFor(() => expect(at()).toEqual([5000, 100, 5000]));
  // Another strip of a model begins where the others are.
  more(view, 0)?.click();
  const first = windowOf({ values });
  reply(
    view.model,
    "states",
    message(view, {}, { models: [0, 1, 0], facets: [first, first, first] }),
  );
  await frames();
  const scrolled = [...view.el.querySelectorAll(".rnnviz-strip")].map((one) => one.scrollLeft);
  expect(scrolled).toEqual([5000, 5000, 5000]);
});

it("shows the strips that a page was saved with", async () => {
  const first = windowOf({ values: VALUES });
  const facets = [first, first, gates()];
  const state = {
    ...{ position: 4, pinned: null, _scene: sceneMessage({}), _answer: {}, _opened: ["states"] },
    _rows: await rowsMessage(
      TEXT.length,
      [0, 1].map((i) => allRows(i, TEXT.length)),
    ),
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
    _reply: { states: { ...message(null, {}, { models: [0, 1, 0], facets }), number: 1 } },
  };
  const view = show(new PageModel(state), document.body, () => MODULE, ENTRIES);
  await view.shown(4);
  await vi.waitFor(() => expect(chips(view)).toHaveLength(5));
  expect(strips(view)).toHaveLength(2);
  expect(
    [...view.facet(0).querySelectorAll<HTMLElement>(".rnnviz-units-more")].every(
      (one) => one.hidden,
    ),
  ).toBe(true);
});
