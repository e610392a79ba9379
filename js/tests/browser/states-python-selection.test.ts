/** What Python selects, in the view of units: taken over, and left as it is. */
import { expect, it, vi } from "vitest";
import { lastAsk, newAsks, reply } from "../asks";
import { LAYERS, windowOf } from "../unit-windows";
import { frames, point } from "./helpers";
import { answer, asked, button, CORPUS, FOUND, LAYER, SEARCH, words } from "./unit-searches";
import { filled, message, VALUES, within } from "./unit-strips";

it("takes over what Python selects: the layer, the rule, the corpus", async () => {
  const view = await filled();
  const search = { ...SEARCH, layers: [LAYERS[1], ""], threshold: 0.25, corpus: true };
  view.model.receive({ brush: [1, 3] });
  const other = { ...FOUND, layer: LAYERS[1] };
  answer(view, { serial: 0, search, corpus: CORPUS, facets: [other, FOUND] });
  await vi.waitFor(() => expect(lastAsk(view.model, "states").layers).toEqual([LAYERS[1], null]));
  const chosen = [...view.el.querySelectorAll(".rnnviz-unit-search [aria-checked=true]")];
  expect(chosen.map((one) => one.textContent)).toEqual(["the corpus", "LSTMVis"]);
  // Its layer is not here yet.
  expect(within(view, ".rnnviz-unit-matches").hidden).toBe(true);
  const window = windowOf({ values: VALUES, layer: 1 });
  reply(
    view.model,
    "states",
    message(view, {}, { facets: [window, windowOf({ values: VALUES })] }),
  );
  await frames();
  expect(words(view)).toMatch(/^2 units are on exactly at “dv”/);
  button(view, "own quantile").click();
  expect(asked(view)).toEqual({ ...search, threshold: null });
});

it("leaves what Python selects as it is, one selection after the other, until the reader changes something", async () => {
  const view = await filled();
  const choose = (layer: string) => {
    const select = within<HTMLSelectElement>(view, ".rnnviz-units select");
    select.value = layer;
    select.dispatchEvent(new Event("change"));
  };
  let position = 5;
  const selected = async (search: object | null, brush: number[] | null) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      view.model.receive({ brush });
      answer(view, { serial: 0, search, facets: search === null ? [] : [FOUND, FOUND] });
      // The pointer moves on, which draws, and the brush rests for as long as the page waits to search.
      await frames();
      position += 1;
      point(view.span(position));
      await view.shown(position);
      vi.advanceTimersByTime(400);
    } finally {
      vi.useRealTimers();
    }
  };
  const rules = () =>
    [...view.el.querySelectorAll(".rnnviz-unit-search [aria-checked=true]")].at(-1)?.textContent;
  // The reader has chosen the layer that Python's first selection leaves open.
  choose(LAYER);
  await selected({ ...SEARCH, threshold: 0.1 }, [1, 3]);
  expect(rules()).toBe("LSTMVis");
  await selected({ ...SEARCH, start: 2, after: 4 }, [2, 4]);
  expect(rules()).toBe("own quantile");
  await selected(null, null);
  expect(newAsks(view.model, "matches")).toEqual([]);
  // Where another layer is shown than was searched, that is searched too.
  choose(LAYERS[1] ?? "");
  await selected({ ...SEARCH }, [1, 3]);
  await vi.waitFor(() => expect(asked(view)).toEqual({ ...SEARCH, layers: [LAYERS[1], ""] }));
  // What is told of a search under way does not take back the layer that the reader chooses meanwhile.
  const search = { ...SEARCH, layers: [LAYERS[1], ""], corpus: true };
  const reads = (share: number) =>
    answer(view, { serial: 0, search, facets: [], progress: { words: "reading", share } });
  reads(0.1);
  choose(LAYER);
  reads(0.2);
  expect(lastAsk(view.model, "states").layers).toEqual([LAYER, null]);
});
