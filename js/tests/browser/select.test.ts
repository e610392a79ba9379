import { describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { filledModel, modelOf, point, press, show, type View } from "./helpers";

const LONG = "the formal study of grammar is an important part of education from a young age";

async function open(text = "advanced le", traits = {}): Promise<View> {
  const view = show(await filledModel({ text }, traits));
  await view.shown(view.model.get("position") as number);
  return view;
}

const pinned = (view: View) => view.model.get("pinned");

describe("a pin", () => {
  it("is set by a click, not overridden by hover, moved by another click, released by a second", async () => {
    const view = await open();
    await userEvent.click(view.span(6));
    await vi.waitFor(() => expect(pinned(view)).toBe(6));
    await view.shown(6);
    expect(view.root().dataset["pinned"]).toBe("true");

    await userEvent.hover(view.span(2, 1));
    await new Promise((done) => requestAnimationFrame(done));
    expect(view.root().dataset["shown"]).toBe("6");

    await userEvent.click(view.span(9, 1));
    await vi.waitFor(() => expect(pinned(view)).toBe(9));
    await view.shown(9);
    await userEvent.click(view.span(9));
    await vi.waitFor(() => expect(pinned(view)).toBeNull());
    await userEvent.hover(view.span(2));
    await view.shown(2);
  });

  it("is released by Escape and by its button", async () => {
    const view = await open();
    const release = view.el.querySelector(".rnnviz-release") as HTMLElement;
    expect(release.hidden).toBe(true);
    await userEvent.click(view.span(6));
    await vi.waitFor(() => expect(release.hidden).toBe(false));
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(pinned(view)).toBeNull());
    await userEvent.click(view.span(5));
    await vi.waitFor(() => expect(pinned(view)).toBe(5));
    await userEvent.click(release);
    await vi.waitFor(() => expect(pinned(view)).toBeNull());
    expect(view.root().dataset["shown"]).toBe("5");
  });

  it("is released by Escape from its button too", async () => {
    const view = await open();
    await userEvent.click(view.span(6));
    const release = view.el.querySelector(".rnnviz-release") as HTMLElement;
    await vi.waitFor(() => expect(release.hidden).toBe(false));
    release.focus();
    await userEvent.keyboard("{Escape}");
    await vi.waitFor(() => expect(pinned(view)).toBeNull());
  });

  it("set by the kernel is shown instead of the position", async () => {
    const view = show(await filledModel({}, { pinned: 9 }));
    await view.shown(9);
    view.model.receive({ pinned: null });
    await view.shown(4);
  });
});

describe("keys", () => {
  it("walk by character, word and to the ends", async () => {
    const view = await open(LONG);
    view.facet(0).querySelector<HTMLElement>(".rnnviz-text")?.focus();
    for (const [keys, position] of [
      ["{ArrowRight}", 5],
      ["{ArrowLeft}{ArrowLeft}", 3],
      ["{Control>}{ArrowRight}{/Control}", 4],
      ["{Control>}{ArrowRight}{ArrowRight}{/Control}", 17],
      ["{Control>}{ArrowLeft}{/Control}", 11],
      ["{End}", LONG.length - 1],
      ["{ArrowRight}", LONG.length - 1],
      ["{Home}", 0],
      ["{ArrowLeft}", 0],
    ] as const) {
      await userEvent.keyboard(keys);
      await view.shown(position);
    }
  });

  it("move by the lines as they are laid out", async () => {
    const view = await open(LONG.repeat(3));
    view.el.style.width = "420px";
    const text = view.facet(0).querySelector<HTMLElement>(".rnnviz-text");
    text?.focus();
    const left = () => view.span(Number(view.root().dataset["shown"])).getBoundingClientRect();
    const before = left();
    await userEvent.keyboard("{ArrowDown}");
    await vi.waitFor(() => expect(view.root().dataset["shown"]).not.toBe("4"));
    expect(left().top).toBeGreaterThan(before.top + 10);
    expect(Math.abs(left().left - before.left)).toBeLessThan(1);
    await userEvent.keyboard("{ArrowUp}");
    await view.shown(4);
    await userEvent.keyboard("{ArrowUp}");
    expect(view.model.get("position")).toBe(4);
  });

  it("pin, move the pin and release it", async () => {
    const view = await open();
    view.facet(1).querySelector<HTMLElement>(".rnnviz-text")?.focus();
    await userEvent.keyboard("{Enter}");
    await vi.waitFor(() => expect(pinned(view)).toBe(4));
    await userEvent.keyboard("{ArrowRight}");
    await vi.waitFor(() => expect(pinned(view)).toBe(5));
    await view.shown(5);
    await userEvent.keyboard(" ");
    await vi.waitFor(() => expect(pinned(view)).toBeNull());
  });

  it("are kept from the notebook when they mean something, and only then", async () => {
    const view = await open();
    const heard: string[] = [];
    const listen = (event: KeyboardEvent) => heard.push(event.key);
    document.addEventListener("keydown", listen);
    view.facet(0).querySelector<HTMLElement>(".rnnviz-text")?.focus();
    await userEvent.keyboard("{ArrowRight}{Enter}{Escape}{Escape}x");
    document.removeEventListener("keydown", listen);
    expect(heard).toEqual(["Escape", "x"]);
    // JupyterLab looks at the focused element and upwards: whatever takes the keyboard says it itself.
    const focusable = [...view.root().querySelectorAll("[tabindex], button"), view.root()];
    expect(focusable.length).toBe(12);
    for (const el of focusable) expect(el.getAttribute("data-lm-suppress-shortcuts")).toBe("true");
  });

  it("show where they are", async () => {
    const view = await open();
    await userEvent.keyboard("{Tab}{Tab}");
    const focused = view.el.querySelector(".rnnviz-text:focus-visible");
    expect(focused).not.toBeNull();
    expect(getComputedStyle(focused as Element).outlineStyle).toBe("solid");
  });
});

describe("a finger", () => {
  it("selects, then pins, then releases", async () => {
    const view = await open();
    press(view.span(7), "touch");
    await view.shown(7);
    expect(pinned(view)).toBeNull();
    press(view.span(7), "touch");
    await vi.waitFor(() => expect(pinned(view)).toBe(7));
    press(view.span(7), "touch");
    await vi.waitFor(() => expect(pinned(view)).toBeNull());
  });

  it("selects as it goes along a line, and leaves scrolling to the page", async () => {
    const view = await open();
    const first = view.span(2);
    const before = Number(view.root().dataset["shown"]);
    expect(before).not.toBe(2);
    point(first, "pointerdown", "touch");
    await new Promise(requestAnimationFrame);
    expect(Number(view.root().dataset["shown"])).toBe(before);
    // A finger keeps its first target: what counts is where it is.
    const { left, top, width, height } = view.span(8).getBoundingClientRect();
    first.dispatchEvent(
      new PointerEvent("pointermove", {
        bubbles: true,
        pointerType: "touch",
        clientX: left + width / 2,
        clientY: top + height / 2,
      }),
    );
    await view.shown(8);
    const text = view.facet(0).querySelector(".rnnviz-text") as Element;
    expect(getComputedStyle(text).touchAction).toBe("pan-y");
  });
});

it("leaves no gap between lines for the pointer to fall through", async () => {
  const view = await open(LONG.repeat(2));
  view.el.style.width = "420px";
  const text = view.facet(0).querySelector(".rnnviz-text") as Element;
  const { left, top, bottom } = text.getBoundingClientRect();
  for (let y = top + 2; y < bottom - 30; y += 1) {
    const under = document.elementFromPoint(left + 30, y);
    expect(under?.closest("[data-p]"), `at ${y - top}`).not.toBeNull();
  }
});

it("does not move the text under the pointer, whatever it says above", async () => {
  const facets = [
    {
      target: Array.from("advanced le", (_, i) => (i % 3 === 0 ? 3 : 0)),
      rank: 14,
      targetP: 0.003,
    },
    {},
  ];
  for (const width of ["320px", "900px"]) {
    const view = show(await filledModel({ facets }));
    view.el.style.width = width;
    await view.shown(4);
    const top = () => view.span(0, 1).getBoundingClientRect().top;
    const before = top();
    for (const p of [0, 1, 2, 3, 10]) {
      point(view.span(p));
      await view.shown(p);
      expect(top()).toBe(before);
    }
    press(view.span(3));
    await vi.waitFor(() => expect(view.root().dataset["pinned"]).toBe("true"));
    expect(top()).toBe(before);
    view.close();
  }
});

it("works in a shadow root", async () => {
  const host = document.body.appendChild(document.createElement("div"));
  const view = show(await filledModel(), host.attachShadow({ mode: "open" }));
  await view.shown(4);
  press(view.span(7), "touch");
  await view.shown(7);
  host.remove();
});

it("two views of one model show one position", async () => {
  const model = modelOf({}, { _rows: (await filledModel()).get("_rows") });
  const [one, other] = [show(model), show(model)];
  await userEvent.hover(one.span(8));
  await Promise.all([one.shown(8), other.shown(8)]);
  await userEvent.click(other.span(2));
  await vi.waitFor(() => expect(one.root().dataset["pinned"]).toBe("true"));
  await one.shown(2);
  one.close();
  await userEvent.click(other.span(5));
  await other.shown(5);
  expect(one.root().dataset["shown"]).toBe("2");
});
