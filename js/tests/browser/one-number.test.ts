/** A model of one number beside one of classes, and one output for a whole text: what is told of them on the page. */
import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { FakeKernel } from "../fake-kernel";
import { allRows, type FacetOptions, rowsMessage } from "../messages";
import { controls, filledModel, modelOf, show, unfold } from "./helpers";

const PRICE: FacetOptions = {
  name: "Price",
  unit: "EUR",
  classes: ["price"],
  top: Array.from({ length: 11 }, () => [0]),
  topP: [1234.5],
  reason: "the one number that it gives",
};
const GRU = { name: "GRU" };

it("its value is told with its unit, without a bar, and never a probability", async () => {
  const view = show(await filledModel({ target: "truth", facets: [PRICE, GRU] }));
  await view.shown(4);
  const [chip, other] = [0, 1].map((i) => view.facet(i).querySelector<HTMLElement>(".rnnviz-chip"));
  expect(chip?.textContent).toBe("price1,235 EUR");
  expect(chip?.title).toBe("price: 1,235 EUR. Explained: the one number that it gives");
  expect(chip?.style.getPropertyValue("--rnnviz-p")).toBe("0");
  expect(other?.textContent).toBe("learning57.5 %");
  expect(view.facet(0).textContent).not.toMatch(/100\.0|1st/);
  unfold(view, "words-button");
  const words = view.el.querySelector(".rnnviz-words")?.textContent ?? "";
  expect(words).toMatch(/Price gives price, 1,235 EUR; largest share [\d.]+ %;/);
  expect(words).toMatch(/GRU predicts learning, 57\.5 %; explained: learning, 57\.5 %, 1st;/);
});

it("there is no other class to explain where all models give one number", async () => {
  const one = show(await filledModel({ target: "truth", facets: [PRICE] }));
  await one.shown(4);
  expect(controls(one).querySelector("[role=combobox]")).toBeNull();
  const both = show(await filledModel({ target: "truth", facets: [PRICE, GRU] }));
  await both.shown(4);
  expect(controls(both).querySelector("[role=combobox]")).not.toBeNull();
});

it("the value is shown at the caret, and can't be taken", async () => {
  const view = show(new FakeKernel("advanced le", [{ ...PRICE, truth: null }, GRU], 4));
  unfold(view, "edit");
  const chip = () => view.facet(0).querySelector<HTMLElement>(".rnnviz-chip");
  await vi.waitFor(() => expect(chip()?.textContent).toMatch(/ EUR$/));
  expect(chip()?.getAttribute("role")).toBe("listitem");
});

it("one output for the whole text stands at its end: in no word, and with no mean", async () => {
  const whole = { name: "Mood", causal: false, oneOutput: true };
  const row = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10];
  const same = new Map(row.map((_, s) => [s, row]));
  const _rows = await rowsMessage(11, [same, allRows(1, 11)]);
  const view = show(modelOf({ facets: [whole, GRU] }, { _rows }));
  await view.shown(4);
  const items = (facet: number, kind: string) =>
    [...view.facet(facet).querySelectorAll(`.rnnviz-memory-${kind}`)].map((el) => el.textContent);
  await vi.waitFor(() => expect(items(1, "text").join("")).not.toBe(""));
  expect(items(0, "here")).toEqual(["2.8", expect.any(String), "–"]);
  expect(items(0, "text")).toEqual(["", "", ""]);
  unfold(view, "words-button");
  const words = () => view.el.querySelector(".rnnviz-words")?.textContent ?? "";
  // The last word too, which is no current one; and all the same at another character.
  const said = "60.0 % of it lies on “le”, half of it 1 or more characters before the end.";
  expect(words()).toContain(said);
  expect(words()).toMatch(/GRU predicts .* or more characters back\./);
  await userEvent.hover(view.span(9));
  await view.shown(9);
  expect(words()).toContain(said);
  expect(items(0, "here")[0]).toBe("2.8");
});
