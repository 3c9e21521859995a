import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openInBrowser, removeLeadingFile } from "../../src/remote/open-in-browser.ts";

const link = 'https://parl.example/pair#code=7K2M-Q9XT&token=s3cret"<token';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parl-browser-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Stands for what opens pages here: notes what it was started with, and ends with this status. */
function opener(status: number): { home: string; childEnvironment: () => Record<string, string> } {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  for (const name of ["open", "xdg-open"]) {
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s' "$*" > "${join(folder, "started")}"\nexit ${status}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return { home: folder, childEnvironment: () => ({ PATH: bin }) };
}

test("the browser is started with a file of this user only, which leads to the link; no secret is an argument", async () => {
  expect(await openInBrowser(opener(0), link)).toBe(true);
  const path = join(folder, "dashboard.html");
  expect(readFileSync(join(folder, "started"), "utf8")).toBe(pathToFileURL(path).href);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const attribute = "https://parl.example/pair#code=7K2M-Q9XT&amp;token=s3cret&quot;&lt;token";
  expect(readFileSync(path, "utf8")).toContain(`<meta http-equiv="refresh" content="0; url=${attribute}">`);
  await removeLeadingFile(folder);
  expect(existsSync(path)).toBe(false);
});

test("where no browser can be started no file stays", async () => {
  expect(await openInBrowser(opener(3), link)).toBe(false);
  expect(existsSync(join(folder, "started"))).toBe(true);
  expect(existsSync(join(folder, "dashboard.html"))).toBe(false);
  expect(await openInBrowser({ home: folder, childEnvironment: () => ({ PATH: folder }) }, link)).toBe(false);
  expect(existsSync(join(folder, "dashboard.html"))).toBe(false);
});
