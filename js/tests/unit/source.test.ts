import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { expect, it } from "vitest";
import modules from "../../../rnnviz_widget/share/modules.json";
import { buildModules } from "../../modules.mjs";

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
  modules: ["core", "wire", "state", "views", "editor", "hosts"],
};

/** How large what is built may become, in bytes: some 2 KB more than it is. */
const LIMITS: Readonly<Record<string, number>> = {
  "live-page.js": 157_000,
  "module-check.js": 14_500,
  "module-checkpoints.js": 7_500,
  "module-class-search.js": 6_000,
  "module-editor.js": 16_000,
  "module-link_curve.js": 15_500,
  "module-map.js": 35_000,
  "module-randomised.js": 9_000,
  "module-states.js": 64_500,
  "module-story.js": 11_000,
  "module-swaps.js": 20_500,
  "page.js": 125_000,
  "palettes.json": 9_500,
  "training-curves.css": 4_500,
  "training-curves.js": 15_500,
  "widget.css": 18_000,
  "widget.js": 113_000,
};

/** The rooms that a file imports from, types included. */
function roomsImported(name: string, text: string): string[] {
  const specs = [...text.matchAll(/(?:from|import|import\() ?"(\.[^"]*)"/g)].map((m) => m[1] ?? "");
  // Tables that Python reads too lie with it; they are data, of no room.
  const code = specs.filter((spec) => !/rnnviz_widget\/(picture|scene)\/\w+\.json$/.test(spec));
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

it("has an entry for each module of the page that the package lists", () => {
  const listed = Object.keys(modules);
  expect(files.filter((file) => roomOf(file) === "modules").sort()).toEqual(
    listed.map((name) => `modules/${name}.ts`).sort(),
  );
});

it("has nothing in a module that is in the first bundle", async () => {
  const first = ["src/core/dom.ts", "src/editor/text-field.ts"];
  const folder = mkdtempSync(join(tmpdir(), "rnnviz-"));
  try {
    // dom.ts is shared, and so is in no module; a file that is not shared may be in one of both only.
    await buildModules(["src/core/dom.ts"], folder);
    await expect(buildModules(first, folder)).rejects.toThrow(
      /^src\/editor\/text-field\.ts: in the first bundle, and in the module editor once more/,
    );
  } finally {
    rmSync(folder, { recursive: true });
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
    expect(names).toEqual(Object.keys(LIMITS));
    for (const name of names) {
      const built = readFileSync(join(folder, name));
      expect(built.equals(readFileSync(new URL(name, BUILT))), name).toBe(true);
      expect(built.length, name).toBeLessThan(LIMITS[name] ?? 0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
