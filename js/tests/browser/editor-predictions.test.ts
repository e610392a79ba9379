/** Predictions that are taken into the text which is being typed. */

import { describe, expect, it, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { CLASSES, topOf } from "../fake-kernel";
import type { FacetOptions } from "../messages";
import { editor, TEXT } from "./editing";
import { hover, point } from "./helpers";

function predicted(s: number): string[][] {
  return [0, 1].map((facet) => topOf(facet, s).map((k) => CLASSES[k] ?? ""));
}

describe("predictions", () => {
  it("are taken where they are each model's best at the caret", async () => {
    const shown = await editor();
    expect(shown.names()).toEqual(predicted(10));
    expect(shown.takeable(0, 0)).toBe(true);
    point(shown.span(3));
    await vi.waitFor(() => expect(shown.names()).toEqual(predicted(3)));
    expect(shown.takeable(0, 0)).toBe(false);
    // The pointer on its way to them: they are those at the caret again.
    hover(shown.box.querySelector(".rnnviz-chips")!);
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
