// The palette by keys, and of the mesh's dashboard the map and the invites, in a real Chromium against a real server.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createApiClient, createMesh, MeshApi, openCrypto, type ApiClient, type MeshClient } from "@parlatory/client";
import { nodeHttp } from "@parlatory/client/node";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { enterMesh } from "./mesh-peer.ts";
import { accessibilityProblems, phone, WebWorld } from "./web-world.ts";

const executable = findChromium();
const secret = "the words of this message are nobody's business";
let world: WebWorld;
let api: ApiClient;
let mesh: MeshApi;
let meshId: string;
let link: string;
const clients: MeshClient[] = [];

beforeAll(async () => {
  if (executable === undefined) return;
  world = await WebWorld.open({ executable });
  writeFileSync(
    join(world.project, "package.json"),
    JSON.stringify({ name: "shop", version: "1.0.0", scripts: { greet: "node -e \"console.log('hello there')\"" } }),
  );
  api = createApiClient({
    url: world.serverUrl,
    auth: { kind: "token", token: world.adminToken },
    http: nodeHttp,
  });
  const crypto = await openCrypto();
  const owner = crypto.generateKeyPair();
  ({ id: meshId } = await createMesh(api, { slug: "crew", owner_pubkey: owner.publicKey }));
  mesh = new MeshApi(api, meshId);
  const made = crypto.createInvite(
    {
      mesh_id: meshId,
      mesh_slug: "crew",
      broker_url: `${world.serverUrl.replace("http", "ws")}/ws`,
      expires_at: 4_000_000_000,
      mesh_root_key: crypto.generateRootKey(),
      role: "member",
    },
    owner.secretKey,
  );
  if (!made.ok) throw new Error(made.reason);
  ({ link } = made);
});
beforeEach(({ skip }) => (executable === undefined ? skip("there is no Chromium") : undefined));
afterAll(async () => {
  for (const client of clients) await client.close();
  await world?.close();
});

async function connectPeer(displayName: string, place = { mesh, meshId, slug: "crew" }): Promise<MeshClient> {
  const client = await enterMesh({ serverUrl: world.serverUrl, ...place }, displayName);
  clients.push(client);
  return client;
}

async function openMesh(path: string, hash = ""): Promise<Page> {
  const page = await world.newPage();
  await page.goto(`${world.origin}/mesh/${path}#${hash}token=${world.adminToken}`);
  await page.getByText("live", { exact: true }).waitFor();
  return page;
}

test("the map shows which way a sealed message went, and nothing of what was in it", async () => {
  const ada = await connectPeer("Ada");
  await connectPeer("Lin");
  const lin = (await mesh.listPeers({ include_offline: false })).find(({ display_name: name }) => name === "Lin");
  const message = { targetSpec: String(lin?.pubkey), text: secret, settleMs: 20_000 };
  const page = await openMesh("map");
  const read: string[] = [];
  page.on(
    "response",
    (response) =>
      void response.text().then(
        (text) => read.push(text),
        () => undefined,
      ),
  );
  const nodes = page.getByRole("list", { name: "Peers on the map" });
  await nodes.getByRole("button", { name: "Lin" }).waitFor();
  await page.getByText("No message has passed in the last ten minutes").waitFor();
  expect(await ada.send(message)).toMatchObject({ outcome: "delivered" });
  const row = page.getByRole("row", { name: /^Ada Lin 1 / });
  await row.waitFor();
  await ada.send(message);
  await page.getByRole("row", { name: /^Ada Lin 2 / }).waitFor();
  expect(await page.locator("svg path[marker-end]").count()).toBe(1);
  expect(await page.content()).not.toContain(secret);
  expect(read.join("\n")).not.toContain(secret);
  expect(await accessibilityProblems(page)).toEqual([]);

  // The ways are kept while one looks at another page.
  await page.getByRole("link", { name: "State", exact: true }).click();
  await page.getByRole("heading", { name: "State", exact: true }).waitFor();
  await page.getByRole("link", { name: "Map", exact: true }).click();
  await page.getByRole("row", { name: /^Ada Lin 2 / }).waitFor();
  await page.setViewportSize(phone);
  // The map takes its new width a frame after the window has it.
  await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
  await nodes.getByRole("button", { name: "Lin" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Peers", exact: true }).waitFor();
  await page.waitForFunction(() => document.activeElement?.querySelector("h2")?.textContent === "Lin");
  await page.close();
});

test("[DASH-6] an invite of the address is taken out of it, and shown as text and as a code", async () => {
  const page = await openMesh("members", `invite=${encodeURIComponent(link)}&`);
  await page.getByRole("img", { name: "The invite link as a code to be scanned" }).waitFor();
  expect(page.url()).toBe(`${world.origin}/mesh/members`);
  await page.getByText(link, { exact: true }).waitFor();
  await page.getByText("parl invite create --mesh crew", { exact: true }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Hide" }).click();
  const field = page.getByRole("textbox", { name: "Show a link as a code" });
  await field.fill("https://example.org/");
  await page.getByText("This is no invite link.").waitFor();
  await field.fill(link);
  await page.getByRole("img", { name: "The invite link as a code to be scanned" }).waitFor();
  // It is a secret: nothing keeps it.
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  expect(kept).not.toContain("/join/");
  await page.close();
});

test("the palette goes places, runs commands, and knows what was chosen last, all by keys", async () => {
  const page = await world.open(`/commands?directory=${encodeURIComponent(world.project)}`);
  await page.getByRole("button", { name: "Run Greet npm.greet" }).waitFor();
  await page.keyboard.press("Control+k");
  const field = page.getByRole("combobox", { name: "Where to, or what to do" });
  await field.waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.type("run gree");
  await page
    .getByRole("option", { name: /Run npm › Greet/ })
    .and(page.locator("[aria-selected=true]"))
    .waitFor();
  await page.keyboard.press("Enter");
  await page.getByText("hello there", { exact: true }).waitFor();
  expect(await field.count()).toBe(0);

  await page.keyboard.press("Control+k");
  await field.waitFor();
  expect(await page.getByRole("option").first().textContent()).toContain("Greet");
  await page.keyboard.type("sttngs");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Settings" }).first().waitFor();

  await page.keyboard.press("Control+k");
  await page.keyboard.type("theme dark");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.getAttribute("data-theme") === "dark");
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Search and commands" }).click();
  await field.fill("zzzzz");
  await page.getByText("Nothing has these letters in this order.").waitFor();
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Search and commands");
  await page.close();
});

test("the palette knows the peers of every mesh, and has the answers of the open session read aloud", async () => {
  const crypto = await openCrypto();
  const second = await createMesh(api, { slug: "night-shift", owner_pubkey: crypto.generateKeyPair().publicKey });
  await connectPeer("Noor", { mesh: new MeshApi(api, second.id), meshId: second.id, slug: "night-shift" });
  const remote = world.openDevice();
  const { sessionId, outcome } = remote.prompt({ text: "hello", workingDirectory: world.project, agent: "echo" });
  await outcome;
  await remote.close();

  const page = await world.open(`/sessions/${sessionId}`);
  await page.evaluate((token) => sessionStorage.setItem("parlatory.mesh.token", token), world.adminToken);
  const choose = async (words: string, option: string | RegExp): Promise<void> => {
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Where to, or what to do" }).fill(words);
    await page.getByRole("option", { name: option }).and(page.locator("[aria-selected=true]")).waitFor();
    await page.keyboard.press("Enter");
  };
  const isRead = page.getByRole("button", { name: "Answers are read aloud. Switch it off" });
  await choose("read aloud", /^Read answers aloud/);
  await isRead.waitFor();
  await choose("read aloud", /^Do not read answers aloud/);
  await isRead.waitFor({ state: "detached" });

  await choose("noor", /^Noor night-shift/);
  await page.waitForFunction(() => document.activeElement?.querySelector("h2")?.textContent === "Noor");
  const meshes = page.getByRole("combobox", { name: "Mesh", exact: true });
  expect(await meshes.inputValue()).toBe(second.id);
  await page.getByRole("link", { name: "State", exact: true }).click();
  await page.getByRole("heading", { name: "State", exact: true }).waitFor();
  expect(await meshes.inputValue()).toBe(second.id);
  await meshes.selectOption(meshId);
  await page.getByRole("link", { name: "Peers", exact: true }).click();
  await page.getByRole("heading", { name: "Ada" }).waitFor();
  await choose("mesh night", /^Mesh night-shift/);
  await page.getByRole("heading", { name: "Noor" }).waitFor();
  // Chosen by hand while the address names another: what came last counts.
  await meshes.selectOption(meshId);
  await page.getByRole("heading", { name: "Ada" }).waitFor();
  expect(new URL(page.url()).search).toBe("");
  await page.close();
});
