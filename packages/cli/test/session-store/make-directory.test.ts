import fs from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CommandError } from "../../src/harness/error.ts";
import { makeDirectory } from "../../src/session-store/make-directory.ts";

const folder = fs.realpathSync(mkdtempSync(join(tmpdir(), "parl-make-directory-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function errorOf(run: () => unknown): CommandError {
  try {
    run();
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("[SES-1] a directory is made with its parents, for its owner alone, and found when it is there", () => {
  const path = join(folder, "a", "b", "c");

  expect(makeDirectory(fs, path, "a/b/c")).toBe(path);
  expect(makeDirectory(fs, path, "a/b/c")).toBe(path);
  for (const made of ["a", "a/b", "a/b/c"]) expect(fs.statSync(join(folder, made)).mode & 0o777).toBe(0o700);
});

test("[FI-9] a file in the way is an error that names the directory as given", () => {
  fs.writeFileSync(join(folder, "file"), "");

  expect(errorOf(() => makeDirectory(fs, join(folder, "file"), "file")).options).toMatchObject({
    kind: "filesystem",
    operation: "mkdir",
    target: "file",
    errno: "EEXIST",
  });
  expect(errorOf(() => makeDirectory(fs, join(folder, "file", "below"), "x")).options.errno).toBe("ENOTDIR");
});

test("[FI-9] a place where nothing can be made is an error at once, also when the system calls it missing", () => {
  // As below /proc on Linux, where the `recursive` of the runtime never comes back.
  const nowhere = join(folder, "nowhere");
  let attempts = 0;
  const files = {
    ...fs,
    mkdirSync: ((path: string) => {
      attempts += 1;
      throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT", syscall: "mkdir", path });
    }) as typeof fs.mkdirSync,
  };

  expect(errorOf(() => makeDirectory(files, nowhere, "nowhere")).options.errno).toBe("ENOENT");
  expect(attempts).toBeLessThan(20);
});
