// The mesh dashboard in a real Chromium against a real server: each page's main job, two pages at once, a connection that
// is cut, hostile text, keys only, and the accessibility rules in both themes.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MeshApi, createApiClient, createMesh, openCrypto, type ApiClient, type MeshClient } from "@parlatory/client";
import { nodeHttp } from "@parlatory/client/node";
import { startServer, type RunningServer } from "@parlatory/server";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startTcpProxy, type TcpProxy } from "../packages/server/test/support/tcp-proxy.ts";
import { findChromium, startChromium, type RunningBrowser } from "./chromium.ts";
import { enterMesh } from "./mesh-peer.ts";

const executable = findChromium();
const pages = ["peers", "map", "state", "memory", "messages", "members", "policies", "audit"];

let home: string;
let server: RunningServer;
let proxy: TcpProxy;
let browser: RunningBrowser;
let origin: string;
let token: string;
let api: ApiClient;
let mesh: MeshApi;
let meshId: string;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async ({ skip }) => {
  if (executable === undefined) return skip("there is no Chromium");
  home = mkdtempSync(join(tmpdir(), "parl-e2e-dashboard-"));
  closing.push(async () => rmSync(home, { recursive: true, force: true }));
  server = await startServer({ env: { PARL_HOME: home, PARL_PORT: "0" }, writeLog: () => undefined });
  closing.push(() => server.stop());
  proxy = await startTcpProxy({ host: "127.0.0.1", port: server.port });
  closing.push(() => proxy.close());
  origin = `http://127.0.0.1:${proxy.port}`;
  token = readFileSync(server.adminTokenPath, "utf8").trim();
  api = createApiClient({ url: server.url, auth: { kind: "token", token }, http: nodeHttp });
  const crypto = await openCrypto();
  ({ id: meshId } = await createMesh(api, { slug: "crew", owner_pubkey: crypto.generateKeyPair().publicKey }));
  mesh = new MeshApi(api, meshId);
  browser = await startChromium(executable);
  closing.push(() => browser.close());
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A page of the dashboard, signed in by the link; fails the test for errors of the page. */
async function open(path = "peers"): Promise<Page> {
  const page = await browser.context.newPage();
  page.on("pageerror", (error) => closing.push(() => Promise.reject(error)));
  await page.goto(`${origin}/mesh/${path}#token=${token}`);
  await page.getByText("live", { exact: true }).waitFor();
  return page;
}

async function connectPeer(displayName: string, summary = ""): Promise<MeshClient> {
  const place = { serverUrl: server.url, mesh, meshId, slug: "crew" };
  const client = await enterMesh(place, displayName, { groups: ["release"] });
  closing.push(() => client.close());
  if (summary !== "") await client.setSummary(summary);
  return client;
}

test("[DASH-1] the link signs in and leaves no token in the address; a wrong one is refused; nothing comes from elsewhere", async () => {
  const page = await browser.context.newPage();
  const requested: string[] = [];
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(`${origin}/mesh/#token=${token}`);
  await page.getByRole("heading", { name: "Peers", exact: true }).waitFor();
  expect(page.url()).toBe(`${origin}/mesh/peers`);
  expect(requested.filter((url) => !url.startsWith(origin))).toEqual([]);
  expect(requested.filter((url) => url.includes(token))).toEqual([]);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Token").fill("not-the-token");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "That token is not valid" }).waitFor();
  await page.getByLabel("Token").fill(token);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Nobody is here yet" }).waitFor();
});

test("[DASH-2] [DASH-7] a peer appears as it comes, its hostile text is text, and after a lost connection the page catches up", async () => {
  const page = await open();
  const hostile = `<img src=x onerror="document.title='owned'"><b>bold</b>`;
  const ada = await connectPeer("Ada <script>", hostile);
  await page.getByRole("heading", { name: "Ada <script>" }).waitFor();
  await page.getByText(hostile).waitFor();
  expect(await page.title()).toBe("Parlatory");
  await ada.setStatus("working");
  await page.getByText("working", { exact: true }).waitFor();

  proxy.cut();
  await page.getByText("connection lost, trying again").waitFor();
  await ada.setStatus("dnd");
  await connectPeer("Lin");
  proxy.restore();
  await page.getByText("live", { exact: true }).waitFor();
  await page.getByRole("heading", { name: "Lin" }).waitFor();
  await page.getByText("dnd", { exact: true }).waitFor();
});

test("[DASH-3] state edited in two pages: the later one sees both values, and nothing was overwritten", async () => {
  const first = await open("state");
  await first.getByRole("button", { name: "New key" }).click();
  await first.getByRole("textbox", { name: "Key" }).fill("branch");
  await first.getByRole("textbox", { name: "Value" }).fill("release");
  await first.getByText(/^Not JSON/).waitFor();
  expect(await first.getByRole("button", { name: "Write" }).isDisabled()).toBe(true);
  await first.getByRole("textbox", { name: "Value" }).fill('"release-1"');
  await first.getByRole("button", { name: "Write" }).click();
  await first.getByText("version 1").waitFor();

  const second = await open("state");
  await second.getByRole("button", { name: "Edit branch" }).click();
  await second.getByRole("textbox", { name: "Value" }).fill('"mine"');
  await first.getByRole("button", { name: "Edit branch" }).click();
  await first.getByRole("textbox", { name: "Value" }).fill('"theirs"');
  await first.getByRole("button", { name: "Write" }).click();
  await first.getByText("version 2").waitFor();
  await second.getByRole("button", { name: "Write" }).click();
  await second.getByText("Somebody else wrote first; nothing was overwritten").waitFor();
  await second.getByRole("dialog").getByText('"theirs"', { exact: true }).waitFor();
  expect((await mesh.listState()).map(({ value }) => value)).toEqual(["theirs"]);
  await second.getByRole("button", { name: "Keep mine and go on" }).click();
  await second.getByRole("button", { name: "Write" }).click();
  await first.getByText("version 3").waitFor();
  expect((await mesh.listState()).map(({ value }) => value)).toEqual(["mine"]);
  await first.getByRole("button", { name: "Delete branch" }).click();
  await first.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await second.getByText("No shared state").waitFor();
});

test("[DASH-4] memories are added, found as one types, narrowed by tags and forgotten after a question", async () => {
  const page = await open("memory");
  for (const [text, tags] of [
    ["deploys to staging need the VPN", "staging deploy"],
    ["the payment service answers 429", "payments"],
  ] as const) {
    await page.getByRole("button", { name: "Remember something" }).click();
    await page.getByRole("textbox", { name: "Text" }).fill(text);
    await page.getByRole("textbox", { name: "Tags" }).fill(tags);
    await page.getByRole("dialog").getByRole("button", { name: "Remember" }).click();
    await page.getByRole("paragraph").filter({ hasText: text }).waitFor();
  }
  await page.getByLabel("Search", { exact: true }).fill("vpn");
  await page.getByRole("paragraph").filter({ hasText: "the payment service" }).waitFor({ state: "detached" });
  await page.getByLabel("Search", { exact: true }).fill("");
  await page.getByRole("button", { name: /^#payments/ }).click();
  await page.getByRole("paragraph").filter({ hasText: "deploys to staging" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Forget/ }).click();
  expect((await mesh.listMemories()).memories).toHaveLength(2);
  await page.getByRole("dialog").getByRole("button", { name: "Forget" }).click();
  await page.getByText("Nothing fits").waitFor();
  expect((await mesh.listMemories()).memories).toHaveLength(1);
});

test("[DASH-5] [DASH-6] the path of a message by its id, no text of sealed ones, a member revoked, and how invites are made", async () => {
  const ada = await connectPeer("Ada");
  const lin = await connectPeer("Lin");
  const sent = await ada.send({ targetSpec: String(lin.pubkey), text: "for your eyes", settleMs: 20_000 });
  const page = await open("messages");
  await page.getByText("This mesh keeps no message log").waitFor();
  await page.getByLabel("What became of a message").fill("messageId" in sent ? String(sent.messageId) : "");
  await page.keyboard.press("Enter");
  await page.getByText("surfaced", { exact: true }).waitFor();
  expect(await page.content()).not.toContain("for your eyes");

  await page.getByRole("link", { name: "Members" }).click();
  await page.getByText("parl invite create --mesh crew").waitFor();
  await page.getByRole("button", { name: "Revoke Lin" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText(/^revoked/).waitFor();
  expect((await mesh.listMembers()).filter(({ revoked_at: at }) => at !== null).map((row) => row.display_name)).toEqual(
    ["Lin"],
  );
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("button", { name: "Check the chain" }).click();
  await page.getByText("chain is whole").waitFor();
});

test("[DASH-7] every page is usable by keys alone and at 320 px, and keeps the accessibility rules in both themes", async () => {
  await connectPeer("Ada", "a summary");
  await api.request({ method: "PUT", path: ["meshes", meshId, "state", "branch"], body: { value: "x".repeat(300) } });
  await api.request({ method: "POST", path: ["meshes", meshId, "memories"], body: { content: "m", tags: ["tag"] } });
  const page = await open();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const width of [320, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      for (const name of pages) {
        const link = page.getByRole("link", { name: new RegExp(`^${name}$`, "i") });
        await link.focus();
        await page.keyboard.press("Enter");
        await page.locator(`a[aria-current="page"][href$="/${name}"]`).waitFor();
        await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow, `${name} at ${width}px`).toBeLessThanOrEqual(0);
        await page.evaluate(axe.source);
        const found = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
          };
          const { violations } = await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
          return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
        });
        expect(found, `${name}, ${colorScheme}, ${width}px`).toEqual([]);
      }
    }
  }
});
