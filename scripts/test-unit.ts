// Runs the unit and script tests. The runtime of today (Node 24) now and then ends itself in a process with worker threads
// (`Check failed: jit_page.has_value()`, a known race in V8). When that was all that went wrong, the files it happened in
// run once more; a second crash, and anything else, fails the run as ever.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolPath } from "./checkout.ts";

const mostCrashes = 3;
const folder = mkdtempSync(join(tmpdir(), "parl-test-"));
const crashedFile = join(folder, "crashed");

function runTests(args: readonly string[], env: Readonly<Record<string, string>>): number {
  const command = [toolPath("vitest"), "run", "--project=unit", "--project=scripts", ...args];
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  return status ?? 1;
}

let status = runTests(process.argv.slice(2), { PARL_TEST_CRASHED: crashedFile });
if (status !== 0 && existsSync(crashedFile)) {
  const files = readFileSync(crashedFile, "utf8").split("\n");
  if (files.length <= mostCrashes) {
    process.stderr.write(
      `\nThe runtime crashed by SIGTRAP, and all else passed. Once more:\n  ${files.join("\n  ")}\n`,
    );
    status = runTests(files, {});
  }
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = status;
