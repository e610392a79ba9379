/** What the map of states says where something is missing, in saved and narrow pages, and to who does not see it. */
import axe from "axe-core";
import { expect, it, vi } from "vitest";
import { css } from "../../src/core/color";
import { PageModel } from "../../src/hosts/page-model";
import { lastAsk, refuse, reply } from "../asks";
import { allRows, rowsMessage, sceneMessage } from "../messages";
import { FACTS, mapOf } from "../state-maps";
import { frames, show, TEXT } from "./helpers";
import {
  ENTRIES,
  expectAt,
  filled,
  MODULE,
  message,
  middleOf,
  near,
  OPTIONS,
  opened,
  PALETTE,
  placeOf,
  plane,
  pointer,
  status,
  WIDTH,
  within,
  withoutPath,
  words,
} from "./state-map-views";

it("says what a model has not, what is refused, and what is still to come", async () => {
  const view = await opened();
  const error = "no layer of Mixer has states";
  const facets = [{ error }, mapOf({ ...OPTIONS, waitsFor: "the corpus, of which 30% is read" })];
  reply(view.model, "map", message(view, OPTIONS, { facets }));
  await frames();
  expect(words(view, "error")).toBe(error);
  expect(within(view, ".rnnviz-map-content").hidden).toBe(true);
  expect(within(view, ".rnnviz-map-facts", 1).textContent).toBe(
    `${FACTS}. Still to come: the corpus, of which 30% is read.`,
  );
  refuse(view.model, "map", "sources must have an entry for each model");
  expect(status(view)).toBe("sources must have an entry for each model");
});

it("offers UMAP only where the kernel has it, and says that it is awaited", async () => {
  const view = await filled();
  const methods = () => view.el.querySelector<HTMLElement>('[aria-label="placed by"]')!;
  expect(methods().hidden).toBe(true);
  reply(view.model, "map", message(view, OPTIONS, { methods: "|pca|umap" }));
  await frames();
  expect(methods().hidden).toBe(false);
  methods().querySelector<HTMLElement>('[data-choice="umap"]')?.click();
  expect(lastAsk(view.model, "map").method).toBe("umap");
  await vi.waitFor(() => expect(status(view)).toMatch(/^UMAP places the states/));
  reply(view.model, "map", message(view, OPTIONS, { method: "umap", methods: "|pca|umap" }));
  await frames();
  expect(status(view)).toBe("");
  const chosen = methods().querySelector('[aria-checked="true"]');
  expect(chosen?.textContent).toBe("UMAP");
});

it("shows in a page without a kernel the map that was open, with its nearest", async () => {
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
    _opened: ["map"],
    _reply: { map: { ...message(null), number: 1 } },
  };
  const view = show(new PageModel(state), document.body, () => MODULE, ENTRIES);
  view.el.style.width = `${WIDTH}px`;
  await view.shown(4);
  await vi.waitFor(() => expect(near(view)).toHaveLength(3));
  expect(status(view)).toBe(
    "Without a kernel there is only what was shown when this page was saved.",
  );
  expect(within<HTMLSelectElement>(view, ".rnnviz-map-source").disabled).toBe(true);
  await withoutPath(view);
  pointer(view, "pointermove", placeOf(view, 7));
  await view.shown(7);
  await frames();
  expectAt(middleOf(view, "marks", css(PALETTE.accent)), placeOf(view, 7));
  pointer(view, "pointermove", placeOf(view, 12));
  expect(words(view, "near-words")).toBe("Which states are nearest here needs a kernel.");
});

it("has no fault that axe finds, and stays within 340 pixels", async () => {
  const view = await filled();
  for (const ground of ["rgb(255, 255, 255)", "rgb(17, 17, 17)"]) {
    document.body.style.background = ground;
    await frames();
    const { violations } = await axe.run(view.el);
    expect(violations.map(({ id, nodes }) => [id, nodes.map((one) => one.html)])).toEqual([]);
  }
  document.body.style.background = "";
  view.el.style.width = "340px";
  await vi.waitFor(() => expect(plane(view).clientWidth).toBeLessThanOrEqual(340));
  await frames();
  const right = view.el.getBoundingClientRect().right + 1;
  const beyond = [...view.el.querySelectorAll<HTMLElement>(".rnnviz-map *, .rnnviz-map-choices *")]
    .filter((el) => el.closest(".rnnviz-place-text") === null)
    .filter((el) => el.getBoundingClientRect().right > right);
  expect(beyond.map((el) => el.className)).toEqual([]);
});
