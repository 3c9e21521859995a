import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { root, toolPath } from "../checkout.ts";

/** Runs `suite` with the reporter in a folder of its own; returns how it ended and the tally it wrote. */
function runSuite(suite: string, env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), "reporter-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "suite.test.mjs"), suite);
  const reporter = join(root, "scripts", "strict-reporter.ts");
  const tallyFile = join(folder, "tally");
  const { status, stderr } = spawnSync(
    process.execPath,
    [toolPath("vitest"), "run", "--globals", "--detectAsyncLeaks", `--root=${folder}`, `--reporter=${reporter}`],
    { cwd: folder, encoding: "utf8", env: { PATH: process.env["PATH"], PARL_TEST_TALLY: tallyFile, ...env } },
  );
  return { status, stderr, tally: readFileSync(tallyFile, "utf8") };
}

const withSkip = `
  test("a", () => {});
  test("b", (context) => context.skip("no database here"));
  describe.skip("c", () => { test("d", () => {}); });
`;

test("names skipped tests and their reasons, and lets the run pass outside CI", () => {
  const { status, stderr, tally } = runSuite(withSkip, {});
  expect(stderr).toContain("suite.test.mjs > b: no database here\n");
  expect(stderr).toContain("suite.test.mjs > c > d: no reason given\n");
  expect(tally).toBe(`{"passed":1,"failed":0,"skipped":2}\n`);
  expect(status).toBe(0);
});

test("a skipped test fails the run in CI", () => {
  expect(runSuite(withSkip, { CI: "true" }).status).toBe(1);
  expect(runSuite(`test("a", () => {});`, { CI: "true" }).status).toBe(0);
});

test("counts failed tests, files that do not load and errors outside tests as failed", () => {
  expect(runSuite(`test("a", () => { throw new Error("a"); });`, {}).tally).toContain(`"failed":1`);
  expect(runSuite(`throw new Error("a");`, {}).tally).toContain(`"failed":1`);
  expect(runSuite(`test("a", () => void Promise.reject(new Error("a")));`, {}).tally).toContain(`"failed":1`);
});

test("a crash of the runtime is told apart, where all else is well", () => {
  const crash = `test("a", async () => { process.kill(process.pid, "SIGTRAP"); await new Promise(() => {}); });`;
  const crashedFile = join(mkdtempSync(join(tmpdir(), "reporter-")), "crashed");
  onTestFinished(() => rmSync(crashedFile, { force: true }));

  const told = runSuite(crash, { PARL_TEST_CRASHED: crashedFile });
  expect(told.status).toBe(1);
  expect(told.tally).toContain(`"failed":0`);
  expect(readFileSync(crashedFile, "utf8")).toMatch(/suite\.test\.mjs$/);

  rmSync(crashedFile);
  const failed = runSuite(`test("a", () => { throw new Error("a"); });`, { PARL_TEST_CRASHED: crashedFile });
  expect(failed.tally).toContain(`"failed":1`);
  expect(existsSync(crashedFile)).toBe(false);
  expect(runSuite(crash, {}).tally).toContain(`"failed":1`);
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
