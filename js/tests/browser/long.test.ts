/** Long texts: blocks of lines, a box that scrolls, and words at its edges. */

import { describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { css, makePalette } from "../../src/core/color";
import { TextView } from "../../src/views/text-view";
import { decodeScene } from "../../src/wire";
import { type RowOrError, sceneMessage } from "../messages";
import { background, colours, frames, NONE, point } from "./helpers";
import {
  box,
  edge,
  expectSeen,
  NEAR,
  open,
  row,
  scrollTo,
  seen,
  spansOf,
  T,
  tall,
  textOf,
} from "./tall";

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

it("takes colours of an instrument at once, others of it in the frames after, the newest in the end", async () => {
  const characters = [..."a memory ".repeat(400)];
  const scene = decodeScene(sceneMessage({ text: characters.join("") }));
  const end = new AbortController();
  const view = new TextView(characters, scene!.facets[0]!, end.signal);
  document.body.replaceChildren(...view.elements);
  const palette = makePalette([255, 255, 255], true);
  view.paint(0, null, palette);
  await vi.waitFor(() => expect(view.el.className).not.toContain("rnnviz-flowing"));
  view.updateVisible();
  const first = [...view.el.querySelectorAll<HTMLElement>("[data-p]")].slice(0, 800);
  const shown = () => new Set(first.map(background));
  const paint = (steps: Int8Array | null, position = 0) =>
    view.paint(position, steps, palette, null, {
      ...{ brush: null, bars: false, influence: null },
      whole: steps !== null,
    });
  const all = (step: number) => new Int8Array(characters.length).fill(step);
  const color = (step: number) => css(palette.rising[step]!.background);
  paint(all(8));
  expect(shown()).toEqual(new Set([color(8)]));
  const next = all(16);
  paint(next);
  expect(shown()).toEqual(new Set([color(8)]));
  // Another position ends nothing.
  paint(next, 5);
  await vi.waitFor(() => expect(shown()).toEqual(new Set([color(16)])));
  paint(all(24));
  await frames();
  paint(all(32));
  await vi.waitFor(() => expect(shown()).toEqual(new Set([color(32)])));
  // Connectivity has the text back at once, and what was to come does not come.
  paint(all(24));
  paint(null);
  expect(shown()).toEqual(new Set([NONE]));
  await frames();
  await frames();
  expect(shown()).toEqual(new Set([NONE]));
  end.abort();
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
