/** Text typed into the widget, with a kernel that reads it. */

import axe from "axe-core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { HEIGHT } from "../../src/editor/class-strip";
import { REPLY_PATIENCE } from "../../src/state/typed-text-queue";
import { asked, newlyAsked } from "../asks";
import { CLASSES, FakeKernel, STRIP, topOf } from "../fake-kernel";
import type { FacetOptions } from "../messages";
import { scoresOf } from "../messages";
import { controls, expectPicture, frames, modelOf, point, press, show } from "./helpers";

const TEXT = "advanced le";
const MODELS: readonly FacetOptions[] = [
  { name: "GRU", truth: "word" },
  { name: "LSTM", truth: "word" },
];

async function editor(
  options: {
    text?: string;
    facets?: readonly FacetOptions[];
    position?: number;
    awake?: boolean;
    width?: number;
    ground?: string;
    open?: boolean;
  } = {},
) {
  const { text = TEXT, facets = MODELS, position, awake = true } = options;
  const model = new FakeKernel(text, facets, position, awake);
  const box = document.createElement("div");
  box.style.width = `${options.width ?? 860}px`;
  box.style.backgroundColor = options.ground ?? "";
  document.body.append(box);
  onTestFinished(() => box.remove());
  const view = show(model, box);
  const find = <T extends HTMLElement>(selector: string) => box.querySelector<T>(selector) as T;
  const toggle = () => controls(view).querySelector<HTMLButtonElement>(".rnnviz-edit")!;
  if (options.open !== false) {
    await userEvent.click(toggle());
    find<HTMLElement>(".rnnviz-controls-button").click();
  }
  const rows = () => [...box.querySelectorAll<HTMLElement>(".rnnviz-chips")];
  const chips = (row: Element) => [...row.querySelectorAll<HTMLElement>(".rnnviz-chip")];
  const field = find<HTMLTextAreaElement>("textarea");
  return {
    ...view,
    box,
    field,
    toggle,
    reset: find<HTMLButtonElement>(".rnnviz-reset"),
    said: () => find(".rnnviz-editor-said").textContent,
    told: () => find(".rnnviz-editor-message").textContent,
    marked: () => [...box.querySelectorAll(".rnnviz-strange")].map((el) => el.textContent),
    chip: (facet: number, n: number) => chips(rows()[facet]!)[n]!,
    takeable: (facet: number, n: number) =>
      chips(rows()[facet]!)[n]!.dataset["takeable"] === "true",
    names: () =>
      rows().map((row) =>
        chips(row)
          .slice(0, 3)
          .map((el) => el.dataset["class"]),
      ),
    strip: (facet: number) => box.querySelectorAll<HTMLElement>(".rnnviz-strip")[facet]!,
    /** The picture shows this text, explained at this character, in the colours of its rows. */
    painted: async (wanted: string, at: number) => {
      await vi.waitFor(() => {
        const spans = [...view.facet(0).querySelectorAll<HTMLElement>("[data-p]")];
        expect(spans.map((span) => span.textContent).join("")).toBe(wanted);
        expect(view.root().dataset["shown"]).toBe(String(at));
      });
      expectPicture(
        view,
        at,
        MODELS.slice(0, facets.length).map((_, i) => scoresOf(i, at)),
      );
    },
    caret: (at: number) => field.setSelectionRange(at, at),
    sent: () => newlyAsked(model, "text").map((typed) => [typed.text, typed.position]),
  };
}

function predicted(s: number): string[][] {
  return [0, 1].map((facet) => topOf(facet, s).map((k) => CLASSES[k] ?? ""));
}

it("does not send half of a character: it is marked, and said", async () => {
  const shown = await editor();
  await shown.painted(TEXT, TEXT.length - 1);
  const typed = () => asked(shown.model, "text")?.text;
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
    expect(asked(shown.model, "strips")?.wanted).toBeUndefined();
    await userEvent.click(shown.toggle());
    expect(shown.toggle().getAttribute("aria-expanded")).toBe("true");
    expect(asked(shown.model, "strips")?.wanted).toBe(true);
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
    expect(asked(shown.model, "strips")?.wanted).toBe(false);
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
    await vi.waitFor(() => expect(shown.model.asked).toHaveLength(1));
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

describe("predictions", () => {
  it("are taken where they are each model's best at the caret", async () => {
    const shown = await editor();
    expect(shown.names()).toEqual(predicted(10));
    expect(shown.takeable(0, 0)).toBe(true);
    point(shown.span(3));
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(3)));
    expect(shown.takeable(0, 0)).toBe(false);
    // The pointer on its way to them: they are those at the caret again.
    shown.box.querySelector(".rnnviz-chips")!.dispatchEvent(new PointerEvent("pointerenter"));
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(10)));
    expect(shown.takeable(0, 0)).toBe(true);
    shown.caret(6);
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(5)));
    shown.caret(0);
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(0)));
    expect(shown.takeable(0, 0)).toBe(false);
    shown.caret(11);
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(10)));
    const places = () =>
      [...shown.box.querySelectorAll(".rnnviz-chip")].map((el) =>
        JSON.stringify(el.getBoundingClientRect()),
      );
    const before = places();
    await userEvent.keyboard("a");
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(11)));
    expect(places()).toEqual(before);
  });

  it("are taken with Tab once something is typed; Escape lets Tab leave", async () => {
    const shown = await editor();
    await userEvent.keyboard("a");
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(11)));
    const first = predicted(11)[0]?.[0];
    expect(shown.chip(0, 0).dataset["first"]).toBe("true");
    await userEvent.keyboard("{Tab}");
    const text = `advanced ${first} `;
    await shown.painted(text, text.length - 1);
    expect(shown.field.value).toBe(text);
    expect(shown.field.selectionStart).toBe(text.length);
    expect(document.activeElement).toBe(shown.field);
    await userEvent.keyboard("{Control>}z{/Control}");
    expect(shown.field.value).toBe(`${TEXT}a`);
    await shown.painted(`${TEXT}a`, 11);
    await userEvent.keyboard("{Escape}");
    expect(shown.chip(0, 0).dataset["first"]).toBeUndefined();
    await userEvent.keyboard("{Tab}");
    expect(shown.field.value).toBe(`${TEXT}a`);
    expect(document.activeElement).not.toBe(shown.field);
  });

  it("leave Tab alone where nothing was typed", async () => {
    const shown = await editor();
    await userEvent.keyboard("{Tab}");
    expect(shown.field.value).toBe(TEXT);
    expect(document.activeElement).not.toBe(shown.field);
    await userEvent.keyboard("{Shift>}{Tab}{/Shift}");
    await userEvent.keyboard("a{Shift>}{Tab}{/Shift}");
    expect(shown.field.value).toBe(`${TEXT}a`);
    expect(document.activeElement).not.toBe(shown.field);
  });

  it("are walked with the arrows and taken with Enter or a click", async () => {
    const shown = await editor();
    await userEvent.keyboard("{ArrowDown}");
    await vi.waitFor(() => expect(document.activeElement).toBe(shown.chip(0, 0)));
    await userEvent.keyboard("{ArrowRight}{ArrowDown}");
    expect(document.activeElement).toBe(shown.chip(1, 1));
    expect(shown.chip(1, 1).tabIndex).toBe(0);
    expect(shown.chip(0, 0).tabIndex).toBe(-1);
    await userEvent.keyboard("{Escape}");
    expect(document.activeElement).toBe(shown.field);
    await userEvent.keyboard("{ArrowDown}");
    await vi.waitFor(() => expect(document.activeElement).toBe(shown.chip(0, 0)));
    await userEvent.keyboard("{ArrowUp}");
    expect(document.activeElement).toBe(shown.field);
    await userEvent.keyboard("{ArrowDown}");
    await vi.waitFor(() => expect(document.activeElement).toBe(shown.chip(0, 0)));
    await userEvent.keyboard("{ArrowRight}{Enter}");
    const text = `advanced ${predicted(10)[0]?.[1]} `;
    await shown.painted(text, text.length - 1);
    expect(document.activeElement).toBe(shown.field);
    const name = shown.names()[1]?.[2];
    await userEvent.click(shown.chip(1, 2));
    expect(shown.field.value).toBe(`${text}${name} `);
    expect(document.activeElement).toBe(shown.field);
  });

  it("are reached from the last line only", async () => {
    const text = `${"learning ".repeat(15)}\n\nlevel`;
    const shown = await editor({ text, width: 320 });
    const lines = [3, 60, 136, 138];
    for (const at of lines) {
      shown.caret(at);
      await userEvent.keyboard("{ArrowDown}");
      const on = at === 138;
      expect(document.activeElement, `at ${at}`).toBe(on ? shown.chip(0, 0) : shown.field);
      if (!on) expect(shown.field.selectionStart).toBeGreaterThan(at);
    }
  });

  it("take the place of the word that the caret is in", async () => {
    const shown = await editor({ text: "advanced lxarning system" });
    shown.caret(11);
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(10)));
    await userEvent.click(shown.chip(0, 1));
    const name = predicted(10)[0]?.[1];
    expect(shown.field.value).toBe(`advanced ${name} system`);
    expect(shown.field.selectionStart).toBe(`advanced ${name} `.length);
  });

  it("of a next token go in at the caret; of what is not known they are only shown", async () => {
    const facets: FacetOptions[] = [{ name: "GRU" }, { name: "LSTM", truth: "next" }];
    const shown = await editor({ facets, text: "le al" });
    expect(shown.chip(0, 0).getAttribute("role")).toBe("listitem");
    expect(shown.chip(1, 0).getAttribute("role")).toBe("button");
    shown.caret(2);
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(1)));
    await userEvent.click(shown.chip(0, 0));
    expect(shown.field.value).toBe("le al");
    await userEvent.click(shown.chip(1, 0));
    expect(shown.field.value).toBe(`le${predicted(1)[1]?.[0]} al`);
  });

  it("of tokens of several characters go in only behind a whole one", async () => {
    const spans = [
      [0, 2],
      [2, 5],
    ] as const;
    const top = [
      [1, 0, 2],
      [2, 1, 0],
    ];
    const facets: FacetOptions[] = [{ name: "GRU", truth: "next", spans, top }];
    const shown = await editor({ facets, text: "le al" });
    expect(shown.takeable(0, 0)).toBe(true);
    shown.caret(3);
    await vi.waitFor(() => expect(shown.takeable(0, 0)).toBe(false));
    expect(shown.chip(0, 0).getAttribute("aria-disabled")).toBe("true");
    expect(shown.names()[0]?.[0]).toBe("legal");
    shown.caret(2);
    await vi.waitFor(() => expect(shown.takeable(0, 0)).toBe(true));
    expect(shown.names()[0]?.[0]).toBe("learning");
  });
});

describe("a strip", () => {
  const heights = (el: HTMLElement) => {
    const d = el.querySelector("path")?.getAttribute("d") ?? "";
    return [...d.matchAll(/M(\d+) \d+h[\d.]+v-([\d.]+)/g)].map((m) => [Number(m[1]), Number(m[2])]);
  };
  const wanted = (strip: readonly number[]) =>
    strip.flatMap((p, cell) =>
      p === 0 ? [] : [[cell, Number((HEIGHT * Math.sqrt(p)).toFixed(2))]],
    );

  it("has a bar for each cell, as high as is said", async () => {
    const shown = await editor();
    await vi.waitFor(() => expect(heights(shown.strip(0))).toEqual(wanted(STRIP)));
    expect(heights(shown.strip(1))).toEqual(wanted([...STRIP].reverse()));
    expect(shown.told()).toBe(
      "All 12 words in alphabetical order, in 5 bars; their height is the square root of the " +
        "probability, full at 100 %.",
    );
    expect(shown.strip(0).getAttribute("aria-label")).toBe(
      "GRU: probabilities of all 12 classes; the largest are a 25.0 %, learning 12.5 %, z 12.0 %",
    );
    const { left, width } = shown.strip(0).getBoundingClientRect();
    const move = (type: string, part: number) =>
      shown.strip(0).dispatchEvent(new PointerEvent(type, { clientX: left + part * width }));
    move("pointermove", 0.3);
    expect(shown.told()).toBe(
      "GRU: learning 12.5 %, 25.0 % in all of 2 neighbours in the alphabet",
    );
    move("pointerleave", 0.3);
    expect(shown.told()).toMatch(/^All 12 words/);
  });

  it("of another character is not shown for this one", async () => {
    const shown = await editor();
    await vi.waitFor(() => expect(heights(shown.strip(0))).toEqual(wanted(STRIP)));
    shown.model.awake = false;
    shown.caret(3);
    const waiting = () => shown.box.querySelector("[data-waiting]");
    await vi.waitFor(() => expect(waiting()).not.toBeNull());
    shown.model.awake = true;
    await userEvent.keyboard("a");
    await vi.waitFor(() => expect(waiting()).toBeNull());
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
  await vi.waitFor(() => expect(shown.told()).not.toBe(""));
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
