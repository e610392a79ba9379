/** Any class by its name: the list that follows what is typed, by keys alone or with the pointer. */

import { expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { lastAsk, refuse, reply } from "../asks";
import {
  foundMessage,
  previewMessage,
  type RowOrError,
  type SceneOptions,
  sceneMessage,
  scoresOf,
} from "../messages";
import { controls, expectPicture, filledModel, frames, press, show, type View } from "./helpers";

const AT = 4;
const OWN = [scoresOf(0, AT), scoresOf(1, AT)];
const OTHER = [
  [1, 9, 2, 3, 4],
  [7, 1, 1, 1, 2],
];
const NAMES = { legend: [0.31, 0.002], " leg\n": [0.00001, 0.25], "<b>leg": [0.01, 0.9999] };
const TWO = [{}, { name: "LSTM" }];

async function open(options: SceneOptions = {}, traits = {}): Promise<View> {
  const view = show(await filledModel({ target: "truth", facets: TWO, ...options }, traits));
  await view.shown(AT);
  return view;
}

const field = (view: View) => controls(view).querySelector<HTMLInputElement>("[role=combobox]")!;
const list = (view: View) => view.el.querySelector<HTMLElement>("[role=listbox]")!;
const popup = (view: View) => view.el.querySelector<HTMLElement>(".rnnviz-any-popup")!;
const options = (view: View) => [...list(view).querySelectorAll<HTMLElement>("[role=option]")];
const active = (view: View) => {
  const id = field(view).getAttribute("aria-activedescendant");
  return id === null ? null : document.getElementById(id);
};

/** The kernel answers what is sought, once it is that. */
async function find(view: View, prefix: string, names: Record<string, number[]> = NAMES) {
  await vi.waitFor(() => expect(lastAsk(view.model, "classes")?.prefix).toBe(prefix));
  reply(view.model, "classes", foundMessage(lastAsk(view.model, "classes").serial, prefix, names));
}

async function typed(view: View, prefix = "leg") {
  field(view).focus();
  await userEvent.keyboard(prefix);
  await find(view, prefix);
}

/** The kernel answers what is looked at, once it is that. */
async function answerPreview(view: View, name: string, rows: readonly RowOrError[] = OTHER) {
  await vi.waitFor(() => expect(lastAsk(view.model, "preview")?.target).toEqual([name]));
  const { serial } = lastAsk(view.model, "preview");
  reply(view.model, "preview", previewMessage(AT, rows, { serial, name }));
  await frames();
}

it("is found, looked at and explained by keys alone, none of which reaches the host", async () => {
  const view = await open();
  const heard: string[] = [];
  const listen = (event: KeyboardEvent) => heard.push(event.key);
  document.addEventListener("keydown", listen);
  await typed(view);
  expect(field(view).getAttribute("aria-expanded")).toBe("true");
  expect(field(view).getAttribute("aria-controls")).toBe(list(view).id);
  expect(active(view)).toBeNull();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(active(view)).toBe(options(view)[1]);
  expect(options(view).map((el) => el.getAttribute("aria-selected"))).toEqual([
    "false",
    "true",
    "false",
  ]);
  await answerPreview(view, " leg\n");
  await vi.waitFor(() => expectPicture(view, AT, OTHER));
  expect(view.el.querySelector(".rnnviz-explained")?.textContent).toBe("␣leg↵");
  // Past the first is the field, before it the last: what was looked at stays till another is.
  await userEvent.keyboard("{ArrowUp}{ArrowUp}");
  expect(active(view)).toBeNull();
  expect(lastAsk(view.model, "preview").target).toBeNull();
  await frames();
  await vi.waitFor(() => expectPicture(view, AT, OWN));
  await userEvent.keyboard("{ArrowUp}");
  expect(active(view)).toBe(options(view)[2]);
  await answerPreview(view, "<b>leg");
  await userEvent.keyboard("{Enter}");
  document.removeEventListener("keydown", listen);
  expect(lastAsk(view.model, "target").target).toEqual(["<b>leg"]);
  expect(view.model.saved.at(-1)).toMatchObject({ _ask: { target: { target: ["<b>leg"] } } });
  expect(popup(view).hidden).toBe(true);
  expect(field(view).value).toBe("leg");
  await vi.waitFor(() => expectPicture(view, AT, OTHER));
  expect(heard).toEqual([]);
});

it("tells each class's probability in every model, in their order, one under the other", async () => {
  const view = await open();
  await typed(view);
  const rows = options(view).map((el) => [...el.children].map((one) => one.textContent));
  expect(rows).toEqual([
    ["legend", "31.0 %", "0.2 %"],
    ["␣leg↵", "< 0.1 %", "25.0 %"],
    ["<b>leg", "1.0 %", "> 99.9 %"],
  ]);
  expect(list(view).ariaLabel).toBe("Classes, each with its probability by GRU, LSTM");
  const head = [...popup(view).querySelectorAll(".rnnviz-any-head > *")];
  expect(head.map((el) => el.textContent)).toEqual(["", "GRU", "LSTM"]);
  const columns = [head, ...options(view).map((el) => [...el.children])];
  for (const n of [1, 2]) {
    const right = columns.map((cells) => cells[n]!.getBoundingClientRect().right);
    expect(new Set(right).size).toBe(1);
  }
});

it("compares with Shift, and explains what was typed where no option is walked to", async () => {
  const view = await open();
  await typed(view);
  await userEvent.keyboard("{ArrowDown}{Shift>}{Enter}{/Shift}");
  expect(lastAsk(view.model, "target").target).toEqual(["learning", "legend"]);
  await userEvent.keyboard("al{Enter}");
  expect(lastAsk(view.model, "target").target).toEqual(["legal"]);
  refuse(view.model, "target", "GRU has no “legal”");
  expect(view.el.querySelector(".rnnviz-footer")?.textContent).toContain("GRU has no “legal”");
  expect(field(view).value).toBe("legal");
  expect(document.activeElement).toBe(field(view));
});

it("is left by Escape, step by step, and the pin stays as long", async () => {
  const view = await open();
  await userEvent.click(view.span(6));
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(6));
  await typed(view);
  await userEvent.keyboard("{ArrowDown}");
  await userEvent.keyboard("{Escape}");
  expect(popup(view).hidden).toBe(true);
  expect(field(view).getAttribute("aria-expanded")).toBe("false");
  expect(field(view).value).toBe("leg");
  await userEvent.keyboard("{Escape}");
  const button = view.el.querySelector<HTMLElement>(".rnnviz-controls-button");
  expect(button?.getAttribute("aria-expanded")).toBe("false");
  expect(document.activeElement).toBe(button);
  expect(view.model.get("pinned")).toBe(6);
  await userEvent.keyboard("{Escape}");
  await vi.waitFor(() => expect(view.model.get("pinned")).toBeNull());
});

it("follows the newest of what is typed, asked for once the reader pauses", async () => {
  const view = await open();
  field(view).focus();
  await userEvent.keyboard("l");
  await vi.waitFor(() => expect(lastAsk(view.model, "classes")?.prefix).toBe("l"));
  const first = lastAsk(view.model, "classes").serial;
  await userEvent.keyboard("egend");
  await vi.waitFor(() => expect(lastAsk(view.model, "classes")?.prefix).toBe("legend"));
  const { serial } = lastAsk(view.model, "classes");
  reply(view.model, "classes", foundMessage(first, "l", NAMES));
  expect(popup(view).hidden).toBe(true);
  reply(view.model, "classes", foundMessage(serial, "legend", { legend: [0.3, 0.2] }));
  expect(options(view).length).toBe(1);
  reply(view.model, "classes", foundMessage(serial, "legend", {}));
  expect(popup(view).textContent).toContain("no class of all models begins so");
  expect(field(view).getAttribute("aria-expanded")).toBe("false");
  reply(view.model, "classes", { serial });
  expect(view.el.textContent).toContain("What was found can't be read");
});

it("opens on a click or an arrow with the likeliest, anew where another position is shown", async () => {
  const view = await open();
  field(view).focus();
  await new Promise((done) => setTimeout(done, 200));
  expect(lastAsk(view.model, "classes")).toBeUndefined();
  await userEvent.keyboard("{ArrowDown}");
  await find(view, "");
  expect(options(view).length).toBe(3);
  const { serial } = lastAsk(view.model, "classes");
  // Another frame at the same position asks for nothing.
  view.model.receive({ bars: true });
  await frames();
  expect(lastAsk(view.model, "classes").serial).toBe(serial);
  view.model.receive({ position: 6 });
  await view.shown(6);
  expect(lastAsk(view.model, "classes").serial).not.toBe(serial);
  field(view).blur();
  expect(popup(view).hidden).toBe(true);
  await userEvent.click(field(view));
  await vi.waitFor(() => expect(lastAsk(view.model, "classes").prefix).toBe(""));
});

it("is looked at with the mouse, and chosen by a click, while the field keeps the keyboard", async () => {
  const view = await open();
  await typed(view);
  await userEvent.hover(options(view)[0]!);
  expect(active(view)).toBe(options(view)[0]);
  await answerPreview(view, "legend");
  expectPicture(view, AT, OTHER);
  await userEvent.hover(view.span(AT));
  expect(lastAsk(view.model, "preview").target).toBeNull();
  await vi.waitFor(() => expectPicture(view, AT, OWN));
  await userEvent.click(options(view)[1]!);
  expect(lastAsk(view.model, "target").target).toEqual([" leg\n"]);
  expect(document.activeElement).toBe(field(view));
  view.model.receive({ _scene: sceneMessage({ epoch: 2, target: [" leg\n"], facets: TWO }) });
  await vi.waitFor(() => expect(view.root().dataset["epoch"]).toBe("2"));
  expect(document.activeElement).toBe(field(view));
  expect(field(view).value).toBe("");
});

it("looks at nothing where that is explained already", async () => {
  const view = await open();
  field(view).focus();
  await userEvent.keyboard("le");
  await find(view, "le", { learning: [0.5, 0.5], legal: [0.1, 0.1] });
  await userEvent.keyboard("{ArrowDown}");
  await new Promise((done) => setTimeout(done, 300));
  expect(lastAsk(view.model, "preview")).toBeUndefined();
  await userEvent.keyboard("{ArrowDown}");
  await answerPreview(view, "legal");
});

it.each(["320px", "1100px"])("moves nothing and is within the widget, %s wide", async (width) => {
  const view = await open();
  view.el.style.width = width;
  await frames();
  const tops = () =>
    [...view.el.querySelectorAll(".rnnviz-facet, .rnnviz-footer")].map(
      (el) => el.getBoundingClientRect().top,
    );
  controls(view);
  const before = tops();
  const many = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`leg${"al".repeat(i)}`, [0.1, 0.2]]),
  );
  field(view).focus();
  await userEvent.keyboard("leg");
  await find(view, "leg", many);
  expect(tops()).toEqual(before);
  const [own, all] = [popup(view), view.root()].map((el) => el.getBoundingClientRect());
  expect(own!.left).toBeGreaterThanOrEqual(all!.left);
  expect(own!.right).toBeLessThanOrEqual(all!.right);
  expect(own!.bottom).toBeLessThanOrEqual(all!.bottom);
  expect(own!.height).toBeGreaterThan(100);
  await userEvent.keyboard("{ArrowUp}");
  const [last, box] = [active(view)!, popup(view)].map((el) => el.getBoundingClientRect());
  expect(last!.bottom).toBeLessThanOrEqual(box!.bottom);
  expect(popup(view).scrollTop).toBeGreaterThan(0);
  await userEvent.keyboard("{Escape}");
  press(view.span(6));
  await vi.waitFor(() => expect(view.root().dataset["pinned"]).toBe("true"));
  expect(tops()).toEqual(before);
});

it("is there only where a class can be chosen", async () => {
  const view = show(await filledModel());
  await view.shown(AT);
  expect(controls(view).querySelector("[role=combobox]")).toBeNull();
});
