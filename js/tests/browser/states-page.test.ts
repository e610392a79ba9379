/** What the strip of units says where something is missing, in narrow pages, and to who does not see it. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { PageModel } from "../../src/hosts/page-model";
import { refuse, reply } from "../asks";
import { allRows, rowsMessage, sceneMessage } from "../messages";
import { windowOf } from "../unit-windows";
import { frames, show, TEXT } from "./helpers";

import {
  chips,
  colours,
  coloursOf,
  ENTRIES,
  filled,
  MODULE,
  message,
  opened,
  pointAtCell,
  status,
  strip,
  VALUES,
  within,
} from "./unit-strips";

it("says what a model has not, what is refused, and that nothing comes", async () => {
  const view = await opened();
  const error = "no layer of Mixer has states; its modules are mix";
  const facets = [{ error }, windowOf({ values: VALUES })];
  reply(view.model, "states", message(view, {}, { facets }));
  expect(within(view, ".rnnviz-units-error").textContent).toBe(error);
  expect(within(view, ".rnnviz-units-content").hidden).toBe(true);
  expect(chips(view, 1)).toHaveLength(3);
  refuse(view.model, "states", "layers must have an entry for each model");
  expect(status(view)).toBe("layers must have an entry for each model");
  // Another view of the widget may ask for other states.
  reply(view.model, "states", { ...message(view), serial: 77 });
  expect(within(view, ".rnnviz-units-error").textContent).toBe(error);
});

it("is readable by who does not see it: a table, names, and no fault that axe finds", async () => {
  const view = await filled();
  const table = within<HTMLDetailsElement>(view, "details");
  table.open = true;
  await vi.waitFor(() => expect(table.querySelectorAll("tbody tr")).toHaveLength(3));
  expect(table.querySelector("caption")?.textContent).toBe(
    "hidden state, layer 0, at “n”, character 5",
  );
  const first = [...(table.querySelector("tbody tr")?.children ?? [])].map((c) => c.textContent);
  expect(first).toEqual(["0", "−0.1000", "0.0000", "−0.5000", "0.5000"]);
  for (const ground of ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]) {
    document.body.style.background = ground;
    await frames();
    const { violations } = await axe.run(view.el);
    expect(violations.map(({ id, nodes }) => [id, nodes.map((one) => one.html)])).toEqual([]);
  }
  document.body.style.background = "";
});

it("stays within 320 pixels", async () => {
  const view = await filled();
  view.el.style.width = "320px";
  await vi.waitFor(() => expect(strip(view).clientWidth).toBeLessThanOrEqual(320));
  await frames();
  const right = view.el.getBoundingClientRect().right + 1;
  const beyond = [
    ...view.el.querySelectorAll<HTMLElement>(".rnnviz-units *, .rnnviz-units-choices *"),
  ]
    .filter((el) => el.closest(".rnnviz-strip") === null || el.matches(".rnnviz-strip"))
    .filter((el) => el.getBoundingClientRect().right > right);
  expect(beyond.map((el) => el.className)).toEqual([]);
});

it("shows in a page without a kernel what was open when it was saved", async () => {
  const scene = sceneMessage({});
  const state = {
    position: 4,
    pinned: null,
    _scene: scene,
    _rows: await rowsMessage(
      TEXT.length,
      [0, 1].map((i) => allRows(i, TEXT.length)),
    ),
    _answer: {},
    _status: { epoch: 1, done: 22, total: 22, state: "done", message: null },
    _opened: ["states"],
    _reply: { states: { ...message(null), number: 1 } },
  };
  const view = show(new PageModel(state), document.body, () => MODULE, ENTRIES);
  await view.shown(4);
  await vi.waitFor(() => expect(chips(view)).toHaveLength(3));
  expect(status(view)).toBe(
    "Without a kernel there is only what was shown when this page was saved.",
  );
  expect(within<HTMLSelectElement>(view, "select").disabled).toBe(true);
  pointAtCell(view, 7, 1);
  await view.shown(7);
  expect(colours(view)).toEqual(coloursOf(1));
});
