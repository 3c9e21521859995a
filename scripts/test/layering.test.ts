import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, test } from "vitest";
import {
  deepImportProblems,
  layeringProblems,
  lengthProblems,
  nameProblems,
  type LayeringRules,
  type SourceFile,
  type WorkspacePackage,
} from "../check-layering.ts";
import { packageNames, readManifest, root } from "../checkout.ts";

// The areas of the sources; a file belongs to the first that matches.
const areas: LayeringRules["areas"] = [
  ["protocol", /^packages\/protocol\/src\//],
  ["client/node", /^packages\/client\/src\/node(\.ts$|\/)/],
  ["client", /^packages\/client\/src\//],
  ["agents", /^packages\/agents\/src\//],
  ["cli", /^packages\/cli\/src\//],
  ["web", /^packages\/web\/src\//],
  [
    "server/main",
    /^packages\/server\/src\/(main|index|broker|broker-host|build-info|config|configured-agents|home|http-front|jobs|remote|remote-config|remote-host|settings-file|tls-config)\.ts$/,
  ],
  ["server/runtime-options.ts", /^packages\/server\/src\/runtime-options\.ts$/],
  ["server/origin.ts", /^packages\/server\/src\/origin\.ts$/],
  ["server/start-worker.ts", /^packages\/server\/src\/start-worker\.ts$/],
  ["server/ports.ts", /^packages\/server\/src\/ports\.ts$/],
  ["server/path-policy.ts", /^packages\/server\/src\/path-policy\.ts$/],
  ["server/mesh", /^packages\/server\/src\/mesh\//],
  ["server/sessions", /^packages\/server\/src\/sessions\//],
  ["server/commands", /^packages\/server\/src\/commands\//],
  ["server/gateway", /^packages\/server\/src\/gateway\//],
  ["server/http", /^packages\/server\/src\/http\//],
  ["server/store.ts", /^packages\/server\/src\/store\/(store|remote-store)\.ts$/],
  ["server/store/search", /^packages\/server\/src\/store\/search\//],
  ["server/store/sqlite", /^packages\/server\/src\/store\/sqlite\//],
  ["server/store/postgres", /^packages\/server\/src\/store\/postgres\//],
  ["server/store", /^packages\/server\/src\/store\//],
  ["server/observability", /^packages\/server\/src\/observability\//],
  ["server/tls", /^packages\/server\/src\/tls\//],
];

// Who may import whom: `->` static or type-only, `~>` one dynamic import, `~>*` dynamic imports, because what a command
// needs is loaded when it runs. An edge nobody uses must go.
const edges: LayeringRules["edges"] = [
  "client -> protocol",
  "client/node -> client",
  "client/node -> protocol",
  "cli -> protocol",
  "cli ~>* protocol",
  "cli -> client",
  "cli -> client/node",
  "cli ~>* client",
  "web -> client",
  "web -> protocol",
  "agents -> protocol",
  "cli -> agents",
  "cli ~>* agents",
  "cli ~> server/main",
  // How the background server's runtime is started: data, read before anything of the server is loaded.
  "cli -> server/runtime-options.ts",
  "server/main -> protocol",
  "server/mesh -> protocol",
  "server/mesh -> server/store.ts",
  "server/mesh -> server/ports.ts",
  "server/path-policy.ts -> protocol",
  "server/main -> agents",
  "server/sessions -> protocol",
  "server/sessions -> agents",
  "server/sessions -> server/store.ts",
  "server/sessions -> server/ports.ts",
  "server/sessions -> server/path-policy.ts",
  "server/commands -> protocol",
  "server/commands -> server/ports.ts",
  "server/commands -> server/path-policy.ts",
  "server/gateway -> protocol",
  "server/gateway -> server/mesh",
  "server/gateway -> server/store.ts",
  "server/gateway -> server/origin.ts",
  "server/gateway -> server/ports.ts",
  "server/gateway -> server/path-policy.ts",
  "server/gateway -> server/sessions",
  "server/gateway -> server/commands",
  "server/http -> protocol",
  "server/http -> server/mesh",
  "server/http -> server/store.ts",
  "server/http -> server/origin.ts",
  "server/http -> server/ports.ts",
  "server/http -> server/sessions",
  "server/store.ts -> protocol",
  "server/store -> protocol",
  "server/store -> server/store.ts",
  "server/store -> server/store/search",
  "server/store/sqlite -> protocol",
  "server/store/sqlite -> server/start-worker.ts",
  "server/store/sqlite -> server/store.ts",
  "server/store/sqlite -> server/store",
  "server/store/sqlite -> server/store/search",
  "server/store/postgres -> server/store.ts",
  "server/store/postgres -> server/store",
  "server/store/postgres -> server/store/search",
  "server/observability -> server/ports.ts",
  "server/tls -> server/ports.ts",
];

const knowsAll: LayeringRules["knowsAll"] = ["server/main"];

// The thread that runs an engine module of the caller's choice [TURN-1].
const computedImports: LayeringRules["computedImports"] = ["packages/agents/src/worker/engine-worker.ts"];

const maxLines = 500;
const maxTestLines = 700;

const packages: readonly WorkspacePackage[] = packageNames.map((folder) => {
  const { name, exports = {} } = readManifest(join(root, "packages", folder));
  return { name, folder: `packages/${folder}`, exports: exports as Record<string, string> };
});

function readFiles(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: root })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => !path.includes("node_modules/"))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

describe("the checkout", () => {
  const sources = readFiles("packages/*/src/**/*.{ts,tsx}");
  const tests = [
    ...readFiles("packages/*/test/**/*.ts"),
    ...readFiles("e2e/**/*.ts"),
    ...readFiles("scripts/test/**/*.ts"),
  ];
  const programs = [...readFiles("scripts/*.ts"), ...readFiles("bench/**/*.ts")];

  test("imports follow the table, without cycles", () => {
    expect(layeringProblems(sources, { packages, areas, edges, knowsAll, computedImports })).toEqual([]);
  });

  test("no test reaches into the sources of another package", () => {
    expect(tests.length).toBeGreaterThan(0);
    expect(deepImportProblems(readFiles("packages/*/test/**/*.ts"), packages)).toEqual([]);
  });

  test("no file is too long", () => {
    expect(lengthProblems([...sources, ...programs], maxLines)).toEqual([]);
    expect(lengthProblems(tests, maxTestLines)).toEqual([]);
  });

  test("no file or folder is a grab bag", () => {
    expect(nameProblems([...sources, ...tests, ...programs])).toEqual([]);
  });
});

describe("what the check finds", () => {
  const a = (text: string): SourceFile => ({ path: "packages/a/src/index.ts", text });
  const b = (text: string): SourceFile => ({ path: "packages/b/src/index.ts", text });
  const rules = (edgesOfCase: readonly string[]): LayeringRules => ({
    packages: [
      { name: "@x/a", folder: "packages/a", exports: { ".": "./src/index.ts" } },
      { name: "@x/b", folder: "packages/b", exports: { ".": "./src/index.ts" } },
    ],
    areas: [
      ["a", /^packages\/a\//],
      ["b", /^packages\/b\//],
    ],
    edges: edgesOfCase,
    knowsAll: [],
    computedImports: [],
  });

  test("nothing where the table is kept", () => {
    expect(layeringProblems([a(`import { x } from "@x/b";`), b("export const x = 1;")], rules(["a -> b"]))).toEqual([]);
  });

  test.each([
    ["import", `import { x } from "@x/b";`],
    ["type import", `import type { X } from "@x/b";`],
    ["re-export", `export * from "@x/b";`],
    ["named re-export", `export { x } from "@x/b";`],
    ["import type in an expression", `export type Y = import("@x/b").X;`],
  ])("an unlisted edge by %s", (_, text) => {
    expect(layeringProblems([a(text), b("")], rules([]))).toEqual([
      "packages/a/src/index.ts: imports packages/b/src/index.ts: no edge a -> b",
    ]);
  });

  test("a dynamic import where only a static edge is listed, and the stale edge", () => {
    expect(layeringProblems([a(`await import("@x/b");`), b("")], rules(["a -> b"]))).toEqual([
      "packages/a/src/index.ts: imports packages/b/src/index.ts: no edge a ~> b",
      "stale edge a -> b: no file uses it",
    ]);
  });

  test("a second dynamic import of an edge", () => {
    expect(layeringProblems([a(`await import("@x/b"); await import("@x/b");`), b("")], rules(["a ~> b"]))).toEqual([
      "edge a ~> b: 2 dynamic imports, expected one",
    ]);
  });

  test("an edge for any number of dynamic imports, and types over a dynamic edge", () => {
    const text = `await import("@x/b"); await import("@x/b"); export type Y = import("@x/b").X;`;
    expect(layeringProblems([a(text), b("")], rules(["a ~>* b"]))).toEqual([]);
    expect(layeringProblems([a(`import { x } from "@x/b";`), b("")], rules(["a ~>* b"]))).toHaveLength(2);
  });

  test("a computed import, and a listed one that is gone", () => {
    expect(layeringProblems([a("await import(process.argv[2]);"), b("")], rules([]))).toHaveLength(1);
    const listed = { ...rules([]), computedImports: ["packages/a/src/index.ts"] };
    expect(layeringProblems([a("await import(process.argv[2]);"), b("")], listed)).toEqual([]);
    expect(layeringProblems([a(""), b("")], listed)).toEqual([
      "stale entry of computedImports: packages/a/src/index.ts",
    ]);
  });

  test.each([`import "@x/b/src/deep.ts";`, `import "../../b/src/index.ts";`])("a deep import: %s", (text) => {
    expect(layeringProblems([a(text), b("")], rules([]))).toHaveLength(1);
    expect(deepImportProblems([{ path: "packages/a/test/index.test.ts", text }], rules([]).packages)).toHaveLength(1);
  });

  test("a cycle of type-only imports, and a file that imports itself", () => {
    const one = { path: "packages/a/src/one.ts", text: `import type { Two } from "./two.ts";` };
    const two = { path: "packages/a/src/two.ts", text: `import { one } from "./index.ts";` };
    expect(layeringProblems([a(`export * from "./one.ts";`), one, two, b(`import "./index.ts";`)], rules([]))).toEqual([
      "import cycle: packages/a/src/index.ts, packages/a/src/one.ts, packages/a/src/two.ts",
      "import cycle: packages/b/src/index.ts",
    ]);
  });

  test("files of no area, areas of no file, imports of nothing, no files at all", () => {
    expect(layeringProblems([{ path: "packages/c/src/c.ts", text: "" }, a(`import "./gone.ts";`)], rules([]))).toEqual([
      "packages/c/src/c.ts: belongs to no area of the table",
      "packages/a/src/index.ts: imports packages/a/src/gone.ts, which does not exist",
      "stale area b: it has no file",
    ]);
    expect(layeringProblems([], rules([]))).toHaveLength(1);
  });

  test("long files and grab bags", () => {
    expect(lengthProblems([a("\n".repeat(3))], 3)).toEqual([]);
    expect(lengthProblems([a("\n".repeat(4))], 3)).toEqual(["packages/a/src/index.ts: 4 lines, expected at most 3"]);
    expect(nameProblems([a(""), { path: "packages/a/src/utils/x.ts", text: "" }])).toHaveLength(1);
    expect(nameProblems([{ path: "packages/a/test/helpers.test.ts", text: "" }])).toHaveLength(1);
  });
});
