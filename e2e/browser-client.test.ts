import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MeshApi, MeshClient, createApiClient, createMesh, joinMesh, openCrypto } from "@parlatory/client";
import { createNodePlatform, nodeHttp } from "@parlatory/client/node";
import { startServer, type RunningServer } from "@parlatory/server";
import type { Page } from "playwright-core";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTcpProxy, type TcpProxy } from "../packages/server/test/support/tcp-proxy.ts";
import { findChromium, startChromium, type RunningBrowser } from "./chromium.ts";
import type { PageMesh, SeenMessage } from "./page-mesh.ts";
import { bundleForBrowser, servePage, type BrowserBundle, type ServedPage } from "./serve-page.ts";

const executable = findChromium();
const GROUP = "ops";
/** For what the browser notices by itself. */
const PATIENCE = { timeout: 30_000 };
let bundle: BrowserBundle;

beforeAll(async () => {
  bundle = await bundleForBrowser(fileURLToPath(new URL("page-mesh.ts", import.meta.url)));
});

test("[WS-2] the client's main entry needs nothing of Node", () => {
  expect([...bundle.scripts.keys()]).toContain("/page.js");
  // libsodium looks for Node's modules only where it finds itself in Node.
  const others = [...bundle.importersOfNode].filter((path) => !path.includes("/node_modules/libsodium"));
  expect(others).toEqual([]);
});

describe("in a browser", () => {
  let home: string;
  let site: ServedPage;
  let server: RunningServer;
  let proxy: TcpProxy;
  let browser: RunningBrowser;
  let token: string;
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async ({ skip }) => {
    if (executable === undefined) return skip("there is no Chromium");
    home = mkdtempSync(join(tmpdir(), "parl-e2e-browser-"));
    closing.push(async () => rmSync(home, { recursive: true, force: true }));
    site = await servePage(bundle.scripts);
    closing.push(() => site.close());
    const env = { PARL_HOME: home, PARL_PORT: "0", PARL_ALLOWED_ORIGINS: site.origin };
    server = await startServer({ env, writeLog: () => undefined });
    closing.push(() => server.stop());
    proxy = await startTcpProxy({ host: "127.0.0.1", port: server.port });
    closing.push(() => proxy.close());
    token = await inviteTwo();
    browser = await startChromium(executable);
    closing.push(() => browser.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  /** A mesh with an invite for two; its members reach the broker through the proxy. */
  async function inviteTwo(): Promise<string> {
    const crypto = await openCrypto();
    const owner = crypto.generateKeyPair();
    const admin = readFileSync(server.adminTokenPath, "utf8").trim();
    const api = createApiClient({ url: server.url, auth: { kind: "token", token: admin }, http: nodeHttp });
    const policies = { allowPlaintextGroups: false } as const;
    const { id } = await createMesh(api, { slug: "demo", owner_pubkey: owner.publicKey, policies });
    const expiresAt = Math.floor(Date.now() / 1_000) + 3_600;
    const invite = crypto.createInvite(
      {
        mesh_id: id,
        mesh_slug: "demo",
        broker_url: `ws://127.0.0.1:${proxy.port}/ws`,
        expires_at: expiresAt,
        mesh_root_key: crypto.generateRootKey(),
        role: "member",
      },
      owner.secretKey,
    );
    if (!invite.ok) throw new Error(invite.reason);
    const terms = { role: "member", max_uses: 2, expires_at: expiresAt } as const;
    await new MeshApi(api, id).createInvite({ token_hash: invite.tokenHash, ...terms });
    return invite.token;
  }

  async function openPage(address = site.origin): Promise<Page> {
    const page = await browser.context.newPage();
    await page.goto(address);
    await page.waitForFunction(() => "pageMesh" in globalThis);
    return page;
  }

  /** Joins and connects the page's client; gives its session key. */
  async function joinInPage(page: Page): Promise<string> {
    return page.evaluate(
      async ({ invite, group }) => {
        const mesh = await globalThis.pageMesh.join(invite, "in the page");
        return globalThis.pageMesh.connect(mesh, [group]);
      },
      { invite: token, group: GROUP },
    );
  }

  async function joinInNode(): Promise<{ client: MeshClient; messages: SeenMessage[] }> {
    const crypto = await openCrypto();
    const invite = crypto.parseInvite(token, Date.now());
    if (!invite.ok) throw new Error(invite.reason);
    const joined = await joinMesh({
      invite,
      memberKey: crypto.generateKeyPair(),
      displayName: "in Node",
      http: nodeHttp,
    });
    if (!joined.ok) throw new Error(joined.message);
    const client = new MeshClient({
      mesh: joined.mesh,
      platform: createNodePlatform(),
      groups: [{ name: GROUP }],
      receiving: { surface: "automatic" },
    });
    closing.push(() => client.close());
    const messages: SeenMessage[] = [];
    client.on("message", (message) => messages.push(message));
    client.connect();
    await client.untilReady();
    return { client, messages };
  }

  const sendFromPage = (page: Page, input: Parameters<PageMesh["send"]>[0]): ReturnType<PageMesh["send"]> =>
    page.evaluate((sent) => globalThis.pageMesh.send(sent), input);
  const seenBy = (page: Page): Promise<SeenMessage[]> => page.evaluate(() => globalThis.pageMesh.messages());
  const stateOf = (page: Page): Promise<string> => page.evaluate(() => globalThis.pageMesh.state());

  test("[INV-6] [CRYPTO-1] [CRYPTO-6] [CRYPTO-8] it joins by an invite, and direct and group messages go both ways, sealed", async () => {
    const page = await openPage();
    const pageKey = await joinInPage(page);
    const { client, messages } = await joinInNode();
    const settled = { settleMs: 20_000 };
    const delivered = { outcome: "delivered", recipients: 1, encrypted: true };

    expect(await client.send({ targetSpec: pageKey, text: "héllo 🦉", ...settled })).toMatchObject(delivered);
    expect(await client.send({ targetSpec: `@${GROUP}`, text: "to the group", ...settled })).toMatchObject(delivered);
    expect(await seenBy(page)).toMatchObject([
      { kind: "direct", text: "héllo 🦉", encrypted: true, senderName: "in Node" },
      { kind: "group", text: "to the group", encrypted: true, signed: true },
    ]);
    const own = String(client.pubkey);
    expect(await sendFromPage(page, { targetSpec: own, text: "back", ...settled })).toMatchObject(delivered);
    expect(await sendFromPage(page, { targetSpec: `@${GROUP}`, text: "all", ...settled })).toMatchObject(delivered);
    expect(messages).toMatchObject([
      { kind: "direct", text: "back", encrypted: true, senderName: "in the page" },
      { kind: "group", text: "all", encrypted: true, signed: true },
    ]);
  });

  test("[HELLO-9] [DLV-4] [DLV-8] [SEND-6] a connection that is cut comes back, and what was sent meanwhile arrives exactly once", async () => {
    const page = await openPage();
    const pageKey = await joinInPage(page);
    const { client, messages } = await joinInNode();
    await client.send({ targetSpec: pageKey, text: "before", settleMs: 20_000 });
    proxy.cut();
    await expect.poll(() => stateOf(page), PATIENCE).toBe("waiting");
    // Both sides write while nobody is connected; the sends wait for the connection.
    const waiting = { connectWaitMs: 60_000, settleMs: 20_000 };
    const texts = Array.from({ length: 20 }, (_, n) => `while away ${n}`);
    const fromNode = texts.map((text) => client.send({ targetSpec: pageKey, text, ...waiting }));
    const own = String(client.pubkey);
    const fromPage = texts.map((text) => sendFromPage(page, { targetSpec: own, text, ...waiting }));
    proxy.restore();
    for (const result of await Promise.all([...fromNode, ...fromPage])) {
      expect(result).toMatchObject({ outcome: "delivered", recipients: 1 });
    }
    expect((await seenBy(page)).map(({ text }) => text)).toEqual(["before", ...texts]);
    expect(messages.map(({ text }) => text)).toEqual(texts);
    expect(await page.evaluate(() => globalThis.pageMesh.readyCount())).toBeGreaterThan(1);
  });

  test("[DLV-8] [DLV-4] what was offered when the answers were lost is offered again and shown once", async () => {
    const page = await openPage();
    const pageKey = await joinInPage(page);
    const { client } = await joinInNode();
    await client.send({ targetSpec: pageKey, text: "before", settleMs: 20_000 });
    // The page still hears nothing of this, but the broker believes to have written it.
    proxy.swallowAnswers();
    const sent = client.send({ targetSpec: pageKey, text: "swallowed", connectWaitMs: 60_000, settleMs: 30_000 });
    await expect
      .poll(async () => (await fetch(`${server.url}/metrics`)).text(), PATIENCE)
      .toMatch(/parl_deliveries_total\{state="offered"\} 2/);
    proxy.cut();
    await expect.poll(() => stateOf(page), PATIENCE).toBe("waiting");
    proxy.restore();
    expect(await sent).toMatchObject({ outcome: "delivered" });
    expect((await seenBy(page)).map(({ text }) => text)).toEqual(["before", "swallowed"]);
  });

  test("[HTTP-3] a page of an origin that is not listed cannot join, and its socket is refused", async () => {
    const other = await servePage(bundle.scripts);
    closing.push(() => other.close());
    const page = await openPage(other.origin);
    await expect(joinInPage(page)).rejects.toThrow("server_unreachable");
    const address = `ws://127.0.0.1:${server.port}/ws`;
    const knock = (url: string): Promise<string> =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve("open");
        socket.onclose = () => resolve("refused");
      });
    expect(await page.evaluate(knock, address)).toBe("refused");
    expect(await (await openPage()).evaluate(knock, address)).toBe("open");
  });
});
