import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const SOURCE = new URL("../../src/", import.meta.url);
const BUILT = new URL("../../../rnnviz_widget/static/", import.meta.url);
const files = readdirSync(SOURCE, { encoding: "utf8", recursive: true })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
  .filter((name) => !name.startsWith("live/"));
const read = (name: string) => readFileSync(new URL(name, SOURCE), "utf8");
const imports = (name: string) => [...read(name).matchAll(/from "\.\/([\w-]+)"/g)].map((m) => m[1]);

it("keeps what is pure free of imports", () => {
  for (const name of ["color.ts", "dom.ts", "format.ts", "keys.ts", "sync.ts", "wire/fields.ts"]) {
    expect(imports(name), name).toEqual([]);
  }
});

it("shows the host's model to the wiring and to nobody else", () => {
  for (const name of files) {
    if (
      ["widget.ts", "sync.ts", "page.ts", "live-page.ts", "mount.ts", "page-model.ts"].includes(
        name,
      )
    )
      continue;
    expect(imports(name), name).not.toContain("sync");
    expect(read(name), name).not.toMatch(/\bmodel\.(get|set|on|save_changes)\b/);
  }
});

it("asks for nothing from anywhere", () => {
  for (const name of [...files, "widget.css", "editor/editor.css"]) {
    // The namespace of SVG is a name and no address.
    const text = read(name).replace("http://www.w3.org/2000/svg", "");
    expect(text, name).not.toMatch(/https?:|@import|@font-face|\bfetch\(|innerHTML/);
  }
});

it("is what the package ships: built again, the same bytes, and few of them", () => {
  const folder = mkdtempSync(join(tmpdir(), "rnnviz-"));
  try {
    const script = new URL("../../build.mjs", import.meta.url).pathname;
    execFileSync(process.execPath, [script, folder], { stdio: "pipe" });
    const names = readdirSync(folder).sort();
    expect(names).toEqual(["live-page.js", "page.js", "widget.css", "widget.js"]);
    const bytes = new Map<string, number>();
    for (const name of names) {
      const built = readFileSync(join(folder, name));
      expect(built.equals(readFileSync(new URL(name, BUILT))), name).toBe(true);
      bytes.set(name, built.length);
    }
    const [live = 0, page = 0, style = 0, widget = 0] = names.map((name) => bytes.get(name));
    expect(widget).toBeLessThan(104_000);
    expect(style).toBeLessThan(20_000);
    expect(page).toBeLessThan(108_000);
    expect(live).toBeLessThan(152_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
