import { describe, expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { decodeModel } from "../../src/live/message";
import { Network } from "../../src/live/network";
import { plainLoader } from "../../src/live/products";
import { decodeStrips } from "../../src/wire";
import { scoresOf } from "../messages";
import { colours, frames, point } from "./helpers";
import { expected, expectPicture, MESSAGES, page, SAVED, WAYS } from "./live-page";

describe("a text typed into a saved page", () => {
  it.each(Object.entries(WAYS))("is read %s", async (_, script) => {
    const shown = await page({ script });
    const errors = vi.spyOn(console, "error");
    await shown.shown(SAVED, 4);
    await userEvent.fill(shown.field, "bb a");
    await shown.shown("bb a", 3);
    expectPicture(shown, "bb a", 3);
    point(shown.span(1));
    await shown.shown("bb a", 1);
    expectPicture(shown, "bb a", 1);
    expect(errors).not.toHaveBeenCalled();
    expect(shown.model.get("pinned")).toBeNull();
  });

  it("is explained at each letter, and read on where it is changed", async () => {
    const shown = await page();
    await userEvent.click(shown.field);
    shown.field.setSelectionRange(6, 6);
    await userEvent.keyboard(" ");
    await shown.shown("ab cab ", 6);
    await userEvent.keyboard("b");
    await shown.shown("ab cab b", 7);
    expectPicture(shown, "ab cab b", 7);
    shown.field.setSelectionRange(1, 2);
    await userEvent.keyboard("c");
    await shown.shown("ac cab b", 1);
    expectPicture(shown, "ac cab b", 1);
    // What stands behind the caret was read anew.
    point(shown.span(7));
    await shown.shown("ac cab b", 7);
    expectPicture(shown, "ac cab b", 7);
  });

  it("with what no model knows is named, and the picture stays", async () => {
    const shown = await page();
    await userEvent.fill(shown.field, "bb a");
    await shown.shown("bb a", 3);
    await userEvent.fill(shown.field, "bb\nX<b>");
    await vi.waitFor(() =>
      expect(shown.said()).toBe(
        "GRU does not know a line break, “X”, “<”, “>” (first as character 3); it knows “ abc”. " +
          "The picture shows the last text that could be read.",
      ),
    );
    expect(shown.text()).toBe("bb a");
    const marks = [...shown.box.querySelectorAll(".rnnviz-strange")].map((el) => el.textContent);
    expect(marks).toEqual(["\n", "X", "<", ">"]);
    expect(shown.box.querySelector("b")).toBeNull();
    point(shown.span(0));
    await shown.shown("bb a", 0);
    expectPicture(shown, "bb a", 0);
    await userEvent.fill(shown.field, "");
    await vi.waitFor(() => expect(shown.said()).toMatch(/^The text is empty\. The picture shows/));
    expect(shown.text()).toBe("bb a");
    await userEvent.fill(shown.field, "c");
    await shown.shown("c", 0);
    expect(shown.said()).toBe("");
  });

  it("gives way to the author's own, with the kernel's rows", async () => {
    const shown = await page();
    const before = [shown.colours(0), shown.colours(1)];
    expect(shown.reset.disabled).toBe(true);
    await userEvent.fill(shown.field, "bb a");
    await shown.shown("bb a", 3);
    await userEvent.click(shown.reset);
    await shown.shown(SAVED, 4);
    await frames();
    expect([shown.colours(0), shown.colours(1)]).toEqual(before);
    expect(shown.field.value).toBe(SAVED);
    expect(shown.reset.disabled).toBe(true);
    point(shown.span(2));
    await shown.shown(SAVED, 2);
    const rows = [scoresOf(0, 2), scoresOf(1, 2)];
    expect(shown.colours(1)).toEqual(colours(rows, 1, SAVED.length));
    // Typed back letter by letter it is the author's, too.
    await userEvent.fill(shown.field, "ab ca");
    await shown.shown("ab ca", 4);
    await userEvent.keyboard("{End}b");
    await shown.shown(SAVED, 5);
    await vi.waitFor(() =>
      expect(shown.colours(0)).toEqual(colours([scoresOf(0, 5), scoresOf(1, 5)], 0, SAVED.length)),
    );
  });

  it("is the last of what was typed, however fast", async () => {
    const shown = await page();
    shown.field.focus();
    let text = "";
    for (const letter of " ab ab cab bb a c ab".repeat(4)) {
      text += letter;
      shown.field.value = text;
      shown.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }
    await shown.shown(text, text.length - 1);
    expectPicture(shown, text, text.length - 1);
  });
});

it("suggests the words of the models in the page, which can be taken, and their strips", async () => {
  const shown = await page();
  await userEvent.fill(shown.field, "bb a");
  await shown.shown("bb a", 3);
  const { top } = expected("bb a", 3);
  const suggested = [...shown.box.querySelectorAll(".rnnviz-chips")].map(
    (row) => row.querySelector("[data-takeable] .rnnviz-chip-name")?.textContent,
  );
  expect(suggested).toEqual(top);
  await vi.waitFor(() => expect(shown.box.querySelector("[data-waiting]")).toBeNull());
  const strips = decodeStrips((shown.model.get("_reply") as { strips?: unknown }).strips);
  expect(strips?.position).toBe(3);
  MESSAGES.forEach((message, i) => {
    const spec = decodeModel(message);
    const network = new Network(spec, plainLoader());
    network.read(
      Array.from("bb a", (c) => spec.inputs.indexOf(c)),
      0,
    );
    const weights = Array.from(network.logits([3]), Math.exp);
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const names = [...spec.outputs].sort();
    const strip = strips?.facets[i];
    expect(strip?.best).toEqual(names);
    names.forEach((name, cell) => {
      const p = (weights[spec.outputs.indexOf(name)] ?? 0) / sum;
      expect(strip?.p[cell]).toBeCloseTo(p, 5);
      expect(strip?.bestP[cell]).toBeCloseTo(p, 5);
    });
  });
  await userEvent.keyboard("c");
  await shown.shown("bb ac", 4);
  await userEvent.keyboard("{Backspace}");
  await shown.shown("bb a", 3);
  await userEvent.keyboard("{Tab}");
  await shown.shown(`bb ${top?.[0]} `, 3 + (top?.[0]?.length ?? 0));
});

describe("the text field", () => {
  it("says what runs, keeps its keys to itself and has a name", async () => {
    const shown = await page();
    expect(shown.box.textContent).toContain(
      "There is no kernel: the models run in this page, at 8-bit precision (recurrent layers at half).",
    );
    expect(shown.field.labels?.[0]?.textContent).toContain("Type another text");
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    onTestFinished(() => document.removeEventListener("keydown", heard));
    await userEvent.click(shown.field);
    await userEvent.keyboard("a{Escape}{Enter}");
    expect(heard).not.toHaveBeenCalled();
    expect(shown.field.dataset["lmSuppressShortcuts"]).toBe("true");
  });

  it("waits for an input method to finish", async () => {
    const shown = await page();
    shown.field.value = "´";
    const composing = new InputEvent("input", { bubbles: true, isComposing: true });
    shown.field.dispatchEvent(composing);
    await frames();
    expect(shown.said()).toBe("");
    shown.field.value = "c";
    shown.field.setSelectionRange(1, 1);
    shown.field.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
    await shown.shown("c", 0);
  });

  it.each([320, 860])("fits into %i px and shows all its lines", async (width) => {
    const shown = await page({ width });
    await userEvent.fill(shown.field, "ab cab bb a c ".repeat(12));
    await frames();
    expect(shown.box.scrollWidth).toBeLessThanOrEqual(width);
    expect(shown.field.scrollHeight).toBeLessThanOrEqual(shown.field.clientHeight + 1);
  });
});
