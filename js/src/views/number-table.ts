/** A table of numbers: a caption, the names of its columns, and a line for each of what is listed. */
import { make } from "../core/dom";

export interface NumberLine {
  readonly name: string;
  readonly cells: readonly string[];
}

export function makeNumberTable(
  caption: string,
  columns: readonly string[],
  lines: readonly NumberLine[],
): HTMLElement {
  const rows = lines.map(({ name, cells }) =>
    row(head(name, "row"), ...cells.map((words) => make("td", "unit-cell", words))),
  );
  return make(
    "table",
    "unit-numbers",
    make("caption", "unit-caption", caption),
    make("thead", "unit-head", row(...columns.map((words) => head(words, "col")))),
    make("tbody", "unit-body", ...rows),
  );
}

const row = (...cells: HTMLElement[]) => make("tr", "unit-line", ...cells);

function head(words: string, scope: "row" | "col"): HTMLElement {
  const el = make("th", "unit-cell", words);
  el.scope = scope;
  return el;
}
