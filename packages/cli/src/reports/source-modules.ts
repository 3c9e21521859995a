/**
 * The source tree of this build: its modules and how many files each has [CMD-manifest-1]. A published package carries what
 * was recorded when it was built; in a checkout the tree itself is counted.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareCodePoints } from "../routing/compare-code-points.ts";
import { moduleNotes } from "./module-notes.ts";

export interface SourceModule {
  /** A folder of a package's sources, such as `cli/commands`; the package's name for the files beside the folders. */
  readonly name: string;
  readonly files: number;
}

export interface SourceTree {
  /** Absolute: the checkout, or the folder of the installed package. */
  readonly root: string;
  /** Most files first, then by name. */
  readonly modules: readonly (SourceModule & { readonly note: string })[];
}

const recordName = "source-modules.json";
/** Of `src` in a checkout, of `dist` in the published package. */
const ownFolder = new URL("../", import.meta.url);

/** `codeFolder` is where the program's own code is, as a URL that ends with a slash. */
export function readSourceTree(codeFolder: URL = ownFolder): SourceTree {
  const recorded = new URL(recordName, codeFolder);
  const isPublished = existsSync(recorded);
  const root = fileURLToPath(new URL(isPublished ? "../" : "../../../", codeFolder)).replace(/\/$/u, "");
  const modules = isPublished
    ? (JSON.parse(readFileSync(recorded, "utf8")) as SourceModule[])
    : countSourceModules(join(root, "packages"));
  return { root, modules: modules.map((module) => ({ ...module, note: noteOf(module.name) })) };
}

/** What `scripts/build-packages.ts` puts beside the compiled code: where, and the text. */
export function recordSourceModules(packages: string): { readonly name: string; readonly text: string } {
  return { name: recordName, text: `${JSON.stringify(countSourceModules(packages), null, 2)}\n` };
}

/** `packages` holds a folder for each package, with its sources in `src`. */
export function countSourceModules(packages: string): SourceModule[] {
  const counts = new Map<string, number>();
  for (const { name: packageName } of folders(packages)) {
    const sources = join(packages, packageName, "src");
    if (!existsSync(sources)) continue;
    for (const entry of readdirSync(sources, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || entry.name.startsWith(".")) continue;
      const [folder] = entry.parentPath.slice(sources.length + 1).split("/");
      const name = folder === undefined || folder === "" ? packageName : `${packageName}/${folder}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([name, files]) => ({ name, files }))
    .toSorted((a, b) => b.files - a.files || compareCodePoints(a.name, b.name));
}

function folders(directory: string): { readonly name: string }[] {
  return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
}

function noteOf(name: string): string {
  return moduleNotes[name] ?? "not described yet";
}
