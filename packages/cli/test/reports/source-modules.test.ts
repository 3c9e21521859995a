import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifestLines } from "../../src/reports/manifest-lines.ts";
import { moduleNotes } from "../../src/reports/module-notes.ts";
import { countSourceModules, readSourceTree, recordSourceModules } from "../../src/reports/source-modules.ts";

const checkout = fileURLToPath(new URL("../../../../", import.meta.url)).replace(/\/$/u, "");

let packages = "";
beforeEach(() => {
  packages = mkdtempSync(join(tmpdir(), "parl-tree-"));
});
afterEach(() => {
  rmSync(packages, { recursive: true, force: true });
});

function write(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(packages, file)), { recursive: true });
    writeFileSync(join(packages, file), "");
  }
}

test("[CMD-manifest-1] a module is a folder of a package's sources, or the files beside them; most files first", () => {
  write("cli/src/bin.ts", "cli/src/b/x.ts", "cli/src/a/x.ts", "cli/src/a/deep/er/y.sql", "cli/test/no.ts", "cli/no.ts");
  write("server/src/a/x.ts", "server/src/.hidden", "docs/no.md", "no.ts");
  expect(countSourceModules(packages)).toEqual([
    { name: "cli/a", files: 2 },
    { name: "cli", files: 1 },
    { name: "cli/b", files: 1 },
    { name: "server/a", files: 1 },
  ]);
});

test("[TXT-2] where two modules tie names decide, by code point", () => {
  write("p/src/\u{1d4b3}/x.ts", "p/src/\uff5a/x.ts", "p/src/Z/x.ts", "p/src/a/x.ts");
  expect(countSourceModules(packages).map(({ name }) => name)).toEqual(["p/Z", "p/a", "p/\uff5a", "p/\u{1d4b3}"]);
});

test("[CMD-manifest-1] what is recorded at build time is what a checkout counts", () => {
  const { name, text } = recordSourceModules(join(checkout, "packages"));
  const { root, modules } = readSourceTree();
  expect(root).toBe(checkout);
  expect(name).toBe("source-modules.json");
  expect(JSON.parse(text)).toEqual(modules.map((module) => ({ name: module.name, files: module.files })));
});

test("[CMD-manifest-1] an installed package tells what was recorded, and its own folder", () => {
  mkdirSync(join(packages, "dist"));
  writeFileSync(join(packages, "dist/source-modules.json"), '[{"name": "cli/harness", "files": 7}]');
  expect(readSourceTree(pathToFileURL(join(packages, "dist/")))).toEqual({
    root: packages,
    modules: [{ name: "cli/harness", files: 7, note: moduleNotes["cli/harness"] }],
  });
});

test("[CMD-manifest-1] every module of the tree has its note, and every note its module", () => {
  const names = readSourceTree().modules.map(({ name }) => name);
  expect(Object.keys(moduleNotes).toSorted()).toEqual(names.toSorted());
});

test("[CMD-manifest-1] the manifest is root, total, and a bullet for each module", () => {
  const modules = [
    { name: "cli/a", files: 3, note: "first" },
    { name: "cli", files: 1, note: "second" },
  ];
  expect(manifestLines({ root: "/x", modules })).toEqual([
    "Workspace root: `/x`",
    "Total source files: **4**",
    "",
    "Top-level modules:",
    "- `cli/a` (3 files) — first",
    "- `cli` (1 files) — second",
  ]);
});
