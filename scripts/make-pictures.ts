// `npm run pictures`: every page of the web app, at the width of a phone and of a desk, light and dark, into docs/pictures/.
// A real server in a temporary folder with agents, sessions and peers, and a real browser.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { findChromium } from "../e2e/chromium.ts";
import { WebWorld, desk, phone } from "../e2e/web-world.ts";
import { root } from "./checkout.ts";
import { furnishMesh } from "./pictures/furnish-mesh.ts";
import { furnishRemote } from "./pictures/furnish-remote.ts";

const folder = join(root, "docs/pictures");
const sizes = { phone, desk };

const executable = findChromium();
if (executable === undefined) throw new Error("take pictures: there is no Chromium");
mkdirSync(folder, { recursive: true });
const world = await WebWorld.open({ executable });
const mesh = await furnishMesh(world.serverUrl, world.adminToken);
const remote = await furnishRemote(world);
try {
  const signIn = await world.newPage();
  await signIn.goto(`${world.origin}/pair`);
  await takePictures(signIn, "sign-in", async () => undefined);
  await signIn.close();

  const page = await world.open("/sessions");
  const pages: Readonly<Record<string, string>> = {
    sessions: "/sessions",
    session: `/sessions/${remote.sessionId}`,
    "new-session": "/sessions/new",
    approvals: "/approvals",
    commands: `/commands?directory=${encodeURIComponent(join(world.home, "shop"))}`,
    "command-output": `/commands/${remote.commandSessionId}`,
    devices: "/devices",
    settings: "/settings",
  };
  for (const [name, path] of Object.entries(pages)) {
    await takePictures(page, name, async () => {
      await page.goto(`${world.origin}${path}`);
      await page.getByText("live", { exact: true }).waitFor();
    });
  }
  await page.goto(`${world.origin}/mesh/#token=${world.adminToken}`);
  for (const name of ["map", "peers", "state", "memory", "messages", "members", "policies", "audit"]) {
    await takePictures(page, `mesh-${name}`, async () => {
      await page.goto(`${world.origin}/mesh/${name}`);
      await page.getByText("live", { exact: true }).waitFor();
      if (name !== "map") return;
      await mesh.talk();
      await page.getByRole("row").nth(3).waitFor();
    });
  }
} finally {
  await remote.close();
  for (const peer of mesh.clients) await peer.close();
  await world.close();
}

async function takePictures(page: Page, name: string, open: () => Promise<unknown>): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await open();
      await page.locator('[aria-busy="true"]').first().waitFor({ state: "detached" });
      await page.evaluate(() => document.fonts.ready);
      const path = join(folder, `${name}-${size}-${colorScheme}.png`);
      await page.screenshot({ path });
      process.stdout.write(`${path}\n`);
    }
  }
}
