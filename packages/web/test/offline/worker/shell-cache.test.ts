import { expect, test } from "vitest";
import { ShellCache, type ShellManifest } from "../../../src/offline/worker/shell-cache.ts";
import { FakeCaches } from "./fake-caches.ts";

const origin = "https://parlatory.example";

/** A server with the files of one build at a time, and workers of any build. */
class Site {
  readonly caches = new FakeCaches();
  readonly asked: string[] = [];
  readonly timers: (() => void)[] = [];
  cancelled = 0;
  /** What it answers by path; "cut": nothing arrives. */
  files: ReadonlyMap<string, string> | "cut" | "silent" = new Map();

  worker(manifest: ShellManifest): ShellCache {
    return new ShellCache({
      origin,
      caches: this.caches.storage,
      manifest,
      fetch: (request) => this.#fetch(request),
      startTimer: (_delayMs, run) => {
        this.timers.push(run);
        return () => void (this.cancelled += 1);
      },
    });
  }

  #fetch(request: Request | string): Promise<Response> {
    const path = typeof request === "string" ? request : new URL(request.url).pathname;
    this.asked.push(path);
    if (this.files === "silent") return new Promise(() => undefined);
    if (this.files === "cut") return Promise.reject(new TypeError("Failed to fetch"));
    const text = this.files.get(path);
    return Promise.resolve(new Response(text ?? "no", { status: text === undefined ? 404 : 200 }));
  }
}

function build(version: string, ...shared: string[]) {
  const entry = `/assets/index-${version}.js`;
  const manifest: ShellManifest = { version, entry, hashed: [entry, ...shared], fixed: ["/icon.svg"] };
  const files = new Map([
    ["/", `<script type="module" src="${entry}">`],
    [entry, `entry of ${version}`],
    ...shared.map((path): [string, string] => [path, `content of ${path}`]),
    ["/icon.svg", `icon of ${version}`],
  ]);
  return { manifest, files };
}

function request(path: string, { mode, method }: { mode?: "navigate"; method?: string } = {}): Request {
  // No script can make a request that navigates, so a page's own is shown as one.
  return new Proxy(new Request(`${origin}${path}`, { method: method ?? "GET" }), {
    get: (target, key) => (key === "mode" && mode !== undefined ? mode : Reflect.get(target, key, target)),
  });
}
const open = (shell: ShellCache, path: string) => shell.answer(request(path, { mode: "navigate" }));
const textOf = async (answer: Promise<Response> | undefined): Promise<string | undefined> => (await answer)?.text();

test("[CLIENT-5] an installed build starts and loads all its files without the server, at every page's address", async () => {
  const site = new Site();
  const { manifest, files } = build("one", "/assets/page-1.js");
  site.files = files;
  const shell = site.worker(manifest);
  await shell.install();
  await shell.activate();
  expect(site.caches.pathsOf("parlatory-shell-one")).toEqual([
    "/",
    "/assets/index-one.js",
    "/assets/page-1.js",
    "/icon.svg",
  ]);
  site.files = "cut";
  const id = "0c5a3a52-7ab4-4a3e-9a3f-0a6a4f0b8f11";
  for (const path of ["/", "/sessions", `/sessions/${id}`, "/SETTINGS/", "/pair", "/commands/cmd-1"]) {
    expect(await textOf(open(shell, path))).toContain("index-one.js");
  }
  expect(await textOf(shell.answer(request("/assets/page-1.js")))).toBe("content of /assets/page-1.js");
  expect(await textOf(shell.answer(request("/icon.svg")))).toBe("icon of one");
});

test("what is no file of the app is the browser's business: the interfaces, other origins, whatever changes something", async () => {
  const site = new Site();
  const { manifest, files } = build("one");
  site.files = files;
  const shell = site.worker(manifest);
  await shell.install();
  site.asked.length = 0;
  for (const path of ["/api/mesh/v1/messages", "/remote", "/remote/pair", "/remote/probe", "/sw.js", "/health"]) {
    expect(shell.answer(request(path))).toBeUndefined();
    expect(open(shell, path)).toBeUndefined();
  }
  expect(open(shell, "/sessions/a/b")).toBeUndefined();
  expect(shell.answer(request("/icon.svg", { method: "POST" }))).toBeUndefined();
  expect(shell.answer(new Request("https://elsewhere.example/icon.svg"))).toBeUndefined();
  expect(site.asked).toEqual([]);
});

test("a document comes from the server while that answers, so a newer build is seen at once", async () => {
  const site = new Site();
  const one = build("one");
  site.files = one.files;
  const shell = site.worker(one.manifest);
  await shell.install();
  site.files = new Map([...build("two").files, ["/sessions", "the document of two"]]);
  expect(await textOf(open(shell, "/sessions"))).toBe("the document of two");
  expect(site.cancelled).toBe(1);
});

test("[CLIENT-5] a server that is silent or in trouble does not keep the app from starting", async () => {
  const site = new Site();
  const { manifest, files } = build("one");
  site.files = files;
  const shell = site.worker(manifest);
  await shell.install();
  // A proxy's error page is no document of the app.
  site.files = new Map();
  expect(await textOf(open(shell, "/sessions"))).toContain("index-one.js");
  site.files = "silent";
  const answer = open(shell, "/sessions");
  site.timers.at(-1)?.();
  expect(await textOf(answer)).toContain("index-one.js");
});

test("without a kept document the server's own answer or failure is what one gets", async () => {
  const site = new Site();
  const shell = site.worker(build("one").manifest);
  expect((await open(shell, "/sessions"))?.status).toBe(404);
  site.files = "cut";
  await expect(open(shell, "/sessions")).rejects.toThrow("Failed to fetch");
});

test("an install that lacks a file, or meets another build, keeps nothing and leaves the build before as it is", async () => {
  const site = new Site();
  const one = build("one");
  site.files = one.files;
  const before = site.worker(one.manifest);
  await before.install();
  const two = build("two", "/assets/page-2.js");
  await expect(site.worker(two.manifest).install()).rejects.toThrow("another build");
  site.files = new Map([...two.files].filter(([path]) => path !== "/assets/page-2.js"));
  await expect(site.worker(two.manifest).install()).rejects.toThrow("/assets/page-2.js was answered 404");
  site.files = "cut";
  await expect(site.worker(two.manifest).install()).rejects.toThrow("Failed to fetch");
  expect(site.caches.names).toEqual(["parlatory-shell-one"]);
  expect(await textOf(open(before, "/sessions"))).toContain("index-one.js");
});

test("an update fetches only what is new; pages of the build before go on, those of the one before that do not", async () => {
  const site = new Site();
  const shared = "/assets/shared-1.js";
  for (const version of ["one", "two", "three"]) {
    const { manifest, files } = build(version, shared);
    site.files = files;
    site.asked.length = 0;
    const shell = site.worker(manifest);
    await shell.install();
    expect(site.asked.includes(shared)).toBe(version === "one");
    // Names stay, contents change.
    expect(site.asked).toContain("/icon.svg");
    await shell.activate();
  }
  expect(site.caches.names).toEqual(["parlatory-shell-two", "parlatory-shell-three"]);
  const shell = site.worker(build("three", shared).manifest);
  site.files = "cut";
  expect(await textOf(shell.answer(request("/assets/index-two.js")))).toBe("entry of two");
  expect(await textOf(shell.answer(request(shared)))).toBe(`content of ${shared}`);
  expect(await textOf(shell.answer(request("/icon.svg")))).toBe("icon of three");
  await expect(shell.answer(request("/assets/index-one.js"))).rejects.toThrow("Failed to fetch");
});

test("caches that are not of the app are left alone", async () => {
  const site = new Site();
  await site.caches.storage.open("another-app");
  await site.caches.storage.open("another-app-2");
  const { manifest, files } = build("one");
  site.files = files;
  const shell = site.worker(manifest);
  await shell.install();
  await shell.activate();
  expect(site.caches.names).toEqual(["another-app", "another-app-2", "parlatory-shell-one"]);
});
