/** The units that colour the texts, between page and kernel: what is kept is told, and what the kernel has is kept. */
import { expect, it, vi } from "vitest";
import { PageModel } from "../../src/hosts/page-model";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import { allRows, rowsMessage, sceneMessage } from "../messages";
import { LAYERS, windowOf } from "../unit-windows";
import { frames, show, TEXT, type View } from "./helpers";
import {
  colours,
  coloursOf,
  ENTRIES,
  filled,
  label,
  leaveStrip,
  MODULE,
  message,
  open,
  pointAtCell,
  reached,
  VALUES,
  within,
} from "./unit-strips";

const unit = (facet: number, number: number, layer = LAYERS[0]) => ({ facet, layer, unit: number });
const told = (view: View) => lastAsk(view.model, "color_by")?.units;
const asks = (view: View) => newAsks(view.model, "color_by");
/** The kernel tells what it has: because Python has set it, or in answer to an ask. */
const tell = (view: View, units: object[], serial = 0) =>
  reply(view.model, "color_by", { epoch: 1, serial, units });
const serialOf = (view: View) => lastAsk(view.model, "color_by").serial;

async function keep(view: View, row: number): Promise<void> {
  pointAtCell(view, 4, row);
  pointAtCell(view, 4, row, "click");
  leaveStrip(view);
  await reached();
}

it("tells the kernel of a unit that is kept, and when it is released", async () => {
  const view = await filled();
  const before = colours(view);
  pointAtCell(view, 4, 1);
  await reached();
  // What is pointed at is not kept.
  expect(asks(view)).toEqual([]);
  await keep(view, 2);
  expect(told(view)).toEqual([unit(0, 2)]);
  tell(view, [unit(0, 2)], serialOf(view));
  await frames();
  expect(colours(view)).toEqual(coloursOf(2));
  within(view, ".rnnviz-units-back").click();
  expect(told(view)).toEqual([]);
  tell(view, [], serialOf(view));
  await frames();
  expect(colours(view)).toEqual(before);
  expect(asks(view)).toHaveLength(2);
});

it("keeps what Python has set, and says so", async () => {
  const view = await filled();
  const before = colours(view, 1);
  tell(view, [unit(1, 1)]);
  await frames();
  expect(colours(view, 1)).toEqual(coloursOf(1));
  expect(label(view, 1)).toContain("Unit 1, hidden state, layer 0, colours the text");
  expect(view.facet(0).hasAttribute("data-coloured")).toBe(false);
  tell(view, []);
  await frames();
  expect(colours(view, 1)).toEqual(before);
  expect(asks(view)).toEqual([]);
});

it("shows the layer of the unit that Python has set", async () => {
  const view = await filled();
  await keep(view, 0);
  tell(view, [unit(0, 0)], serialOf(view));
  tell(view, [unit(0, 1, LAYERS[1])]);
  await vi.waitFor(() => expect(lastAsk(view.model, "states").layers).toEqual([LAYERS[1], null]));
  const window = windowOf({ values: VALUES, layer: 1 });
  const facets = [window, windowOf({ values: VALUES })];
  reply(view.model, "states", message(view, {}, { facets }));
  await frames();
  expect(colours(view)).toEqual(coloursOf(1));
  expect(label(view)).toContain("Unit 1, forget gate, layer 0, colours the text");
  expect(asks(view)).toHaveLength(1);
  // The reader chooses another layer: its units are others.
  const select = within<HTMLSelectElement>(view, "select");
  select.value = LAYERS[0] ?? "";
  select.dispatchEvent(new Event("change"));
  expect(told(view)).toEqual([]);
});

it("does not go back to what was sent before its own ask was read, and goes on after a refusal", async () => {
  const view = await filled();
  await keep(view, 2);
  tell(view, [unit(0, 0)]);
  await frames();
  expect(colours(view)).toEqual(coloursOf(2));
  tell(view, [unit(0, 2)], serialOf(view));
  await frames();
  expect(colours(view)).toEqual(coloursOf(2));
  expect(asks(view)).toHaveLength(1);
  await keep(view, 1);
  refuse(view.model, "color_by", "there is no unit 1");
  tell(view, [unit(0, 0)]);
  await frames();
  expect(colours(view)).toEqual(coloursOf(0));
});

it("has the unit again when it is opened again", async () => {
  const view = await filled();
  await keep(view, 2);
  tell(view, [unit(0, 2)], serialOf(view));
  open(view)?.click();
  open(view)?.click();
  await vi.waitFor(() => expect(lastAsk(view.model, "states").around).not.toBeNull());
  reply(view.model, "states", message(view));
  await reached();
  expect(colours(view)).toEqual(coloursOf(2));
  expect(asks(view)).toHaveLength(1);
});

it("colours the texts of a page without a kernel as they were when it was saved", async () => {
  const state = {
    position: 4,
    pinned: null,
    _scene: sceneMessage({}),
    _rows: await rowsMessage(
      TEXT.length,
      [0, 1].map((i) => allRows(i, TEXT.length)),
    ),
    _answer: {},
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
    _opened: ["states"],
    _reply: {
      states: { ...message(null), number: 1 },
      color_by: { epoch: 1, serial: 0, units: [unit(1, 2)], number: 2 },
    },
  };
  const view = show(new PageModel(state), document.body, () => MODULE, ENTRIES);
  await view.shown(4);
  await vi.waitFor(() => expect(colours(view, 1)).toEqual(coloursOf(2)));
  within(view, ".rnnviz-units-back", 1).click();
  await frames();
  expect(view.facet(1).hasAttribute("data-coloured")).toBe(false);
});
