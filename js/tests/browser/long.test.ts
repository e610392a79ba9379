/** Long texts: blocks of lines, a box that scrolls, and words at its edges. */
import { describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { type RowOrError, rowsMessage, type SceneOptions } from "../messages";
import { background, colours, frames, modelOf, NONE, point, show, type View } from "./helpers";

const WORDS = "the formal study of grammar is an important part of education";
const textOf = (length: number) => WORDS.repeat(Math.ceil(length / WORDS.length)).slice(0, length);

/** Rows of a long text: weak everywhere, strong at some characters, at the output most. */
function row(s: number, strong: readonly number[], facet = 0): number[] {
  return Array.from({ length: s + 1 }, (_, t) =>
    t === s ? 20 : strong.includes(t) ? 15 + facet : ((t * 7 + s + 3 * facet) % 5) + 1,
  );
}

async function open(
  length: number,
  rows: readonly ReadonlyMap<number, readonly number[]>[],
  position: number,
  options: SceneOptions = {},
  width = 860,
): Promise<View> {
  const facets = options.facets ?? rows.map((_, i) => ({ name: `model ${i}` }));
  const text = options.text ?? textOf(length);
  const model = modelOf(
    { ...options, text, facets },
    { position, _rows: await rowsMessage(length, rows) },
  );
  const view = show(model);
  view.el.style.width = `${width}px`;
  await view.shown(position);
  await vi.waitFor(() => expect(box(view).classList).not.toContain("rnnviz-flowing"));
  // It has scrolled to the character, and is told so, and paints what came into view, frames later.
  await frames();
  return view;
}

const box = (view: View, facet = 0) =>
  view.facet(facet).querySelector<HTMLElement>(".rnnviz-text") as HTMLElement;
const spansOf = (view: View, facet = 0) => [
  ...view.facet(facet).querySelectorAll<HTMLElement>("[data-p]"),
];
const edges = (view: View, facet = 0) =>
  [...view.facet(facet).querySelectorAll<HTMLButtonElement>(".rnnviz-edge-button")].map((button) =>
    button.hidden ? "" : (button.textContent ?? ""),
  );
const edge = (view: View, index: number, facet = 0) =>
  view.facet(facet).querySelectorAll<HTMLButtonElement>(".rnnviz-edge-button")[
    index
  ] as HTMLButtonElement;

/** Whether a character is seen in its box. */
function seen(view: View, position: number, facet = 0): boolean {
  const span = view.span(position, facet).getBoundingClientRect();
  const { top, bottom } = box(view, facet).getBoundingClientRect();
  return span.top >= top - 1 && span.bottom <= bottom + 1;
}

/** The colours of all characters in the view are those of the row. */
function expectSeen(view: View, rows: readonly (readonly number[])[], facet = 0) {
  const all = spansOf(view, facet);
  const right = colours(rows, facet, all.length);
  const last = (rows[facet]?.length ?? 0) - 1;
  const { top, bottom } = box(view, facet).getBoundingClientRect();
  let count = 0;
  all.forEach((span, p) => {
    const at = span.getBoundingClientRect();
    if (at.bottom < top || at.top > bottom) return;
    count += 1;
    const own = p > last ? NONE : right[p];
    if (background(span) !== own || span.classList.contains("rnnviz-future") !== p > last) {
      expect(`${p}: ${background(span)}`).toBe(`${p}: ${own}`);
    }
  });
  expect(count).toBeGreaterThan(200);
}

async function scrollTo(view: View, top: number, facet = 0) {
  box(view, facet).scrollTop = top;
  await frames();
}

const T = 10_000;
const NEAR = [4000, 4100, 6000, 6001, 9_000];

async function tall(position = 6_100) {
  const known = [5_900, 6_100, 6_130, 9_990];
  return open(T, [new Map(known.map((s) => [s, row(s, NEAR)]))], position);
}

describe("10,000 characters", () => {
  it("stand in a box of their own, opened at the character explained", async () => {
    const view = await tall();
    const { height } = box(view).getBoundingClientRect();
    expect(height).toBeLessThanOrEqual(0.6 * window.innerHeight + 1);
    expect(box(view).scrollHeight).toBeGreaterThan(2000);
    expect(seen(view, 6_100)).toBe(true);
    expectSeen(view, [row(6_100, NEAR)]);
  });

  it("break their lines as one text would", async () => {
    const view = await tall();
    const places = (p: number) => {
      const { left, top } = view.span(p).getBoundingClientRect();
      const origin = view.span(0).getBoundingClientRect();
      return [Math.round(left - origin.left), Math.round(top - origin.top)];
    };
    const some = Array.from({ length: 250 }, (_, i) => i * 40);
    for (const width of ["860px", "333px"]) {
      view.el.style.width = width;
      await frames();
      await frames();
      const sizes = [...box(view).children].map((block) => block.getBoundingClientRect().height);
      expect(
        sizes.every((size) => size < 4 * 28 + 2),
        `${width}: ${sizes}`,
      ).toBe(true);
      const cut = some.map(places);
      const height = box(view).scrollHeight;
      box(view).classList.add("rnnviz-flowing");
      expect(some.map(places)).toEqual(cut);
      expect(Math.abs(box(view).scrollHeight - height)).toBeLessThanOrEqual(1);
      box(view).classList.remove("rnnviz-flowing");
      expect(box(view).textContent).toBe(textOf(T));
    }
  });

  it("keep the first line in view where the width changes", async () => {
    const view = await tall();
    const first = spansOf(view).findIndex((_, p) => seen(view, p));
    view.el.style.width = "500px";
    await frames();
    await frames();
    expect(seen(view, first)).toBe(true);
    const above = spansOf(view).findIndex((_, p) => seen(view, p));
    expect(first - above).toBeLessThan(60);
  });

  it("show the right colours wherever one scrolls after a hover elsewhere", async () => {
    const view = await tall();
    point(view.span(6_130));
    await view.shown(6_130);
    await frames();
    expectSeen(view, [row(6_130, NEAR)]);
    for (const top of [0, 1200, 99_999, 1700]) {
      await scrollTo(view, top);
      expectSeen(view, [row(6_130, NEAR)]);
    }
    await scrollTo(view, 99_999);
    point(view.span(9_990));
    await view.shown(9_990);
    await scrollTo(view, 0);
    expectSeen(view, [row(9_990, NEAR)]);
    expect(view.el.querySelectorAll(".rnnviz-selected").length).toBe(1);
  });

  it("are all coloured in the end, seen or not", async () => {
    const view = await tall();
    point(view.span(6_130));
    await view.shown(6_130);
    const right = colours([row(6_130, NEAR)], 0, T);
    await vi.waitFor(() => {
      const some = spansOf(view).filter((_, p) => p % 50 === 0);
      expect(some.map((span) => background(span))).toEqual(
        some.map((_, i) => (i * 50 > 6_130 ? NONE : right[i * 50])),
      );
    });
  });

  it("follow the keyboard", async () => {
    const view = await tall();
    await scrollTo(view, 0);
    expect(seen(view, 6_100)).toBe(false);
    box(view).focus({ preventScroll: true });
    await userEvent.keyboard("{ArrowLeft}");
    await vi.waitFor(() => expect(view.model.get("position")).toBe(6_099));
    expect(seen(view, 6_099)).toBe(true);
    await userEvent.keyboard("{ArrowDown}");
    await vi.waitFor(() => expect(view.model.get("position")).toBeGreaterThan(6_150));
    const below = view.model.get("position") as number;
    const left = (p: number) => view.span(p).getBoundingClientRect().left;
    expect(Math.abs(left(below) - left(6_099))).toBeLessThan(1);
    await userEvent.keyboard("{End}");
    await vi.waitFor(() => expect(seen(view, T - 1)).toBe(true));
    await userEvent.keyboard("{Home}");
    await vi.waitFor(() => expect(seen(view, 0)).toBe(true));
  });

  it("stay where they are while the pointer moves", async () => {
    const view = await tall();
    const before = box(view).scrollTop;
    const { top } = box(view).getBoundingClientRect();
    for (const p of [5_900, 6_130, 6_100]) {
      point(view.span(p));
      await view.shown(p);
      await frames();
      expect(box(view).scrollTop).toBe(before);
      expect(box(view).getBoundingClientRect().top).toBe(top);
    }
  });
});

describe("strong sources out of sight", () => {
  it("are counted at the edge, with how far from the character explained", async () => {
    const view = await tall();
    expect(edges(view)).toEqual(["↑ 2 strong sources 2,000–2,100 characters back", ""]);
    await scrollTo(view, 0);
    // Two of them, two next to each other, and the character itself.
    expect(edges(view)).toEqual(["", "↓ 4 strong sources 0–2,100 characters back"]);
    await scrollTo(view, 99_999);
    expect(edges(view)).toEqual(["↑ 4 strong sources 0–2,100 characters back", ""]);
  });

  it("change with the pointer", async () => {
    const view = await tall();
    point(view.span(5_900));
    await view.shown(5_900);
    expect(edges(view)).toEqual(["↑ 2 strong sources 1,800–1,900 characters back", ""]);
  });

  it("are one click away, the nearest first", async () => {
    const view = await tall();
    const height = view.root().getBoundingClientRect().height;
    await userEvent.click(edge(view, 0));
    await vi.waitFor(() => expect(seen(view, 4_100)).toBe(true));
    await vi.waitFor(() => expect(edges(view)[1]).toBe("↓ 2 strong sources 0–100 characters back"));
    await vi.waitFor(() => expect(edges(view)[0]).toBe(""));
    expect(view.root().getBoundingClientRect().height).toBe(height);
    // The button is gone, the keyboard is not.
    expect(document.activeElement).toBe(box(view));
    expect(view.root().dataset["shown"]).toBe("6100");
    await vi.waitFor(() => expectSeen(view, [row(6_100, NEAR)]));
  });

  it.each([true, false])(
    "are reached without a movement where less of it is asked for: %s",
    async (less) => {
      const view = await tall();
      const moved = vi.spyOn(box(view), "scrollTo");
      const media = vi
        .spyOn(window, "matchMedia")
        .mockImplementation(
          (query) => ({ matches: less && query.includes("reduced-motion") }) as MediaQueryList,
        );
      edge(view, 0).click();
      expect(moved.mock.calls[0]?.[0]).toMatchObject({ behavior: less ? "auto" : "smooth" });
      media.mockRestore();
    },
  );

  it("are a key away, and cover no text", async () => {
    const view = await tall();
    const { bottom } = edge(view, 0).getBoundingClientRect();
    expect(bottom).toBeLessThanOrEqual(box(view).getBoundingClientRect().top);
    edge(view, 0).focus();
    await userEvent.keyboard("{Enter}");
    await vi.waitFor(() => expect(seen(view, 4_100)).toBe(true));
    expect(edge(view, 0).dataset["lmSuppressShortcuts"]).toBe("true");
  });

  it("are read out politely with the picture", async () => {
    const view = await tall();
    const spoken = view.el.querySelector('[aria-live="polite"]');
    await vi.waitFor(() =>
      expect(spoken?.textContent).toMatch(
        /model 0, above: 2 strong sources 2,000–2,100 characters back\.$/,
      ),
    );
  });

  it("lie ahead too where a model reads ahead", async () => {
    const scores = row(T - 1, [4_000, 5_200, 8_000]).map((v, t) => (t === T - 1 ? 1 : v));
    const facets = [{ name: "both ways", causal: false }];
    const view = await open(T, [new Map([[5_000, scores]])], 5_000, { facets });
    expect(edges(view)).toEqual([
      "↑ 1 strong source 1,000 characters back",
      "↓ 1 strong source 3,000 characters ahead",
    ]);
    await scrollTo(view, 0);
    expect(edges(view)[1]).toBe("↓ 3 strong sources up to 3,000 characters away");
    await scrollTo(view, 99_999);
    await userEvent.click(edge(view, 0));
    await vi.waitFor(() => expect(seen(view, 8_000)).toBe(true));
  });

  it("are not told of a row that is not there", async () => {
    const view = await tall();
    point(view.span(6_090));
    await vi.waitFor(() => expect(view.facet(0).dataset["state"]).toBe("computing"));
    expect(edges(view)).toEqual(["", ""]);
  });
});

describe("several facets", () => {
  it("scroll together, and only when the reader scrolls", async () => {
    const rows = [0, 1].map((i) => new Map([[2_500, row(2_500, [10], i)]]));
    const view = await open(3_000, rows, 2_500, {}, 500);
    expect(box(view, 0).scrollTop).toBe(box(view, 1).scrollTop);
    for (const [facet, top] of [
      [0, 300],
      [1, 40],
      [1, 900],
      [0, 40],
    ] as const) {
      await scrollTo(view, top, facet);
      expect([0, 1].map((i) => box(view, i).scrollTop)).toEqual([top, top]);
      const at = (i: number) =>
        view.span(300, i).getBoundingClientRect().top - box(view, i).getBoundingClientRect().top;
      expect(at(0)).toBe(at(1));
    }
  });

  it("of 1,000 characters are painted in the next frame, in and out of the window", async () => {
    const length = 1_000;
    const known = [400, 700, 999];
    const rows = [0, 1, 2].map((i) => new Map(known.map((s) => [s, row(s, [10, 300], i)])));
    const view = await open(length, rows, 999);
    for (const s of [700, 400, 999]) {
      point(view.span(s));
      await frames();
      expect(view.root().dataset["shown"]).toBe(String(s));
      const all = known.includes(s) ? [0, 1, 2].map((i) => row(s, [10, 300], i)) : [];
      expectSeen(view, all, 0);
    }
    view.facet(2).scrollIntoView();
    await frames();
    expectSeen(
      view,
      [0, 1, 2].map((i) => row(999, [10, 300], i)),
      2,
    );
    // All of it is seen: nothing scrolls, and there is no room for words at an edge.
    expect(box(view).scrollHeight).toBe(box(view).clientHeight);
    expect(edge(view, 0).getBoundingClientRect().height).toBe(0);
  });
});

it("line breaks and tabs in a long text stay where they are", async () => {
  const text = Array.from({ length: 90 }, (_, i) => `line\t${i} of some words\n\n`).join("");
  const length = text.length;
  const rows: RowOrError[] = [row(length - 1, [5])];
  const view = await open(length, [new Map([[length - 1, rows[0] as number[]]])], length - 1, {
    text,
  });
  const tops = () => spansOf(view).map((span) => Math.round(span.getBoundingClientRect().top));
  const cut = tops();
  box(view).classList.add("rnnviz-flowing");
  expect(tops()).toEqual(cut);
  box(view).classList.remove("rnnviz-flowing");
  expect(new Set(cut).size).toBe(180);
});
