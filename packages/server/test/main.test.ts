import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { SERVER_RUNTIME_OPTIONS } from "../src/runtime-options.ts";

/** Names of the packages that a process has loaded once it loaded `file`. */
function packagesLoadedBy(file: string): string[] {
  const source = `
    const loaded = [];
    const { registerHooks } = process.getBuiltinModule("node:module");
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import(${JSON.stringify(new URL(file, import.meta.url).href)});
    const names = loaded.map((url) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url)?.[1] ?? "");
    process.stdout.write(JSON.stringify([...new Set(names)]));
    process.exit(0);`;
  const args = [...SERVER_RUNTIME_OPTIONS.nodeArguments, "--no-warnings", "--input-type=module", "--eval", source];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as string[];
}

test("[PERF-9] the server loads no schema library, and no PostgreSQL client before it needs one", () => {
  const names = packagesLoadedBy("../src/main.ts");
  expect(names).toEqual(expect.arrayContaining(["hono", "ws", "pino", "prom-client"]));
  for (const name of ["typebox", "pg", "kysely"]) expect(names).not.toContain(name);
});
