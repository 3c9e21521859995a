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

const id = "6f1f3c1e-0b5a-4a3e-9a53-0e6f2f1f8a10";
const pages = [
  "/pair",
  "/sessions",
  "/sessions/new",
  `/sessions/${id}`,
  "/approvals",
  "/commands",
  `/commands/cmd-${id}`,
  "/devices",
  "/settings",
  "/mesh",
  "/mesh/state",
];

test("[DASH-1] every page is the one document, with a policy that allows no inline script and nothing from elsewhere", async () => {
  for (const path of ["/", ...pages, ...pages.map((page) => `${page}/`)]) {
    const response = await app.serve({ path, host: "desk.local:7900" });
    expect([path, response?.headers.get("content-type")]).toEqual([path, "text/html; charset=utf-8"]);
    expect(response?.headers.get("cache-control")).toBe("no-cache");
    expect(response?.headers.get("permissions-policy")).toBe("microphone=(self), camera=(), geolocation=()");
    const policy = response?.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;");
    expect(policy).toContain("; connect-src 'self' ws://desk.local:7900 wss://desk.local:7900;");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(await response?.text()).toBe("<!doctype html><title>app</title>");
  }
});

test("[DASH-1] a policy names the sockets of a host that policies can name, and of no other", async () => {
  for (const host of [undefined, "[::1]:7900", "a;script-src *", "a b", "a,b"]) {
    const policy = (await app.serve({ path: "/", host }))?.headers.get("content-security-policy");
    expect(policy).toContain("; connect-src 'self'; font-src 'self';");
  }
});

test("[DASH-1] the worker, the manifest and icons lie at the root, and are asked for each time", async () => {
  for (const [name, type] of [
    ["sw.js", "text/javascript; charset=utf-8"],
    ["manifest.webmanifest", "application/manifest+json"],
    ["icon.svg", "image/svg+xml"],
    ["icon-192.png", "image/png"],
    ["icon-maskable-512.png", "image/png"],
  ] as const) {
    writeFileSync(join(folder, name), name);
    const response = await new WebApp(folder).serve({ path: `/${name}` });
    expect([name, response?.headers.get("content-type")]).toEqual([name, type]);
    expect(response?.headers.get("cache-control")).toBe("no-cache");
    expect(await response?.text()).toBe(name);
  }
});

test("[DASH-1] files are compressed for those who can read it, and kept because their name changes with them", async () => {
  const plain = await app.serve({ path: "/assets/index-abc.js", acceptEncoding: "gzip" });
  expect(plain?.headers.get("content-encoding")).toBeNull();
  expect(plain?.headers.get("cache-control")).toContain("immutable");
  expect(await plain?.text()).toBe(script);
  const small = await app.serve({ path: "/assets/index-abc.js", acceptEncoding: "gzip, br" });
  expect(small?.headers.get("content-encoding")).toBe("br");
  expect(brotliDecompressSync(new Uint8Array((await small?.arrayBuffer()) ?? new ArrayBuffer(0))).toString()).toBe(
    script,
  );
  expect((await app.serve({ path: "/icon.svg" }))?.headers.get("content-type")).toBe("image/svg+xml");
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
    "/sw.js",
    "/sessions/old",
    `/sessions/${id}/x`,
    `/commands/${id}`,
    "/settings/x",
    "/mesh//",
    "//",
  ]) {
    expect([path, await app.serve({ path })]).toEqual([path, undefined]);
  }
});

test("[DASH-1] a checkout in which the app was not built says how to build it, and finds it afterwards", async () => {
  const later = join(folder, "later");
  const unbuilt = new WebApp(later);
  const response = await unbuilt.serve({ path: "/mesh/" });
  expect(response?.status).toBe(404);
  expect(await response?.text()).toContain("npm run build:web");
  mkdirSync(later);
  writeFileSync(join(later, "index.html"), "built");
  expect(await (await unbuilt.serve({ path: "/mesh/" }))?.text()).toBe("built");
});
