/** What a directory looks like to somebody who comes to it [CMD-bootstrap-7]. Reads names only, and a bounded number. */
import type { Dirent } from "node:fs";

export interface WorkspaceFacts {
  readonly directory: string;
  readonly sourceFolders: readonly string[];
  readonly testFolders: readonly string[];
  readonly sourceFiles: number;
  readonly testFiles: number;
  /** Neither source nor test. */
  readonly assetFiles: number;
  /** There were more entries than were looked at; the counts are lower bounds. */
  readonly isCut: boolean;
}

const maxEntries = 2000;
const sourceFolderNames = new Set(["src", "lib", "app", "source", "sources", "packages", "cmd", "internal", "pkg"]);
const testFolderNames = new Set(["test", "tests", "spec", "specs", "__tests__", "e2e"]);
const dependencyFolderNames = new Set(["node_modules", "vendor", "bower_components", "venv", "__pycache__"]);
const sourceFile =
  /\.(?:[cm]?[jt]sx?|py|go|rs|java|kt|kts|scala|rb|php|cs|fs|c|h|cc|cpp|cxx|hpp|m|mm|swift|sh|bash|pl|lua|r|jl|ex|exs|erl|hs|ml|clj|dart|vue|svelte|sql|zig)$/iu;
const testFile = /(?:[._-](?:test|spec)\.[^.]+|^test_[^/]*\.py)$/iu;

/** `directory` is absolute. What cannot be listed is left out. */
export function readWorkspaceFacts(directory: string): WorkspaceFacts {
  const fs = process.getBuiltinModule("node:fs");
  const path = process.getBuiltinModule("node:path");
  const sourceFolders: string[] = [];
  const testFolders: string[] = [];
  const counts = { source: 0, test: 0, asset: 0 };
  const folders = [{ path: directory, isTest: false }];
  let seen = 0;
  let isCut = false;
  // Breadth first, so that a cut leaves out what is deep.
  for (let next = folders.shift(); next !== undefined && !isCut; next = folders.shift()) {
    for (const entry of list(fs, next.path)) {
      if (entry.name.startsWith(".")) continue;
      if (seen === maxEntries) {
        isCut = true;
        break;
      }
      seen += 1;
      const isTop = next.path === directory;
      if (entry.isDirectory()) {
        if (dependencyFolderNames.has(entry.name)) continue;
        const isTestFolder = testFolderNames.has(entry.name);
        if (isTop && sourceFolderNames.has(entry.name)) sourceFolders.push(entry.name);
        if (isTop && isTestFolder) testFolders.push(entry.name);
        folders.push({ path: path.join(next.path, entry.name), isTest: next.isTest || isTestFolder });
      } else if (entry.isFile()) counts[classify(entry.name, next.isTest)] += 1;
    }
  }
  return {
    directory,
    sourceFolders,
    testFolders,
    sourceFiles: counts.source,
    testFiles: counts.test,
    assetFiles: counts.asset,
    isCut,
  };
}

function classify(name: string, isInTestFolder: boolean): "source" | "test" | "asset" {
  if (!sourceFile.test(name)) return "asset";
  return isInTestFolder || testFile.test(name) ? "test" : "source";
}

/** In the order of names, which is the same on every machine [DET-1]. */
function list(fs: typeof import("node:fs"), path: string): Dirent[] {
  try {
    return fs.readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
