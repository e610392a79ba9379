/** The page draws tests/picture/scenes.json as Python does without it: the words, and each character's colours. */
import { describe, expect, it } from "vitest";
import scenes from "../../../tests/picture/scenes.json";
import { css, makePalette, type Palette } from "../../src/core/color";
import { FakeModel } from "../fake-model";
import { bytes } from "../messages";
import { controls, NONE, show, type View } from "./helpers";

// biome-ignore lint/suspicious/noExplicitAny: golden files are plain JSON of many shapes
type Json = any;

/** Golden values with their bytes as a host gives them. */
function revived(value: Json): Json {
  if (Array.isArray(value)) return value.map(revived);
  if (typeof value !== "object" || value === null) return value;
  if (typeof value.b64 === "string") {
    return bytes(Uint8Array.from(atob(value.b64), (c) => c.charCodeAt(0)));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revived(item)]));
}

const seen = (el: Element) =>
  getComputedStyle(el).visibility === "visible" && (el as HTMLElement).offsetParent !== null;
const texts = (root: Element, selector: string) =>
  [...root.querySelectorAll(selector)].filter(seen).map((el) => el.textContent ?? "");

function expectStyles(view: View, facet: number, wanted: Json, palette: Palette): void {
  const spans = [...view.facet(facet).querySelectorAll<HTMLElement>("[data-p]")];
  const style = (span: Element) => getComputedStyle(span);
  const styles = spans.map((span) => {
    if (span.classList.contains("rnnviz-future")) return null;
    const { backgroundColor, color } = style(span);
    return `${backgroundColor} ${color}`;
  });
  const expected = wanted.steps.map((step: number | null, p: number) => {
    if (step === null) return null;
    const own = step < 0 ? palette.falling[-step] : palette.rising[step];
    // What has no shape of its own is quiet where nothing colours it; in Python it is not.
    const quiet = step === 0 && spans[p]?.classList.contains("rnnviz-control");
    return `${step === 0 ? NONE : css(own!.background)} ${css(quiet ? palette.muted : own!.ink)}`;
  });
  expect(styles).toEqual(expected);
  const marked = (mark: string) =>
    spans.flatMap((span, p) => (span.classList.contains(mark) ? [p] : []));
  expect(marked("rnnviz-unknown")).toEqual(wanted.unknown);
  const under = (span: Element) => style(span).borderBlockEndColor === css(palette.accent);
  expect(spans.flatMap((span, p) => (under(span) ? [p] : []))).toEqual(wanted.explained);
}

describe("standing pictures", () => {
  it.each(scenes as Json[])("$name", async ({ scene, answer, expect: wanted }) => {
    const { position } = answer;
    const status = { epoch: 1, done: 0, total: 1, state: "idle", message: null };
    const traits = { _scene: revived(scene), _answer: revived(answer), _status: status };
    const view = show(new FakeModel({ position, ...traits }));
    await view.shown(position);
    const root = view.root();
    // Where some facet has a sign, all have two arms.
    const signs = [scene, ...scene.facets].map(({ measure }: Json) => measure?.signed === true);
    const palette = makePalette([255, 255, 255], signs.includes(true));
    const { shared } = wanted;
    const comma = shared === null ? "" : ",";
    const explains = shared === null ? [] : [`explains ${shared.target}, ${shared.reason}`];
    controls(view);
    // Beside what is explained, which the page marks in the text, it stands on paper only.
    expect(root.querySelector(".rnnviz-after")?.textContent).toBe(wanted.place + comma);
    expect(texts(root, ".rnnviz-explains")).toEqual(explains);
    expect(texts(root, ".rnnviz-legend-end")).toEqual(wanted.legend ?? []);
    expect(texts(root, ".rnnviz-legend-words")).toEqual([wanted.words]);
    expect(texts(root, ".rnnviz-facet-measure")).toEqual(wanted.facets.map((f: Json) => f.summary));
    wanted.facets.forEach((facet: Json, i: number) => {
      const chips = [...view.facet(i).querySelectorAll<HTMLElement>(".rnnviz-chip")].filter(seen);
      const found = chips.map((chip) => ({
        name: chip.querySelector(".rnnviz-chip-name")?.textContent,
        value: chip.querySelector(".rnnviz-chip-value")?.textContent,
        // Or it is what that is compared with.
        explained: chip.matches("[data-target], [data-rival]"),
        apart: chip.classList.contains("rnnviz-chip-apart"),
      }));
      const { target, reason } = facet.explanation;
      // Ready-made rows need not tell.
      const separately = shared === null && target !== "";
      const own = separately ? [`explains ${target}, ${reason}`] : [];
      expect(texts(view.facet(i), ".rnnviz-facet-explains")).toEqual(own);
      // What is compared with has no place of its own in the page: where it is not among the best, words tell it.
      const placed = facet.chips.filter(
        (chip: Json) => !chip.apart || target.split(" rather than ")[0] === chip.name,
      );
      expect(found).toEqual(placed.map(({ probability: _, ...chip }: Json) => chip));
      expectStyles(view, i, facet, palette);
    });
    // What is over the expected waits for all rows (expected.test.ts), one scale over checkpoints for checkpoints.
    const scaled = (wanted.scaled as Json[]).filter(
      ({ scale, at_least }) => scale !== "expected" && at_least === 0,
    );
    for (const { scale, by, sharpness, words, legend } of scaled) {
      view.model.receive({ scale, by, sharpness });
      const label = `${scale} ${by} ${sharpness}`;
      expect(texts(root, ".rnnviz-legend-words"), label).toEqual([words]);
      expect(texts(root, ".rnnviz-legend-end"), label).toEqual(legend ?? []);
    }
  });
});
