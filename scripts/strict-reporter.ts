import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** What one run of the test runner did: the content of the file that `PARL_TEST_RESULT` names. */
export interface TestRunResult {
  passed: number;
  failed: number;
  skipped: number;
  failures: TestFailure[];
  /** Nothing else is wrong: no skip that is not allowed, no leak of another file, no error that belongs to no file. */
  isOnlyFiles: boolean;
}

export interface TestFailure {
  /** Relative to the root of the run; absent where no file can be named. */
  file?: string;
  test: string;
  /** First line of the error. */
  message: string;
}

/** The test runner's words for a worker process that ended by itself while it ran a file. */
const endedWorker = /^Worker exited unexpectedly.*while running test file (.+)$/;

/**
 * Fails a run for what the test runner itself lets pass: sockets, timers and processes left behind by a test file
 * (listed by the default reporter), and, when `CI=true`, skipped tests: a suite that could not run there must not go
 * unnoticed. Names every skipped test with its reason.
 */
export default class StrictReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const skipped: TestCase[] = [];
    const failures: TestFailure[] = unhandledErrors.map((error) => toFailure(error, this.#vitest?.config.root));
    let passed = 0;
    for (const module of modules) {
      const file = module.relativeModuleId;
      // A file that does not load counts as a failure too.
      for (const error of module.errors()) {
        failures.push({ file, test: "(the file)", message: firstLine(error.message) });
      }
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "skipped") skipped.push(test);
        if (result.state === "passed") passed += 1;
        if (result.state === "failed") {
          failures.push({ file, test: test.fullName, message: firstLine(result.errors[0]?.message ?? "") });
        }
      }
    }
    if (skipped.length > 0) this.#report(skipped);
    const root = this.#vitest?.config.root;
    const leaks = [...(this.#vitest?.state.leakSet ?? [])].map(({ filename }) => relativeTo(root, filename));
    if (leaks.length > 0) {
      process.stderr.write(`\nLeft behind by test files: ${leaks.length}; close what a test opens before it ends\n`);
      process.exitCode = 1;
    }
    const resultFile = process.env["PARL_TEST_RESULT"];
    if (resultFile === undefined) return;
    const failedFiles = new Set(failures.map(({ file }) => file));
    const isOnlyFiles =
      // A test that fails may not get to its end, where it would have closed what it opened.
      leaks.every((file) => failedFiles.has(file)) &&
      (skipped.length === 0 || process.env["CI"] !== "true") &&
      failures.every(({ file }) => file !== undefined);
    const result: TestRunResult = { passed, failed: failures.length, skipped: skipped.length, failures, isOnlyFiles };
    writeFileSync(resultFile, JSON.stringify(result));
  }

  #report(skipped: readonly TestCase[]): void {
    const lines = skipped.map((test) => {
      const result = test.result();
      const reason = result.state === "skipped" ? result.note : undefined;
      return `  ${test.module.relativeModuleId} > ${test.fullName}: ${reason ?? "no reason given"}`;
    });
    const isCi = process.env["CI"] === "true";
    process.stderr.write(
      `\nSkipped tests (${skipped.length})${isCi ? ", which CI=true does not allow" : ""}:\n${lines.join("\n")}\n`,
    );
    if (isCi) process.exitCode = 1;
  }
}

/** An error outside any test; where it or a cause of it names a file that ended its process, it is that file's. */
function toFailure(error: unknown, rootFolder: string | undefined): TestFailure {
  for (let cause = error, depth = 0; typeof cause === "object" && cause !== null && depth < 4; depth += 1) {
    const message: unknown = Reflect.get(cause, "message");
    const file = typeof message === "string" ? endedWorker.exec(message)?.[1] : undefined;
    if (file !== undefined) {
      return { file: relativeTo(rootFolder, file), test: "(the process)", message: firstLine(String(message)) };
    }
    cause = Reflect.get(cause, "cause") as unknown;
  }
  const message: unknown = typeof error === "object" && error !== null ? Reflect.get(error, "message") : error;
  return { test: "(outside any test)", message: firstLine(String(message)) };
}

function relativeTo(rootFolder: string | undefined, file: string): string {
  return rootFolder !== undefined && file.startsWith(`${rootFolder}/`) ? file.slice(rootFolder.length + 1) : file;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
