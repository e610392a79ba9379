/** Instruments: opened by button or key, told what is shown and what is replied, and gone when they are closed. */

import { expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { PageModel } from "../../src/hosts/page-model";
import { ModulesHere } from "../../src/hosts/page-modules";
import type { Drawing } from "../../src/views/drawing";
import type { InstrumentHost, MakeInstrument } from "../../src/views/instruments";
import type { Fields } from "../../src/wire/fields";
import { lastAsk, refuse } from "../asks";
import { sceneMessage } from "../messages";
import { controls, filledModel, point, press, show } from "./helpers";

const ENTRY = { name: "classes", words: "classes", title: "Count the classes", key: "K" } as const;

/** An instrument that keeps what it is told. */
function recording() {
  const made: { host: InstrumentHost; signal: AbortSignal }[] = [];
  const told: unknown[] = [];
  const make: MakeInstrument = (host, signal) => {
    made.push({ host, signal });
    for (const [i, place] of host.places.entries()) place.textContent = `under ${i}`;
    const el = document.createElement("p");
    el.textContent = "below";
    return {
      el,
      show: ({ shown }: Drawing) => told.push(["shown", shown]),
      read: (message: Fields) => told.push(["read", message["prefix"]]),
      refused: (words) => told.push(["refused", words]),
      point: (position) => told.push(["point", position]),
    };
  };
  const modules = new ModulesHere({ classes: { make, style: "p { color: red }" } } as never);
  return { made, told, modules: () => modules };
}

const found = (prefix: string) => ({ serial: 1, prefix, position: 4, names: [] });

it("stands under every facet and below them while it is open, and is told what happens", async () => {
  const { made, told, modules } = recording();
  const view = show(await filledModel(), document.body, modules, [ENTRY]);
  await view.shown(4);
  expect(made).toEqual([]);
  const button = [...controls(view).querySelectorAll("button")].find(
    (one) => one.textContent === "classes",
  );
  expect(button?.title).toBe("Count the classes (key K)");
  expect(button?.getAttribute("aria-expanded")).toBe("false");
  button?.click();
  expect(button?.getAttribute("aria-expanded")).toBe("true");
  expect(view.facet(0).textContent).toContain("under 0");
  expect(view.facet(1).textContent).toContain("under 1");
  expect(view.root().textContent).toContain("below");
  expect(getComputedStyle(view.root().querySelector("p")!).color).toBe("rgb(255, 0, 0)");
  expect(told).toEqual([["shown", 4]]);
  const serial = made[0]?.host.ask({ prefix: "le" });
  expect(lastAsk(view.model, "classes")).toEqual({ serial, prefix: "le" });
  // A pinned character stays; what is pointed at beside it is told.
  press(view.span(4));
  await vi.waitFor(() => expect(view.model.get("pinned")).toBe(4));
  point(view.span(2));
  point(view.span(2), "pointerleave");
  expect(view.model.get("pinned")).toBe(4);
  expect(told).toContainEqual(["point", 2]);
  expect(told.at(-1)).toEqual(["point", null]);
  button?.click();
  expect(made[0]?.signal.aborted).toBe(true);
  expect(view.root().textContent).not.toMatch(/under|below/);
  told.length = 0;
  press(view.span(4));
  point(view.span(6));
  await view.shown(6);
  expect(told).toEqual([]);
});

it("reads the replies and refusals of its own kind, and the newest that was there before", async () => {
  const { told, modules } = recording();
  const before = { classes: { ...found("before"), number: 3 } };
  const view = show(await filledModel({}, { _reply: before }), document.body, modules, [
    { ...ENTRY, name: "strips", key: "J" },
    ENTRY,
  ]);
  await view.shown(4);
  view.span(4).closest<HTMLElement>("[role=application]")!.focus();
  await userEvent.keyboard("k");
  // The view itself reads this kind.
  expect(told).toEqual([
    ["read", "before"],
    ["shown", 4],
  ]);
  refuse(view.model, "classes", "There are <b>none</b>.");
  expect(told.at(-1)).toEqual(["refused", "There are <b>none</b>."]);
  await userEvent.keyboard("{Shift>}?{/Shift}");
  expect(view.root().textContent).toContain("Count the classes");
  await userEvent.keyboard("k");
  expect(view.root().textContent).not.toContain("below");
});

it("stays open in the next scene, as another one", async () => {
  const { made, modules } = recording();
  const view = show(await filledModel(), document.body, modules, [ENTRY]);
  await view.shown(4);
  [...controls(view).querySelectorAll("button")].find((b) => b.textContent === "classes")?.click();
  view.model.receive({ _scene: sceneMessage({ epoch: 2 }), position: 4 });
  expect(made.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  expect(view.root().textContent).toContain("under 1");
});

it("that fails says so in its place, and the picture stays", async () => {
  const error = vi.spyOn(console, "error").mockReturnValue();
  onTestFinished(() => error.mockRestore());
  const make: MakeInstrument = () => ({
    el: document.createElement("p"),
    show: () => {
      throw new Error("no <b>number</b>");
    },
    read: () => undefined,
    refused: () => undefined,
  });
  const modules = new ModulesHere({ classes: { make, style: "" } } as never);
  const view = show(await filledModel(), document.body, () => modules, [ENTRY]);
  await view.shown(4);
  [...controls(view).querySelectorAll("button")].find((b) => b.textContent === "classes")?.click();
  expect(view.root().textContent).toContain("classes: no <b>number</b>");
  expect(view.span(4)).not.toBeNull();
  point(view.span(6));
  await view.shown(6);
});

it("is open in a saved page where it was open, and not offered where it is not carried", async () => {
  const { told, modules } = recording();
  const state = {
    _scene: sceneMessage({ facets: [{}] }),
    _status: { epoch: 1, done: 0, total: 11, state: "idle", message: null },
    position: 3,
    _opened: ["classes"],
    _reply: { classes: { ...found("saved"), number: 1 } },
  };
  const page = show(new PageModel(state), document.body, modules, [ENTRY]);
  expect(page.root().textContent).toContain("under 0");
  expect(told[0]).toEqual(["read", "saved"]);
  const none = new ModulesHere({});
  const without = show(new PageModel(state), document.body, () => none, [ENTRY]);
  const words = [...controls(without).querySelectorAll("button")].map((one) => one.textContent);
  expect(words).not.toContain("classes");
});
