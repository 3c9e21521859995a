import { appendFileSync, writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/** What one run of the test runner did, as one line of the file that `PARL_TEST_TALLY` names. */
export interface TestTally {
  passed: number;
  failed: number;
  skipped: number;
}

/** The runtime gave up on itself while it ran this file; nothing the file could have caught or caused in JavaScript. */
const runtimeCrash = /^Worker exited unexpectedly with signal SIGTRAP .*while running test file (.+)$/;

/**
 * Fails a run for what the test runner itself lets pass: sockets, timers and processes left behind by a test file
 * (listed by the default reporter), and, when `CI=true`, skipped tests: a suite that could not run there must not go
 * unnoticed. Names every skipped test with its reason. Where all is well but for files in which the runtime itself
 * crashed, their paths go into the file that `PARL_TEST_CRASHED` names, a line each, and do not count as failed.
 */
export default class StrictReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const skipped: TestCase[] = [];
    const crashedFile = process.env["PARL_TEST_CRASHED"];
    const crashed = crashedFile === undefined ? [] : unhandledErrors.flatMap((error) => fileOfCrash(error) ?? []);
    // An error outside any test, and a file that does not load, count as failures too: they fail the run.
    const tally: TestTally = { passed: 0, failed: unhandledErrors.length - crashed.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) tally.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "skipped") skipped.push(test);
        if (state !== "pending") tally[state] += 1;
      }
    }
    if (skipped.length > 0) this.#report(skipped);
    const leaks = this.#vitest?.state.leakSet.size ?? 0;
    if (leaks > 0) {
      process.stderr.write(`\nLeft behind by test files: ${leaks}; close what a test opens before it ends\n`);
      process.exitCode = 1;
    }
    const isWell = tally.failed === 0 && leaks === 0 && (skipped.length === 0 || process.env["CI"] !== "true");
    if (crashedFile !== undefined && isWell && crashed.length > 0) writeFileSync(crashedFile, crashed.join("\n"));
    const tallyFile = process.env["PARL_TEST_TALLY"];
    if (tallyFile !== undefined) appendFileSync(tallyFile, `${JSON.stringify(tally)}\n`);
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

function fileOfCrash(error: unknown): string | undefined {
  for (let cause = error, depth = 0; typeof cause === "object" && cause !== null && depth < 4; depth += 1) {
    const message: unknown = Reflect.get(cause, "message");
    const file = typeof message === "string" ? runtimeCrash.exec(message)?.[1] : undefined;
    if (file !== undefined) return file;
    cause = Reflect.get(cause, "cause") as unknown;
  }
  return undefined;
}
