// Joins the compiled modules of the command line into few files: loading a module costs about half a millisecond, and a
// command would load up to eighty of them at every start [HPERF-5]. What a command does not need stays in files of its own,
// which are loaded when they are asked for; other packages stay packages.
import { readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { rolldown, type OutputChunk } from "rolldown";

/** Modules that are always loaded together; the first group that matches takes a module. */
const groups: readonly { name: string; test: RegExp }[] = [
  // What only failures, help, schemas and streams need stays out of the start.
  {
    name: "start",
    test: /\/(commands\/index|output\/[a-z-]+|harness\/(?!command-schema|create-reference|error-report|event-stream|help|nearest|reference|stdin-text|usage|usage-line|validate-envelope|cli-log)[a-z-]+)\.js$/,
  },
  { name: "sessions", test: /\/session-store\// },
  {
    name: "inventory",
    test: /\/(inventory\/(?!parse-yaml|task-targets|just-recipes)|routing\/|mcp\/tool-definitions)/,
  },
  { name: "turns", test: /\/turns\/(?!bootstrap-text|agent-failure|perform-bootstrap-graph|workspace-facts)/ },
  // Finds the docs and the manifest relative to itself, so it stays one folder down.
  { name: "reports", test: /\/reports\// },
];

/** Replaces the JavaScript in `dist` by the joined files; declarations go, because nothing imports a program. */
export async function bundleCommandLine(dist: string): Promise<void> {
  const compiled = `${dist}-compiled`;
  renameSync(dist, compiled);
  const bundle = await rolldown({
    input: { bin: join(compiled, "bin.js") },
    platform: "node",
    // Nobody imports the entry, so what it exports need not stay.
    preserveEntrySignatures: false,
    // A module that one command imports and another loads when it runs is in the group of the first: as it should be.
    checks: { ineffectiveDynamicImport: false },
    external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  });
  const { output } = await bundle.write({
    dir: dist,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: ({ name }) => (name === "reports" ? "reports/[name].js" : "[name].js"),
    codeSplitting: {
      // A group has what it names; what that needs is of another group, or of its own.
      includeDependenciesRecursively: false,
      groups: groups.map((group, index) => ({ ...group, priority: groups.length - index })),
    },
  });
  await bundle.close();
  for (const chunk of output) if (chunk.type === "chunk") checkChunk(chunk);
  for (const entry of readdirSync(compiled)) {
    if (entry.endsWith(".json")) renameSync(join(compiled, entry), join(dist, entry));
  }
  rmSync(compiled, { recursive: true });
}

/** The entry waits for the command it loads: a chunk that imports the entry would wait for it in turn, for ever. */
function checkChunk({ fileName, imports, code }: OutputChunk): void {
  if (imports.includes("bin.js")) throw new Error(`bundle the command line: ${fileName} imports the entry, bin.js`);
  if (code.includes("import.meta.url") && !/^(?:bin|reports\/reports)\.js$/.test(fileName)) {
    throw new Error(`bundle the command line: ${fileName} looks for files beside itself, and is not where it was`);
  }
}
