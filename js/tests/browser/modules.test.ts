/** Modules of the page: their code comes when an instrument is first opened. What is run here is what the package ships. */

import axe from "axe-core";
import { expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import searchCode from "../../../rnnviz_widget/static/module-class-search.js?raw";
import editorCode from "../../../rnnviz_widget/static/module-editor.js?raw";
import { PageModel } from "../../src/hosts/page-model";
import { modulesOfDocument } from "../../src/hosts/page-modules";
import { INSTRUMENTS } from "../../src/hosts/widget";
import { SILENCE } from "../../src/state/shown-position";
import { lastAsk, newAsks, refuse, reply } from "../asks";
import { FakeKernel } from "../fake-kernel";
import type { FakeModel } from "../fake-model";
import { foundMessage, sceneMessage } from "../messages";
import { controls, filledModel, frames, show, unfold, type View } from "./helpers";

const TEXT = "advanced le";
const CODES = { editor: editorCode.trim(), "class-search": searchCode.trim() };

/** A widget whose kernel has sent no module yet. */
function shown<Model extends FakeModel>(model: Model, parent?: Element | ShadowRoot): View<Model> {
  return show(model, parent, INSTRUMENTS.modules);
}

const editable = () => new FakeKernel(TEXT, [{ name: "GRU", truth: "word" }]);
const searchable = () => filledModel({ target: "truth", facets: [{}, { name: "LSTM" }] });

/** The kernel sends the modules that were asked for. */
function send(model: FakeModel): void {
  const { names } = lastAsk(model, "modules") as { names: (keyof typeof CODES)[] };
  const codes = Object.fromEntries(names.map((name) => [name, CODES[name]]));
  model.receive({ _modules: { ...(model.get("_modules") as object), ...codes } });
}

const field = (view: View) => view.el.querySelector<HTMLTextAreaElement>("textarea")!;
const editor = (view: View) => view.el.querySelector<HTMLElement>(".rnnviz-editor");
const waiting = (view: View) => view.el.querySelector(".rnnviz-waiting");
const loaded = (view: View) => vi.waitFor(() => expect(editor(view)).not.toBeNull());

it("asks for no module at rest, and for one when it is opened, once", async () => {
  const view = shown(editable());
  unfold(view, "keys-button");
  await frames();
  expect(lastAsk(view.model, "modules")).toBeUndefined();
  expect(editor(view)).toBeNull();
  unfold(view, "edit");
  expect(newAsks(view.model, "modules").map(({ names }) => names)).toEqual([["editor"]]);
  expect(waiting(view)?.textContent).toBe("Loading the editor…");
  send(view.model);
  await loaded(view);
  expect(waiting(view)).toBeNull();
  expect(getComputedStyle(view.el.querySelector(".rnnviz-field")!).borderRadius).toBe("6px");
  unfold(view, "edit");
  unfold(view, "edit");
  expect(editor(view)?.checkVisibility()).toBe(true);
  expect(newAsks(view.model, "modules").map(({ names }) => names)).toEqual([
    ["editor"],
    [],
    ["editor"],
  ]);
});

it("keeps what is typed while the editor is on its way, and the caret", async () => {
  const view = shown(editable());
  const heard: string[] = [];
  const listen = (event: KeyboardEvent) => heard.push(event.key);
  document.addEventListener("keydown", listen);
  onTestFinished(() => document.removeEventListener("keydown", listen));
  unfold(view, "edit");
  expect(document.activeElement).toBe(field(view));
  await userEvent.keyboard("{Backspace}{Backspace}pq{ArrowLeft}");
  expect(heard).toEqual([]);
  send(view.model);
  await loaded(view);
  expect(document.activeElement).toBe(field(view));
  await vi.waitFor(() => expect(view.root().textContent).toContain("advanced "));
  expect(field(view).value).toBe("advanced pq");
  expect(field(view).selectionStart).toBe(TEXT.length - 1);
  await vi.waitFor(() => expect(lastAsk(view.model, "text")?.text).toBe("advanced pq"));
  await userEvent.keyboard("x");
  await vi.waitFor(() => expect(lastAsk(view.model, "text")?.text).toBe("advanced pxq"));
  // Reset leads to the text that nobody typed.
  await userEvent.click(view.el.querySelector(".rnnviz-reset")!);
  expect(field(view).value).toBe(TEXT);
});

it("follows the caret that was moved while the editor was on its way", async () => {
  const end = TEXT.length - 1;
  const view = shown(editable());
  await view.shown(end);
  unfold(view, "edit");
  await userEvent.keyboard("{ArrowLeft}{ArrowLeft}{ArrowLeft}");
  expect(view.root().dataset["shown"]).toBe(String(end));
  send(view.model);
  await loaded(view);
  await view.shown(end - 3);
  expect(field(view).selectionStart).toBe(end - 2);
});

it("takes the keyboard from nobody who has it meanwhile", async () => {
  const view = shown(editable());
  unfold(view, "edit");
  const other = document.body.appendChild(document.createElement("input"));
  onTestFinished(() => other.remove());
  other.focus();
  send(view.model);
  await loaded(view);
  expect(document.activeElement).toBe(other);
});

it("shows the text that came while the editor was on its way, and stays closed where it was closed", async () => {
  const view = shown(editable());
  unfold(view, "edit");
  view.model.setText("legal", 2);
  send(view.model);
  await loaded(view);
  expect(field(view).value).toBe("legal");
  const other = shown(editable());
  unfold(other, "edit");
  unfold(other, "edit");
  other.model.receive({ _modules: CODES });
  await loaded(other);
  expect(field(other).checkVisibility()).toBe(false);
  expect(lastAsk(other.model, "strips").wanted).toBe(false);
});

it("finds what was typed before the search was there", async () => {
  const view = shown(await searchable());
  await view.shown(4);
  const input = controls(view).querySelector<HTMLInputElement>("[role=combobox]")!;
  expect(lastAsk(view.model, "modules")).toBeUndefined();
  input.focus();
  await userEvent.keyboard("le{ArrowDown}g");
  expect(view.model.get("bars")).toBeFalsy();
  expect(waiting(view)?.textContent).toBe("Loading the search…");
  send(view.model);
  await vi.waitFor(() => expect(lastAsk(view.model, "classes")?.prefix).toBe("leg"));
  expect(document.activeElement).toBe(input);
  expect(waiting(view)).toBeNull();
  const { serial } = lastAsk(view.model, "classes");
  reply(view.model, "classes", foundMessage(serial, "leg", { legend: [0.3, 0.2] }));
  expect(view.el.querySelector("[role=option]")?.textContent).toContain("legend");
  expect(getComputedStyle(view.el.querySelector(".rnnviz-any-popup")!).position).toBe("absolute");
});

it("leaves the search by Escape while it is not there yet", async () => {
  const view = shown(await searchable());
  await view.shown(4);
  controls(view).querySelector<HTMLInputElement>("[role=combobox]")!.focus();
  await userEvent.keyboard("{Escape}");
  expect(view.el.querySelector(".rnnviz-controls")).toBeNull();
  send(view.model);
  await frames();
  expect(lastAsk(view.model, "classes")).toBeUndefined();
});

it("says so where no kernel answers, and starts all the same where one does at last", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const view = shown(editable());
  try {
    unfold(view, "edit");
    vi.advanceTimersByTime(SILENCE);
    expect(waiting(view)?.textContent).toMatch(/^No answer from the kernel: .*run the cell again/);
    expect(waiting(view)?.getAttribute("role")).toBe("status");
    send(view.model);
  } finally {
    vi.useRealTimers();
  }
  await loaded(view);
  expect(document.activeElement).toBe(field(view));
});

it("says why a module is refused, or can't start", async () => {
  const view = shown(editable());
  unfold(view, "edit");
  refuse(view.model, "modules", "There is no such module.");
  expect(waiting(view)?.textContent).toBe("There is no such module.");
  const other = shown(editable());
  unfold(other, "edit");
  other.model.receive({ _modules: { editor: "(shared,give)=>{throw new Error('<b>no</b>')}" } });
  await vi.waitFor(() => {
    expect(waiting(other)?.textContent).toBe("This part of the page can't start: <b>no</b>");
  });
  expect(other.el.querySelector("b")).toBeNull();
  const third = shown(editable());
  unfold(third, "edit");
  third.model.receive({ _modules: { editor: "(shared,give)=>{}" } });
  await vi.waitFor(() => expect(waiting(third)?.textContent).toContain("hands out nothing"));
});

it("serves every view of a widget, and the widget shown again, by what was sent once", async () => {
  const view = shown(editable());
  const { model } = view;
  const other = shown(model);
  unfold(view, "edit");
  send(model);
  await loaded(view);
  // Open is what the reader opened in this view.
  expect(editor(other)).toBeNull();
  unfold(other, "edit");
  await loaded(other);
  await userEvent.keyboard("a");
  await vi.waitFor(() => expect(field(view).value).toBe(`${TEXT}a`));
  view.close();
  other.close();
  expect(lastAsk(model, "modules").names).toEqual([]);
  const host = document.body.appendChild(document.createElement("div"));
  onTestFinished(() => host.remove());
  const inside = host.attachShadow({ mode: "open" }).appendChild(document.createElement("div"));
  const again = shown(model, inside);
  expect(editor(again)).toBeNull();
  unfold(again, "edit");
  await loaded(again);
  // Its style sheet stands with it, wherever the host shows the widget.
  expect(getComputedStyle(again.el.querySelector(".rnnviz-field")!).borderRadius).toBe("6px");
  await userEvent.keyboard("b");
  await vi.waitFor(() => expect(lastAsk(model, "text")?.text).toContain("b"));
});

it("is looked through by axe while the code is on its way", async () => {
  const view = shown(editable());
  unfold(view, "edit");
  await vi.waitFor(() => expect(waiting(view)?.checkVisibility()).toBe(true));
  const { violations } = await axe.run(view.el);
  expect(violations.map(({ id }) => id)).toEqual([]);
});

it("is in a page's own document, or the page says that it is not", () => {
  const model = () =>
    new PageModel(
      { _scene: sceneMessage({ text: TEXT, facets: [{}] }), position: 3 },
      {
        answers: true,
        inPage: { about: "GRU", details: "", start: () => undefined },
        changed: () => undefined,
      },
    );
  const without = show(model(), document.body, modulesOfDocument);
  expect(without.el.querySelector(".rnnviz-waiting")?.textContent).toContain("saved without this");
  const script = document.createElement("script");
  script.textContent = `(self.rnnvizModules??={})["editor"]=${CODES.editor}`;
  document.head.append(script);
  onTestFinished(() => {
    script.remove();
    Reflect.deleteProperty(globalThis, "rnnvizModules");
  });
  const page = show(model(), document.body, modulesOfDocument);
  expect(page.el.querySelector(".rnnviz-editor")?.checkVisibility()).toBe(true);
  expect(page.el.querySelector("textarea")?.value).toBe(TEXT);
  expect(document.activeElement).toBe(document.body);
});
