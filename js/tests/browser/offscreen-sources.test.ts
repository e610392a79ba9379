/** Strong sources that are out of sight, counted at the edge and one click away. */

import { describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { point, type View } from "./helpers";
import { box, edge, expectSeen, NEAR, open, row, scrollTo, seen, T, tall } from "./tall";

const edges = (view: View, facet = 0) =>
  [...view.facet(facet).querySelectorAll<HTMLButtonElement>(".rnnviz-edge-button")].map((button) =>
    button.hidden ? "" : (button.textContent ?? ""),
  );

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
