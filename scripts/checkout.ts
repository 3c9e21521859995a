import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute path of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Names of the published packages, in the order of their dependencies. */
export const packageNames = ["protocol", "client", "agents", "server", "cli"] as const;

/** The parts of a package manifest that the scripts read. */
export interface Manifest {
  name: string;
  version: string;
  exports?: unknown;
  bin?: Record<string, string>;
  dependencies?: Record<string, string>;
}

/** Reads `package.json` in `folder`. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

const packageOfTool: Readonly<Record<string, string>> = { asc: "assemblyscript", tsc: "typescript" };

/** Absolute path of the JavaScript file behind a command of node_modules/.bin, to be run by this very Node. */
export function toolPath(command: string): string {
  const manifestPath = join(root, "node_modules", packageOfTool[command] ?? command, "package.json");
  const { bin } = createRequire(import.meta.url)(manifestPath) as { bin?: string | Record<string, string> };
  const relative = typeof bin === "string" ? bin : bin?.[command];
  if (relative === undefined) throw new Error(`find the command ${command}: ${manifestPath} has no such bin`);
  return join(dirname(manifestPath), relative);
}
