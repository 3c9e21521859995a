import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebApp } from "../../src/http/web-app.ts";

let folder: string;
let app: WebApp;
const script = "export const app = 1;\n".repeat(200);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parl-web-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>app</title>");
  writeFileSync(join(folder, "icon.svg"), "<svg/>");
  writeFileSync(join(folder, "assets/index-abc.js"), script);
  writeFileSync(join(folder, "assets/index-abc.js.br"), brotliCompressSync(script));
  app = new WebApp(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("[DASH-1] every page is the one document, with a policy that allows no inline script and nothing from elsewhere", async () => {
  for (const path of ["/", "/mesh", "/mesh/", "/mesh/state"]) {
    const response = await app.serve(path, null);
    expect(response?.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response?.headers.get("cache-control")).toBe("no-cache");
    const policy = response?.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(await response?.text()).toBe("<!doctype html><title>app</title>");
  }
});

test("[DASH-1] files are compressed for those who can read it, and kept because their name changes with them", async () => {
  const plain = await app.serve("/assets/index-abc.js", "gzip");
  expect(plain?.headers.get("content-encoding")).toBeNull();
  expect(plain?.headers.get("cache-control")).toContain("immutable");
  expect(await plain?.text()).toBe(script);
  const small = await app.serve("/assets/index-abc.js", "gzip, br");
  expect(small?.headers.get("content-encoding")).toBe("br");
  expect(brotliDecompressSync(new Uint8Array((await small?.arrayBuffer()) ?? new ArrayBuffer(0))).toString()).toBe(
    script,
  );
  expect((await app.serve("/icon.svg", null))?.headers.get("content-type")).toBe("image/svg+xml");
});

test("[DASH-1] nothing outside the build is served, however it is named", async () => {
  symlinkSync("/etc/hostname", join(folder, "assets/link.txt"));
  for (const path of [
    "/assets/../../../etc/passwd",
    "/assets/%2e%2e/index.html",
    "/assets/link.txt",
    "/assets/",
    "/index.html.br",
    "/mesh/state/../../x",
    "/api/v1/none",
    "/package.json",
  ]) {
    expect([path, await app.serve(path, null)]).toEqual([path, undefined]);
  }
});

test("[DASH-1] a checkout in which the app was not built says how to build it, and finds it afterwards", async () => {
  const later = join(folder, "later");
  const unbuilt = new WebApp(later);
  const response = await unbuilt.serve("/mesh/", null);
  expect(response?.status).toBe(404);
  expect(await response?.text()).toContain("npm run build:web");
  mkdirSync(later);
  writeFileSync(join(later, "index.html"), "built");
  expect(await (await unbuilt.serve("/mesh/", null))?.text()).toBe("built");
});
