// `npm run pictures`: every page of the web app, at the width of a phone and of a desk, light and dark, into docs/pictures/.
// A real server in a temporary folder, three peers, a real browser.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MeshApi, MeshClient, createApiClient, createMesh, openCrypto } from "@parlatory/client";
import { createNodePlatform, nodeHttp } from "@parlatory/client/node";
import { startServer } from "@parlatory/server";
import type { Page } from "playwright-core";
import { findChromium, startChromium } from "../e2e/chromium.ts";
import { root } from "./checkout.ts";

const folder = join(root, "docs/pictures");
const sizes = [
  { name: "phone", width: 390, height: 844 },
  { name: "desk", width: 1440, height: 900 },
] as const;
const pages = ["peers", "state", "memory", "messages", "members", "policies", "audit"] as const;

const executable = findChromium();
if (executable === undefined) throw new Error("take pictures: there is no Chromium");
const home = mkdtempSync(join(tmpdir(), "parl-pictures-"));
const server = await startServer({ env: { PARL_HOME: home, PARL_PORT: "0" }, writeLog: () => undefined });
const clients: MeshClient[] = [];
const browser = await startChromium(executable);
try {
  const token = readFileSync(server.adminTokenPath, "utf8").trim();
  await furnish(token);
  mkdirSync(folder, { recursive: true });
  const page = await browser.context.newPage();
  await page.goto(`${server.url}/mesh/#token=${token}`);
  await page.getByText("live", { exact: true }).waitFor();
  for (const { name: size, ...viewport } of sizes) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (const name of pages) await takePicture(page, name, join(folder, `mesh-${name}-${size}-${colorScheme}.png`));
    }
  }
} finally {
  await browser.close();
  for (const client of clients) await client.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}

async function takePicture(page: Page, name: string, path: string): Promise<void> {
  await page.getByRole("link", { name: new RegExp(`^${name}$`, "i") }).click();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
  await page.screenshot({ path });
  process.stdout.write(`${path}\n`);
}

/** A mesh at work: peers in several states, shared state, memories, a readable message. */
async function furnish(token: string): Promise<void> {
  const api = createApiClient({ url: server.url, auth: { kind: "token", token }, http: nodeHttp });
  const crypto = await openCrypto();
  const { id } = await createMesh(api, {
    slug: "crew",
    name: "Crew",
    owner_pubkey: crypto.generateKeyPair().publicKey,
    policies: { messageLog: true, allowPlaintextGroups: true },
  });
  const mesh = new MeshApi(api, id);
  const enter = async (name: string, role: string, groups: string[], summary: string): Promise<MeshClient> => {
    const keys = crypto.generateKeyPair();
    const member = await mesh.addMember({ peer_pubkey: keys.publicKey, display_name: name, role: "member" });
    const client = new MeshClient({
      mesh: {
        meshId: id,
        memberId: member.id,
        slug: "crew",
        name: "Crew",
        displayName: name,
        pubkey: keys.publicKey,
        secretKey: keys.secretKey,
        brokerUrl: `${server.url.replace("http", "ws")}/ws`,
      } as ConstructorParameters<typeof MeshClient>[0]["mesh"],
      platform: createNodePlatform(),
      role,
      groups: groups.map((group) => ({ name: group })),
      receiving: { surface: "automatic" },
    });
    client.on("message", () => undefined);
    clients.push(client);
    client.connect();
    await client.untilReady();
    await client.setSummary(summary);
    return client;
  };
  const ada = await enter("Ada", "backend", ["api", "release"], "Moving the cart total into the pricing service");
  const lin = await enter("Lin", "release lead", ["release"], "Preparing 2.4: waiting for the schema review");
  const kay = await enter("Kay", "reviewer", ["reviewers"], "Reading the migration of orders");
  await ada.setStatus("working");
  await kay.setStatus("dnd");
  await lin.send({ targetSpec: "@release", text: "2.4 is frozen from noon: no more merges", settleMs: 2_000 });
  await lin.setState("branch", "release-2.4");
  await lin.setState("deploy", { frozen: true, until: "2026-12-01T12:00:00Z" });
  await ada.setState("schema/orders", "v17");
  await kay.remember("Deploys to staging need the VPN profile “eu-2”", ["staging", "deploy"]);
  await ada.remember("The payment service answers 429 above 50 requests a second: use the queue", ["payments"]);
}
