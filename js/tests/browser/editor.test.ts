/** Text typed into the widget, with a kernel that reads it. */

import axe from "axe-core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { REPLY_PATIENCE } from "../../src/state/typed-text-queue";
import { lastAsk } from "../asks";
import { editor, TEXT } from "./editing";
import { controls, frames, modelOf, press, show } from "./helpers";

it("does not send half of a character: it is marked, and said", async () => {
  const shown = await editor();
  await shown.painted(TEXT, TEXT.length - 1);
  const typed = () => lastAsk(shown.model, "text")?.text;
  const type = (text: string) => {
    shown.field.value = text;
    shown.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  };
  type(`${TEXT}\ud83d`);
  expect(shown.said()).toMatch(/^The text is not sent: .*half of a character/);
  expect(shown.marked()).toEqual(["\ud83d"]);
  expect(typed()).toBeUndefined();
  // The other half makes it whole.
  type(`${TEXT}g`);
  await shown.painted(`${TEXT}g`, TEXT.length);
  expect(shown.said()).toBe("");
  expect(shown.marked()).toEqual([]);
});

describe("the editor", () => {
  it("is folded away, opens without moving the picture, and closes with its text kept", async () => {
    const shown = await editor({ position: 4, open: false });
    expect(shown.field.checkVisibility()).toBe(false);
    expect(shown.toggle().getAttribute("aria-expanded")).toBe("false");
    expect(lastAsk(shown.model, "strips")?.wanted).toBeUndefined();
    await userEvent.click(shown.toggle());
    expect(shown.toggle().getAttribute("aria-expanded")).toBe("true");
    expect(lastAsk(shown.model, "strips")?.wanted).toBe(true);
    expect(document.activeElement).toBe(shown.field);
    expect([shown.field.value, shown.field.selectionStart]).toEqual([TEXT, 5]);
    await frames();
    await shown.painted(TEXT, 4);
    const above = shown.field.compareDocumentPosition(shown.root());
    expect(above & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
    shown.caret(TEXT.length);
    await userEvent.keyboard("a");
    await shown.painted(`${TEXT}a`, 11);
    await userEvent.click(shown.toggle());
    expect(shown.field.checkVisibility()).toBe(false);
    expect(lastAsk(shown.model, "strips")?.wanted).toBe(false);
    expect(shown.model.saved.at(-1)).toMatchObject({ _ask: { strips: { wanted: false } } });
    await userEvent.click(shown.toggle());
    expect(shown.field.value).toBe(`${TEXT}a`);
  });

  it.each([
    ["the kernel's text is what it is", modelOf({ text: TEXT })],
    ["there is no kernel", Object.assign(modelOf({ text: TEXT, editable: true }), { alone: true })],
  ])("is not there where %s", async (_, model) => {
    const view = show(model);
    await vi.waitFor(() => expect(view.root().dataset["ready"]).toBe("true"));
    expect(controls(view).querySelector(".rnnviz-keys-button")).not.toBeNull();
    expect(view.el.querySelector(".rnnviz-edit, textarea")).toBeNull();
  });

  it("sends each letter with its place and keeps the keyboard when the scene comes", async () => {
    const shown = await editor();
    await userEvent.keyboard("a");
    await shown.painted(`${TEXT}a`, 11);
    expect(document.activeElement).toBe(shown.field);
    await userEvent.keyboard("r");
    await shown.painted(`${TEXT}ar`, 12);
    shown.caret(3);
    await shown.painted(`${TEXT}ar`, 2);
    await userEvent.keyboard("x");
    await shown.painted("advxanced lear", 3);
    expect(shown.sent()).toEqual([
      [`${TEXT}a`, 11],
      [`${TEXT}ar`, 12],
      ["advxanced lear", 3],
    ]);
    expect(shown.field.isConnected && document.activeElement === shown.field).toBe(true);
  });

  it("has one text on its way, and after it the newest", async () => {
    const shown = await editor({ awake: false });
    await userEvent.keyboard("arning");
    expect(shown.sent()).toEqual([[`${TEXT}a`, 11]]);
    // Where the pointer goes with a text is no picture of the one before.
    shown.model.receive({ position: 3 });
    await frames();
    await shown.painted(TEXT, 10);
    shown.model.answer();
    await vi.waitFor(() => expect(shown.model.waiting).toHaveLength(1));
    expect(shown.sent().slice(1)).toEqual([[`${TEXT}arning`, 16]]);
    expect(shown.field.value).toBe(`${TEXT}arning`);
    shown.model.answer();
    await shown.painted(`${TEXT}arning`, 16);
    expect(shown.sent()).toHaveLength(2);
  });

  it("asks for nothing where a letter is taken back, unless another is on its way", async () => {
    const shown = await editor({ awake: false });
    await userEvent.keyboard("a{Backspace}");
    expect(shown.sent()).toEqual([[`${TEXT}a`, 11]]);
    shown.model.answer();
    await vi.waitFor(() => expect(shown.sent()).toHaveLength(2));
    shown.model.answer();
    await shown.painted(TEXT, 10);
  });

  it("says that the kernel is quiet, and sends the next all the same", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const shown = await editor({ awake: false });
    const type = (text: string) => {
      shown.field.value = text;
      shown.field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    };
    type("a");
    type("ab");
    vi.advanceTimersByTime(REPLY_PATIENCE - 1);
    expect([shown.said(), shown.sent()]).toEqual(["", [["a", 0]]]);
    vi.advanceTimersByTime(1);
    expect(shown.said()).toMatch(/^No answer from the kernel/);
    await Promise.resolve();
    expect(shown.sent().map(([text]) => text)).toEqual(["a", "ab"]);
    shown.model.answerAll();
    expect([shown.said(), shown.field.value]).toEqual(["", "ab"]);
  });

  it("takes in a text set from Python, but not over what is being typed", async () => {
    const shown = await editor();
    shown.model.setText("legal", 2);
    expect(shown.field.value).toBe("legal");
    expect(document.activeElement).toBe(shown.field);
    await userEvent.keyboard("{Control>}{End}{/Control}É");
    await vi.waitFor(() => expect(shown.said()).not.toBe(""));
    shown.model.setText("level", 1);
    expect(shown.field.value).toBe("legalÉ");
    shown.field.blur();
    shown.model.setText("advanced", 1);
    expect(shown.field.value).toBe("advanced");
  });

  it("goes back to the first text, which can be undone", async () => {
    const shown = await editor({ position: 4 });
    expect(shown.reset.disabled).toBe(true);
    shown.caret(TEXT.length);
    await userEvent.keyboard("a");
    await shown.painted(`${TEXT}a`, 11);
    await userEvent.click(shown.reset);
    await shown.painted(TEXT, 4);
    expect([shown.field.value, shown.field.selectionStart]).toEqual([TEXT, 5]);
    expect(shown.reset.disabled).toBe(true);
    await userEvent.keyboard("{Control>}z{/Control}");
    expect(shown.field.value).toBe(`${TEXT}a`);
    await vi.waitFor(() => expect(shown.sent().at(-1)?.[0]).toBe(`${TEXT}a`));
  });

  it("goes back to what it was first on this page, where that was typed before", async () => {
    const typed = { text: TEXT, position: 10, serial: 7 };
    const shown = await editor({ open: false });
    shown.model.receive({ _ask: { text: typed } });
    const again = show(shown.model);
    const field = again.el.querySelector("textarea")!;
    await userEvent.click(controls(again).querySelector(".rnnviz-edit")!);
    const reset = again.el.querySelector<HTMLButtonElement>(".rnnviz-reset")!;
    await userEvent.keyboard("{Control>}{End}{/Control}a");
    await vi.waitFor(() => expect(reset.disabled).toBe(false));
    // Another view of the same widget follows, and knows that somebody typed this.
    await userEvent.click(shown.toggle());
    await vi.waitFor(() => expect(shown.field.value).toBe(`${TEXT}a`));
    await userEvent.click(reset);
    expect(field.value).toBe(TEXT);
    await vi.waitFor(() => expect(shown.field.value).toBe(TEXT));
  });

  it("leaves the keyboard at its button when another text comes", async () => {
    const shown = await editor({ open: false });
    shown.toggle().focus();
    shown.model.setText("legal", 2);
    await shown.painted("legal", 2);
    expect(document.activeElement).toBe(shown.toggle());
  });

  it("stops a picture that walks by itself", async () => {
    const shown = await editor();
    shown.model.receive({ playing: true });
    await userEvent.keyboard("a");
    expect(shown.model.get("playing")).toBe(false);
    shown.model.receive({ playing: true });
    await shown.painted(`${TEXT}a`, 11);
    await userEvent.keyboard("{ArrowLeft}");
    await vi.waitFor(() => expect(shown.model.get("playing")).toBe(false));
  });

  it("keeps its keys to itself", async () => {
    const shown = await editor();
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    onTestFinished(() => document.removeEventListener("keydown", heard));
    await userEvent.keyboard("a{Escape}{Enter}");
    expect(heard).not.toHaveBeenCalled();
    for (const el of shown.box.querySelectorAll<HTMLElement>("textarea, button")) {
      expect(el.dataset["lmSuppressShortcuts"], el.outerHTML).toBe("true");
    }
  });
});

describe("an unknown character", () => {
  it("stays as it was typed, is marked, and the picture stays", async () => {
    const shown = await editor();
    await userEvent.keyboard("É a");
    await vi.waitFor(() => expect(shown.said()).toMatch(/^GRU does not know that\. The picture/));
    expect(shown.field.value).toBe(`${TEXT}É a`);
    expect(shown.marked()).toEqual(["É"]);
    const [mark] = shown.box.querySelectorAll(".rnnviz-strange");
    expect(getComputedStyle(mark!).textDecorationStyle).toBe("wavy");
    await shown.painted(TEXT, 10);
    await userEvent.keyboard("É");
    expect(shown.marked()).toEqual(["É", "É"]);
    await userEvent.keyboard("{Backspace}{Backspace}{Backspace}{Backspace}b");
    await shown.painted(`${TEXT}b`, 11);
    expect([shown.said(), shown.marked()]).toEqual(["", []]);
  });

  it("is marked where it stands, in every line and beyond the first plane", async () => {
    const shown = await editor({ width: 320 });
    await userEvent.fill(shown.field, `${"abc ".repeat(20)}\u{1f600}${" abc".repeat(20)}\nX`);
    await vi.waitFor(() => expect(shown.marked()).toEqual(["\u{1f600}", "\n", "X"]));
    const behind = shown.box.querySelector<HTMLElement>(".rnnviz-field-behind")!;
    expect(behind.clientWidth).toBe(shown.field.clientWidth);
    expect(shown.field.scrollHeight).toBeLessThanOrEqual(shown.field.clientHeight);
    expect(shown.field.clientHeight).toBe(behind.clientHeight);
    const style = (el: Element) => {
      const { font, letterSpacing, padding, whiteSpace, overflowWrap, tabSize } =
        getComputedStyle(el);
      return { font, letterSpacing, padding, whiteSpace, overflowWrap, tabSize };
    };
    expect(style(behind)).toEqual(style(shown.field));
  });

  it("leaves the text before where it is emptied", async () => {
    const shown = await editor();
    await userEvent.clear(shown.field);
    await vi.waitFor(() => expect(shown.said()).toMatch(/^The text is empty\. The picture shows/));
    await shown.painted(TEXT, 10);
  });
});

it.each(["rgb(255, 255, 255)", "rgb(17, 19, 23)"])("axe finds nothing on %s", async (ground) => {
  const shown = await editor({ ground });
  const findings = async () => {
    const { violations } = await axe.run(shown.el, {
      resultTypes: ["violations"],
      rules: { region: { enabled: false } },
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  };
  await vi.waitFor(() => expect(shown.message()).not.toBe(""));
  expect(await findings()).toEqual([]);
  await userEvent.keyboard("É");
  await vi.waitFor(() => expect(shown.said()).not.toBe(""));
  expect(await findings()).toEqual([]);
});

it.each([320, 860])("fits into %i px, and a long text scrolls", async (width) => {
  const shown = await editor({ width });
  await userEvent.fill(shown.field, "learning ".repeat(300));
  await shown.painted("learning ".repeat(300), 2699);
  expect(shown.box.scrollWidth).toBeLessThanOrEqual(width);
  const scroller = shown.box.querySelector<HTMLElement>(".rnnviz-field")!;
  expect(scroller.clientHeight).toBeLessThanOrEqual(window.innerHeight * 0.4);
  expect(scroller.scrollHeight).toBeGreaterThan(scroller.clientHeight);
  // The caret is in view while one types.
  scroller.scrollTop = 0;
  await userEvent.keyboard("{Control>}{End}{/Control}a");
  await vi.waitFor(() => expect(scroller.scrollTop).toBeGreaterThan(0));
});

it("releases what is pinned when something is typed", async () => {
  const shown = await editor();
  press(shown.span(3));
  await vi.waitFor(() => expect(shown.root().dataset["pinned"]).toBe("true"));
  await userEvent.click(shown.field);
  await userEvent.keyboard("{Control>}{End}{/Control}a");
  await shown.painted(`${TEXT}a`, 11);
  expect(shown.root().dataset["pinned"]).toBeUndefined();
});
