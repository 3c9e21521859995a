// Makes the publishable packages in build/<name>: compiled code and declarations in dist/, everything else that a
// user of the package needs, and a package.json that points at dist instead of src. Ends with publint on each.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { recordSourceModules } from "../packages/cli/src/reports/source-modules.ts";
import { bundleCommandLine } from "./bundle-command-line.ts";
import { packageNames, readManifest, root, toolPath } from "./checkout.ts";

/** What a package ships besides dist/, from its own folder. */
const shippedEntries = ["bin", "schema", "web", "README.md"] as const;

/** What a package ships from the root of the repository. */
const shippedFromRoot: Readonly<Record<string, readonly string[]>> = { cli: ["docs/SCHEMAS.md"] };

compile();
let problems = 0;
for (const name of packageNames) {
  if (name === "cli") await bundleCommandLine(join(root, "build/cli/dist"));
  assemble(name);
  problems += await lintPackage(name);
}
if (problems > 0) process.exitCode = 1;

function compile(): void {
  rmSync(join(root, "build"), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [toolPath("tsc"), "-b", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(1);
}

function assemble(name: string): void {
  const from = join(root, "packages", name);
  const to = join(root, "build", name);
  copyAssets(join(from, "src"), join(to, "dist"));
  if (name === "cli") {
    // What `parl manifest` says of an installed package, which has no sources to count.
    const { name: file, text } = recordSourceModules(join(root, "packages"));
    writeFileSync(join(to, "dist", file), text);
  }
  for (const entry of shippedEntries) {
    if (existsSync(join(from, entry))) cpSync(join(from, entry), join(to, entry), { recursive: true });
  }
  for (const entry of shippedFromRoot[name] ?? []) {
    if (existsSync(join(root, entry))) cpSync(join(root, entry), join(to, entry));
  }
  cpSync(join(root, "LICENSE"), join(to, "LICENSE"));
  const manifest = readManifest(from);
  const published = {
    ...manifest,
    ...(manifest.exports === undefined ? {} : { exports: toDist(manifest.exports) }),
    files: ["dist", "bin", "schema", "web", "docs"].filter((entry) => existsSync(join(to, entry))),
    publishConfig: { access: "public" },
  };
  writeFileSync(join(to, "package.json"), `${JSON.stringify(published, undefined, 2)}\n`);
}

/** Copies what the compiler leaves behind: every file of `from` that is not TypeScript. */
function copyAssets(from: string, to: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.tsx?$/.test(entry.name)) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(source, target);
  }
}

/** Rewrites each `./src/NAME.ts` of an exports map, whatever its conditions, to the compiled file and its types. */
function toDist(exports: unknown): unknown {
  if (typeof exports === "string") {
    const compiled = /^\.\/src\/(.+)\.ts$/.exec(exports)?.[1];
    return compiled === undefined ? exports : { types: `./dist/${compiled}.d.ts`, default: `./dist/${compiled}.js` };
  }
  if (typeof exports !== "object" || exports === null) return exports;
  return Object.fromEntries(Object.entries(exports).map(([condition, target]) => [condition, toDist(target)]));
}

/** Number of errors and warnings that publint finds in build/`name`; prints them. */
async function lintPackage(name: string): Promise<number> {
  const pkgDir = join(root, "build", name);
  const { messages, pkg } = await publint({ pkgDir, level: "warning", strict: true });
  for (const message of messages) {
    process.stderr.write(`publint: build/${name}: ${formatMessage(message, pkg) ?? message.code}\n`);
  }
  return messages.length;
}
