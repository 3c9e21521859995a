// Every page of the web app by the Tab key alone, and by the rules of accessibility in both themes on a phone and a desk.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createApiClient, createMesh, MeshApi, openCrypto } from "@parlatory/client";
import { nodeHttp } from "@parlatory/client/node";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { everyTool } from "./claude-talk.ts";
import { walkByKeys } from "./keyboard-walk.ts";
import { enterMesh } from "./mesh-peer.ts";
import { accessibilityProblems, desk, phone, WebWorld } from "./web-world.ts";

const executable = findChromium();
const told = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";
let world: WebWorld;
let asking = "";
let run = "";
let message = "";
let signedIn: Page;
let stranger: Page;
let dashboard: Page;
const closing: (() => Promise<unknown>)[] = [];

interface Place {
  readonly name: string;
  readonly path: () => string;
  readonly ready: (page: Page) => Locator;
  /** What is unfolded or filled in before one looks. */
  readonly prepare?: (page: Page) => Promise<void>;
}
interface Row {
  readonly page: string;
  readonly stops: number;
  readonly cells: readonly string[];
}
const rows: Row[] = [];

beforeAll(async () => {
  if (executable === undefined) return;
  world = await WebWorld.open({ executable });
  closing.push(() => world.close());
  writeFileSync(
    join(world.project, "package.json"),
    JSON.stringify({ name: "shop", version: "1.0.0", scripts: { greet: "node -e \"console.log('hello')\"" } }),
  );
  writeFileSync(join(world.sessionFolder(), `${told}.jsonl`), everyTool({ sessionId: told }).text);
  const remote = world.openDevice();
  closing.push(() => remote.close());
  const asked = Promise.withResolvers<unknown>();
  remote.on("permission_request", asked.resolve);
  ({ sessionId: asking } = remote.prompt({
    text: `/ask Bash {"command":"npm test"} May the tests run?`,
    workingDirectory: world.project,
    agent: "echo",
  }));
  await asked.promise;
  ({ commandSessionId: run } = await remote.commands.start("npm.greet", world.project));
  await seedMesh();
  signedIn = await world.open("/sessions");
  dashboard = await world.newPage();
  await dashboard.goto(`${world.origin}/mesh/peers#token=${world.adminToken}`);
  stranger = await world.newPage({ browser: await world.openBrowser() });
});
beforeEach(({ skip }) => (executable === undefined ? skip("there is no Chromium") : undefined));
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  if (rows.length > 0) console.info(tableOf(rows));
});

/** Two meshes, of which one has something on every page. */
async function seedMesh(): Promise<void> {
  const api = createApiClient({
    url: world.serverUrl,
    auth: { kind: "token", token: world.adminToken },
    http: nodeHttp,
  });
  const made = await api.request<{ code: string }>({ method: "POST", path: ["remote", "pair-codes"] });
  const paired = await fetch(`${world.serverUrl}/remote/pair`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code: made.body.code, device_name: "Kitchen tablet" }),
  });
  expect(paired.status).toBe(200);
  const crypto = await openCrypto();
  const owner_pubkey = crypto.generateKeyPair().publicKey;
  const { id } = await createMesh(api, { slug: "crew", owner_pubkey });
  await createMesh(api, { slug: "second", owner_pubkey });
  const mesh = new MeshApi(api, id);
  await mesh.createInvite({ token_hash: "a".repeat(64), role: "member", max_uses: 3, expires_at: 4_000_000_000 });
  await api.request({ method: "PUT", path: ["meshes", id, "state", "branch"], body: { value: "release-1" } });
  await api.request({ method: "POST", path: ["meshes", id, "memories"], body: { content: "a fact", tags: ["build"] } });
  const place = { serverUrl: world.serverUrl, mesh, meshId: id, slug: "crew" };
  const peers = await Promise.all(["Ada", "Lin"].map((name) => enterMesh(place, name)));
  closing.push(...peers.map((peer) => () => peer.close()));
  const [ada, lin] = peers;
  const sent = await ada?.send({ targetSpec: String(lin?.pubkey), text: "sealed", settleMs: 20_000 });
  message = sent !== undefined && "messageId" in sent ? String(sent.messageId) : "";
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole("heading", { name }).first();
const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first();

/** One page at both widths and in both themes, and by keys at the desk; answers what is wrong with it. */
async function look(page: Page, { name, path, ready, prepare }: Place): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(desk);
  await page.goto(`${world.origin}${path()}`);
  await ready(page).waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
  await prepare?.(page);
  const { stops, problems } = await walkByKeys(page);
  const cells: string[] = [];
  const found: string[] = [...problems];
  for (const viewport of [phone, desk]) {
    await page.setViewportSize(viewport);
    const broken = await accessibilityProblems(page);
    found.push(...broken.map((problem) => `${viewport.width} px, ${problem}`));
    for (const theme of ["light", "dark"]) {
      cells.push(String(broken.filter((problem) => problem.startsWith(theme)).length));
    }
    found.push(...(await sticksOut(page)).map((what) => `${viewport.width} px, sticks out: ${what}`));
  }
  rows.push({ page: name, stops, cells: [problems.length === 0 ? "whole" : `${problems.length} problems`, ...cells] });
  return found;
}

/** What is wider than the window and cannot be scrolled to by itself. */
function sticksOut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isInside = (element: Element): boolean => {
      const isHolder = /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
      if (isHolder && element.getBoundingClientRect().right <= innerWidth + 1) return true;
      return element.parentElement !== null && isInside(element.parentElement);
    };
    const out = [...document.body.querySelectorAll("*")].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right > innerWidth + 1 && element.checkVisibility() && !isInside(element);
    });
    return out
      .slice(0, 5)
      .map((element) => `<${element.tagName}> ${element.className} ${element.textContent?.slice(0, 40)}`);
  });
}

function tableOf(all: readonly Row[]): string {
  const head = ["page", "Tab stops", "walk", "390 light", "390 dark", "1440 light", "1440 dark"];
  const lines = all.map(({ page, stops, cells }) => [page, String(stops), ...cells]);
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]?.length ?? 0)));
  return [head, ...lines].map((line) => line.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")).join("\n");
}

test("the walk finds what it is there to find", async () => {
  const page = await world.newPage();
  await page.setContent(`
    <style>:focus-visible { outline: 2px solid blue; } .bare { outline: none; }</style>
    <button tabindex="2">first</button>
    <button>good</button>
    <button class="bare">bare</button>
    <button></button>
    <a href="#far" style="position: absolute; left: -900px">far</a>
    <button style="position: absolute; top: 200px">under</button>
    <div style="position: absolute; top: 190px; width: 300px; height: 80px; background: white">over it</div>
    <button tabindex="-1">left out</button>
    <button style="width: 0; height: 0; padding: 0; border: 0; overflow: hidden">small</button>
    <fieldset><label>a <input type="radio" name="r"></label><label>b <input type="radio" name="r"></label></fieldset>`);
  const { stops, problems } = await walkByKeys(page);
  expect(stops).toBe(8);
  expect(problems.toSorted()).toEqual([
    "covered: <button> under",
    "focus is not to be seen: <button> bare",
    "hidden: <button> small",
    "never reached: <button> left out",
    "no name: <button> ",
    "out of order by its tabindex: <button> first",
    "outside of the window: <a> far",
  ]);
  await page.close();
});

test.for<Place>([
  { name: "sign-in", path: () => "/sessions", ready: heading("Pair this browser") },
  {
    name: "sign-in with the main key",
    path: () => "/pair",
    ready: heading("Pair this browser"),
    prepare: (page) => page.getByText("Use the main key instead").click(),
  },
  { name: "pairing with a wrong code", path: () => "/pair#AAAA-AAAA", ready: heading("This code is not valid") },
  { name: "mesh: sign-in", path: () => "/mesh", ready: (page) => page.getByLabel("Token") },
])("a stranger's page is walked by keys and breaks no rule of accessibility: $name", async (place) => {
  expect(await look(stranger, place)).toEqual([]);
});

test.for<Place>([
  { name: "sessions", path: () => "/sessions", ready: (page) => page.getByRole("link", { name: /cart total/ }) },
  {
    name: "new session",
    path: () => "/sessions/new",
    ready: heading("New session"),
    prepare: async (page) => {
      await page.getByText("System prompt").click();
      await page.getByLabel("In a new git worktree").check();
    },
  },
  {
    name: "a session's conversation",
    path: () => `/sessions/${told}`,
    ready: text("The model's service failed"),
    prepare: async (page) => {
      await page.getByRole("button", { name: "Details", exact: true }).click();
      await page.getByRole("textbox", { name: "Prompt" }).fill("half written");
    },
  },
  {
    name: "a session that asks",
    path: () => `/sessions/${asking}`,
    ready: (page) => page.getByRole("button", { name: "Allow", exact: true, disabled: false }),
  },
  {
    name: "approvals",
    path: () => "/approvals",
    ready: (page) => page.getByRole("button", { name: "Allow once", disabled: false }),
  },
  {
    name: "commands",
    path: () => `/commands?directory=${encodeURIComponent(world.project)}`,
    ready: (page) => page.getByRole("button", { name: "Run Greet npm.greet" }),
  },
  { name: "a command's run", path: () => `/commands/${run}`, ready: text("hello") },
  { name: "devices", path: () => "/devices", ready: heading("Kitchen tablet") },
  { name: "settings", path: () => "/settings", ready: heading("Settings") },
  {
    name: "a run that is gone",
    path: () => `/commands/cmd-${told}`,
    ready: heading("This output is not there any more"),
  },
])("a page of the remote is walked by keys and breaks no rule of accessibility: $name", async (place) => {
  expect(await look(signedIn, place)).toEqual([]);
});

test.for<Place>([
  { name: "mesh: peers", path: () => "/mesh/peers", ready: heading("Ada") },
  { name: "mesh: map", path: () => "/mesh/map", ready: (page) => page.getByRole("button", { name: "Lin" }) },
  { name: "mesh: state", path: () => "/mesh/state", ready: text("release-1") },
  { name: "mesh: memory", path: () => "/mesh/memory", ready: text("a fact") },
  {
    name: "mesh: messages, with a path",
    path: () => "/mesh/messages",
    ready: text("This mesh keeps no message log"),
    prepare: async (page) => {
      await page.getByLabel("What became of a message").fill(message);
      await page.keyboard.press("Enter");
      await page.getByText("surfaced", { exact: true }).waitFor();
    },
  },
  {
    name: "mesh: members and invites",
    path: () => "/mesh/members",
    ready: (page) => page.getByRole("button", { name: /^Revoke the invite/ }),
  },
  { name: "mesh: policies", path: () => "/mesh/policies", ready: (page) => page.getByLabel("messageLog") },
  { name: "mesh: audit", path: () => "/mesh/audit", ready: text("chain") },
  {
    name: "mesh: peers of another mesh",
    path: () => "/mesh/peers",
    ready: heading("Ada"),
    prepare: async (page) => {
      await page.getByRole("combobox", { name: "Mesh" }).selectOption("second");
      await page.getByRole("heading", { name: "Nobody is here yet" }).waitFor();
    },
  },
])("[DASH-7] a page of the mesh is walked by keys and breaks no rule of accessibility: $name", async (place) => {
  expect(await look(dashboard, place)).toEqual([]);
});
