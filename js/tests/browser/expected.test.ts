/** The scale that divides by the mean share at the same lag: by shares until all rows are here, and it says so. */
import { expect, it, vi } from "vitest";
import { css, makePalette, STEPS } from "../../src/core/color";
import { allRows, answerMessage, rowsMessage, scoresOf } from "../messages";
import { background, colours, modelOf, NONE, show, TEXT, type View } from "./helpers";

const AT = 6;
const legend = (view: View) => view.el.querySelector(".rnnviz-legend-words")?.textContent;
const ends = (view: View) =>
  [...view.el.querySelectorAll(".rnnviz-legend-end")].map(({ textContent }) => textContent);
const drawn = (view: View, facet: number) =>
  Array.from({ length: AT + 1 }, (_, p) => background(view.span(p, facet)));

function share(facet: number, s: number, t: number): number {
  const row = scoresOf(facet, s);
  return (row[t] ?? 0) / row.reduce((sum, one) => sum + one, 0);
}

/** Full at four times the mean share at the same lag. */
function wanted(facet: number): string[] {
  const { rising } = makePalette([255, 255, 255], false);
  return Array.from({ length: AT + 1 }, (_, t) => {
    const same = Array.from({ length: TEXT.length }, (_, s) => [s, s - (AT - t)] as const);
    const shares = same.filter(([, u]) => u >= 0).map(([s, u]) => share(facet, s, u));
    const mean = shares.reduce((sum, one) => sum + one, 0) / shares.length;
    const step = Math.round((Math.min(4, share(facet, AT, t) / mean) / 4) * STEPS);
    return step === 0 ? NONE : css(rising[step]!.background);
  });
}

it("is drawn once all rows are here; until then shares are, and the legend says so", async () => {
  const rows = [0, 1].map((facet) => scoresOf(facet, AT));
  const view = show(
    modelOf({}, { position: AT, scale: "expected", _answer: answerMessage(AT, rows) }),
  );
  await view.shown(AT);
  expect(drawn(view, 0)).toEqual(colours(rows, 0, AT + 1));
  expect(legend(view)).toMatch(/one scale for all models; over what is expected .* all rows/);
  const all = [0, 1].map((facet) => allRows(facet, TEXT.length));
  view.model.receive({ _rows: await rowsMessage(TEXT.length, all) });
  await vi.waitFor(() => expect(drawn(view, 1)).toEqual(wanted(1)));
  expect(drawn(view, 0)).toEqual(wanted(0));
  expect(ends(view)).toEqual(["0", "4 times the expected"]);
  expect(legend(view)).toMatch(/over the mean share at the same distance in this text; one scale/);
  view.model.receive({ scale: "share" });
  expect(drawn(view, 0)).toEqual(colours(rows, 0, AT + 1));
});
