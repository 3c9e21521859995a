import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root, toolPath } from "../checkout.ts";
import type { TestRunResult } from "../strict-reporter.ts";

/** Runs `suite` with the reporter in a folder of its own; returns how it ended and the result it wrote. */
function runSuite(suite: string, env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), "reporter-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "suite.test.mjs"), suite);
  const reporter = join(root, "scripts", "strict-reporter.ts");
  const resultFile = join(folder, "result");
  const { status, stderr } = spawnSync(
    process.execPath,
    [toolPath("vitest"), "run", "--globals", "--detectAsyncLeaks", `--root=${folder}`, `--reporter=${reporter}`],
    { cwd: folder, encoding: "utf8", env: { PATH: process.env["PATH"], PARL_TEST_RESULT: resultFile, ...env } },
  );
  return { status, stderr, result: JSON.parse(readFileSync(resultFile, "utf8")) as TestRunResult };
}

const withSkip = `
  test("a", () => {});
  test("b", (context) => context.skip("no database here"));
  describe.skip("c", () => { test("d", () => {}); });
`;

test("names skipped tests and their reasons, and lets the run pass outside CI", () => {
  const { status, stderr, result } = runSuite(withSkip, {});
  expect(stderr).toContain("suite.test.mjs > b: no database here\n");
  expect(stderr).toContain("suite.test.mjs > c > d: no reason given\n");
  expect(result).toEqual({ passed: 1, failed: 0, skipped: 2, failures: [], isOnlyFiles: true });
  expect(status).toBe(0);
});

test("a skipped test fails the run in CI, and a second run of some file cannot mend it", () => {
  const skipped = runSuite(withSkip, { CI: "true" });
  expect(skipped.status).toBe(1);
  expect(skipped.result.isOnlyFiles).toBe(false);
  expect(runSuite(`test("a", () => {});`, { CI: "true" }).status).toBe(0);
});

test("failed tests, files that do not load and errors outside tests are failures, named with their file where it is known", () => {
  const failed = runSuite(`test("a", () => { throw new Error("no\\nmore"); });`, {}).result;
  expect(failed.failures).toEqual([{ file: "suite.test.mjs", test: "a", message: "no" }]);
  expect(failed).toMatchObject({ failed: 1, isOnlyFiles: true });
  const unloaded = runSuite(`throw new Error("a");`, {}).result;
  expect(unloaded.failures).toEqual([{ file: "suite.test.mjs", test: "(the file)", message: "a" }]);
  const outside = runSuite(`test("a", () => void Promise.reject(new Error("b")));`, {}).result;
  expect(outside).toMatchObject({ failed: 1, failures: [{ test: "(outside any test)", message: "b" }] });
  expect(outside.isOnlyFiles).toBe(false);
});

test("what a failed test leaves behind is forgiven to its file, and a leak alone is not", () => {
  const leak = (end: string) => `
    import { createServer } from "node:http";
    test("a", () => new Promise((done) => { createServer().listen(0, "127.0.0.1", done); })${end});`;
  expect(runSuite(leak(`.then(() => { throw new Error("x"); })`), {}).result.isOnlyFiles).toBe(true);
  expect(runSuite(leak(""), {}).result).toMatchObject({ failures: [], isOnlyFiles: false });
});

test("a process that ended by itself is a failure of the file that it ran", () => {
  const crash = `test("a", async () => { process.kill(process.pid, "SIGTRAP"); await new Promise(() => {}); });`;
  const { status, result } = runSuite(crash, {});
  expect(status).toBe(1);
  expect(result.failures).toMatchObject([{ file: "suite.test.mjs", test: "(the process)" }]);
  expect(result.isOnlyFiles).toBe(true);
});

test("a test file that leaves a socket open fails the run", () => {
  const suite = (end: string) => `
    import { createServer } from "node:http";
    test("a", () => new Promise((done) => {
      const server = createServer().listen(0, "127.0.0.1", ${end});
    }));`;
  const left = runSuite(suite("() => done()"), {});
  expect(left.stderr).toContain("Left behind by test files: 1;");
  expect(left.status).toBe(1);
  expect(runSuite(suite("() => server.close(() => done())"), {}).status).toBe(0);
});
