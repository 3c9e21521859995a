// Runs projects of the test runner. Where only a few files failed, these run once more: the runtime of today now and then
// ends a process with worker threads by itself, in a test's own process or in a server that a test started
// (docs/decisions/0008). A file that fails twice fails the run; one that passes then is named at the end, never hidden.
import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, toolPath } from "./checkout.ts";
import type { TestRunResult } from "./strict-reporter.ts";

const mostFilesAgain = 3;

/** What the runs of one script came to, as one line of the file that `PARL_TEST_TALLY` names. */
export interface TestTally {
  passed: number;
  failed: number;
  skipped: number;
  /** One line for each failure, and for each file that passed at its second run only. */
  notes: string[];
}

/** Returns the exit status. `args` go to the test runner: names of files, filters. */
export function runTests(
  projects: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): number {
  const first = runOnce(projects, args, env);
  const tally: TestTally = { ...first.counts, notes: first.notes };
  let { status } = first;
  const files = first.failedFiles;
  if (status !== 0 && first.isOnlyFiles && files.length > 0 && files.length <= mostFilesAgain) {
    process.stderr.write(`\n${first.notes.join("\n")}\nOnce more: ${files.join(" ")}\n`);
    const second = runOnce(projects, files, env);
    status = second.status;
    const verdict = status === 0 ? "passed at its second run only" : "failed twice";
    tally.passed += status === 0 ? first.counts.failed : 0;
    tally.failed = second.counts.failed;
    tally.notes = [
      ...first.notes.map((note) => `first run: ${note}`),
      ...second.notes,
      ...files.map((file) => `${file} ${verdict}`),
    ];
  }
  if (tally.notes.length > 0) process.stderr.write(`\n${tally.notes.join("\n")}\n`);
  const tallyFile = process.env["PARL_TEST_TALLY"];
  if (tallyFile !== undefined) appendFileSync(tallyFile, `${JSON.stringify(tally)}\n`);
  return status;
}

interface Once {
  status: number;
  counts: { passed: number; failed: number; skipped: number };
  notes: string[];
  failedFiles: string[];
  /** All that is wrong is tests in these files; no leaks, no forbidden skips. */
  isOnlyFiles: boolean;
}

function runOnce(
  projects: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Once {
  const folder = mkdtempSync(join(tmpdir(), "parl-test-"));
  const resultFile = join(folder, "result.json");
  try {
    const command = [toolPath("vitest"), "run", ...projects.map((project) => `--project=${project}`), ...args];
    const { status } = spawnSync(process.execPath, command, {
      cwd: root,
      stdio: "inherit",
      env: { ...env, PARL_TEST_RESULT: resultFile },
    });
    const exit = status ?? 1;
    if (!existsSync(resultFile)) {
      const counts = { passed: 0, failed: 1, skipped: 0 };
      return {
        status: exit,
        counts,
        notes: ["the test runner ended without a result"],
        failedFiles: [],
        isOnlyFiles: false,
      };
    }
    const { passed, failed, skipped, failures, isOnlyFiles } = JSON.parse(
      readFileSync(resultFile, "utf8"),
    ) as TestRunResult;
    const failedFiles = [...new Set(failures.flatMap(({ file }) => file ?? []))];
    const notes = failures.map(({ file, test, message }) => `${file ?? "(no file)"} > ${test}: ${message}`);
    return { status: exit, counts: { passed, failed, skipped }, notes, failedFiles, isOnlyFiles };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
