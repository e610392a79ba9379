/** The legend in words and numbers, and colours for the ground that the widget stands on. */

import { describe, expect, it, vi } from "vitest";
import { css } from "../../src/core/color";
import widget from "../../src/hosts/widget";
import { answerMessage } from "../messages";
import {
  background,
  both,
  colours,
  controls,
  expectPicture,
  filledModel,
  modelOf,
  NONE,
  point,
  readable,
  show,
  type View,
} from "./helpers";

describe("the legend", () => {
  const legend = (view: View) =>
    (view.el.querySelector(".rnnviz-header") as HTMLElement).innerText.replace(/\s+/g, " ");

  it("says in words and numbers what full colour is", async () => {
    const rows = [
      [1, 1, 1, 1, 1],
      [0, 0, 0, 1, 9],
    ];
    const view = show(modelOf({}, { _answer: answerMessage(4, rows) }));
    await view.shown(4);
    expect(legend(view)).toContain("≥ 20 %");
    const sentence = view.el.querySelector<HTMLElement>(".rnnviz-legend-words")!;
    expect(sentence.checkVisibility()).toBe(false);
    controls(view);
    expect(sentence.innerText).toContain(
      "L2 norm of the gradient, as a share of its sum over all that was read",
    );
    expect(view.facet(0).textContent).toContain("largest share 20.0 %");
    expect(view.facet(1).textContent).toContain("largest share 90.0 %");
    expectPicture(view, 4, rows);
  });

  it("of a signed measure goes both ways", async () => {
    const rows = [[1, -1, 0.5, -0.5, 2]];
    const view = show(
      modelOf(
        { signed: true, facets: [{}] },
        { _answer: answerMessage(4, rows, { signed: true }) },
      ),
    );
    await view.shown(4);
    expect(legend(view)).toContain("−30 %");
    expect(legend(view)).toContain("+30 %");
    const spans = [...view.facet(0).querySelectorAll("[data-p]")];
    expect(spans.map(background)).toEqual(colours(rows, 0, 11, { signed: true }));
    for (const span of spans.slice(0, 5)) expect(readable(span)).toBeGreaterThanOrEqual(4.5);
  });

  it("says that there is no influence where all is zero", async () => {
    const view = show(modelOf({ facets: [{}] }, { _answer: answerMessage(4, [[0, 0, 0, 0, 0]]) }));
    await view.shown(4);
    expect(legend(view)).toContain("no influence: L2 norm");
    expect(view.facet(0).textContent).toContain("no influence");
    expect(background(view.span(2))).toBe(NONE);
  });
});

describe("the theme", () => {
  const dark = [17, 19, 23] as const;

  it("follows the ground behind the widget", async () => {
    const ground = document.body.appendChild(document.createElement("div"));
    const view = show(await filledModel(), ground);
    await view.shown(4);
    expect(view.root().dataset["theme"]).toBe("light");
    expectPicture(view, 4, both(4));
    ground.style.backgroundColor = css(dark);
    document.body.setAttribute("data-changed", "true");
    await vi.waitFor(() => expect(view.root().dataset["theme"]).toBe("dark"));
    const spans = [...view.facet(0).querySelectorAll("[data-p]")];
    expect(spans.map(background)).toEqual(colours(both(4), 0, 11, { ground: dark }));
    for (const span of spans.slice(0, 5)) expect(readable(span)).toBeGreaterThanOrEqual(4.5);
    expect(readable(view.span(8), css(dark))).toBeGreaterThanOrEqual(4.5);
    document.body.removeAttribute("data-changed");
    ground.remove();
  });

  it("looks again at a style sheet, and not at an icon, as JupyterLab puts one into the head", async () => {
    const style = document.createElement("style");
    style.textContent = `.later { background: ${css(dark)} }`;
    const ground = document.body.appendChild(document.createElement("div"));
    ground.className = "later";
    const view = show(await filledModel(), ground);
    await view.shown(4);
    await new Promise((done) => setTimeout(done, 350));
    const looks = vi.spyOn(window, "getComputedStyle");
    const icon = document.createElement("link");
    icon.rel = "icon";
    icon.href = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    document.head.append(icon);
    await new Promise((done) => setTimeout(done, 350));
    expect(looks).not.toHaveBeenCalled();
    document.head.append(style);
    await vi.waitFor(() => expect(view.root().dataset["theme"]).toBe("dark"));
    looks.mockRestore();
    for (const each of [icon, style, ground]) each.remove();
  });

  it("sees a ground outside a shadow root, and through glass", async () => {
    const host = document.body.appendChild(document.createElement("div"));
    host.style.backgroundColor = css(dark);
    const inside = host.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
    inside.style.backgroundColor = "rgba(255, 255, 255, 0.05)";
    const view = show(await filledModel(), inside);
    expect(view.root().dataset["theme"]).toBe("dark");
    expect(view.root().style.getPropertyValue("--rnnviz-ground")).toBe("rgb(29, 31, 35)");
    host.remove();
  });

  it("is found when a hidden widget comes to light", async () => {
    const tab = document.body.appendChild(document.createElement("div"));
    tab.style.cssText = "display: none; background: rgb(17, 19, 23)";
    const view = show(await filledModel(), tab);
    expect(view.root().dataset["ready"]).toBe("true");
    tab.style.display = "block";
    await vi.waitFor(() => expect(view.span(0).getBoundingClientRect().width).toBeGreaterThan(3));
    expect(view.root().dataset["theme"]).toBe("dark");
    point(view.span(9));
    await view.shown(9);
    tab.remove();
  });

  it("is found when render comes before the page", async () => {
    const model = await filledModel();
    const el = document.createElement("div");
    const end = new AbortController();
    widget.render({ model, el, signal: end.signal });
    const ground = document.createElement("div");
    ground.style.backgroundColor = css(dark);
    ground.append(el);
    document.body.append(ground);
    const root = el.querySelector<HTMLElement>(".rnnviz-explorer");
    await vi.waitFor(() => expect(root?.dataset["theme"]).toBe("dark"));
    end.abort();
    ground.remove();
  });
});
