import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { expect, it } from "vitest";

const SOURCE = new URL("../../src/", import.meta.url);
const BUILT = new URL("../../../rnnviz_widget/static/", import.meta.url);
const all = readdirSync(SOURCE, { encoding: "utf8", recursive: true });
const files = all.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
const read = (name: string) => readFileSync(new URL(name, SOURCE), "utf8");
const roomOf = (name: string) => name.split("/")[0] ?? "";

/** What each room may import from, besides itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: ["core"],
  state: ["core", "wire"],
  views: ["core", "wire", "state"],
  editor: ["core", "wire", "state"],
  live: ["core", "wire"],
  hosts: ["core", "wire", "state", "views", "editor", "live"],
};

/** The rooms that a file imports from, types included. */
function roomsImported(name: string, text: string): string[] {
  const specs = [...text.matchAll(/(?:from|import|import\() ?"(\.[^"]*)"/g)].map((m) => m[1] ?? "");
  // Tables that Python reads too lie with it; they are data, of no room.
  const code = specs.filter((spec) => !/rnnviz_widget\/picture\/\w+\.json$/.test(spec));
  return code.map((spec) => roomOf(posix.join(posix.dirname(name), spec)));
}

/** The classes, interfaces, types and enums that a file defines at its top level. */
function typesDefined(text: string): string[] {
  const found = text.matchAll(
    /^(?:export )?(?:default )?(?:abstract )?(?:class|interface|type|enum) (\w+)/gm,
  );
  return [...found].map((m) => m[1] ?? "");
}

it("has each file in a room, which imports from the rooms below it only", () => {
  expect(roomsImported("core/a.ts", 'import type { B } from "../wire";')).toEqual(["wire"]);
  expect(roomsImported("views/a.ts", 'import "./a.css";\nexport * from "../wire/b";')).toEqual([
    "views",
    "wire",
  ]);
  for (const name of files) {
    const room = roomOf(name);
    expect(Object.keys(ROOMS), name).toContain(room);
    for (const other of roomsImported(name, read(name))) {
      expect([room, ...(ROOMS[room] ?? [])], name).toContain(other);
    }
  }
});

it("defines the name of a class, an interface or a type once", () => {
  const sample = "export class A {}\ninterface B {}\nexport type C<T> = T;\ntype D = 1;";
  expect(typesDefined(sample)).toEqual(["A", "B", "C", "D"]);
  const places = new Map<string, string[]>();
  for (const file of files) {
    for (const name of typesDefined(read(file))) {
      places.set(name, [...(places.get(name) ?? []), file]);
    }
  }
  expect(places.size).toBeGreaterThan(50);
  expect([...places].filter(([, where]) => where.length > 1)).toEqual([]);
});

it("shows the host's model to the hosts and to nobody else", () => {
  for (const name of files.filter((file) => roomOf(file) !== "hosts")) {
    expect(read(name), name).not.toMatch(/\bmodel\.(get|set|on|save_changes)\b/);
  }
});

it("asks for nothing from anywhere", () => {
  const shown = [...files, ...all.filter((name) => name.endsWith(".css"))];
  for (const name of shown.filter((file) => roomOf(file) !== "live")) {
    // The namespace of SVG is a name and no address.
    const text = read(name).replace("http://www.w3.org/2000/svg", "");
    expect(text, name).not.toMatch(/https?:|@import (?!"\.\/)|@font-face|\bfetch\(|innerHTML/);
  }
});

it("is what the package ships: built again, the same bytes, and few of them", () => {
  const folder = mkdtempSync(join(tmpdir(), "rnnviz-"));
  try {
    const script = new URL("../../build.mjs", import.meta.url).pathname;
    execFileSync(process.execPath, [script, folder], { stdio: "pipe" });
    const names = readdirSync(folder).sort();
    expect(names).toEqual(["live-page.js", "page.js", "palettes.json", "widget.css", "widget.js"]);
    const bytes = new Map<string, number>();
    for (const name of names) {
      const built = readFileSync(join(folder, name));
      expect(built.equals(readFileSync(new URL(name, BUILT))), name).toBe(true);
      bytes.set(name, built.length);
    }
    const scripts = names.filter((name) => name !== "palettes.json");
    const [live = 0, page = 0, style = 0, widget = 0] = scripts.map((name) => bytes.get(name));
    expect(widget).toBeLessThan(104_000);
    expect(style).toBeLessThan(20_000);
    expect(page).toBeLessThan(108_000);
    expect(live).toBeLessThan(152_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
