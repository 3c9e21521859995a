// Signing in, devices, and what the web app does without its server, in a real Chromium against a real server.
import { createApiClient } from "@parlatory/client";
import { nodeHttp } from "@parlatory/client/node";
import type { Page } from "playwright-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findChromium } from "./chromium.ts";
import { WebWorld, accessibilityProblems, desk, phone, type WebWorldOptions } from "./web-world.ts";

const executable = findChromium();
let world: WebWorld;

beforeEach(({ skip }) => {
  if (executable === undefined) skip("there is no Chromium");
});
afterEach(async () => {
  await world.close();
});

async function openWorld(options: Omit<WebWorldOptions, "executable"> = {}): Promise<void> {
  world = await WebWorld.open({ executable: executable ?? "", ...options });
}

async function makeCode(): Promise<string> {
  const api = createApiClient({
    url: world.serverUrl,
    auth: { kind: "token", token: world.adminToken },
    http: nodeHttp,
  });
  const { body } = await api.request<{ code: string }>({ method: "POST", path: ["remote", "pair-codes"] });
  return body.code;
}

/** Every address that the page asks for from now on, fragments included. */
function watchAddresses(page: Page): string[] {
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  page.on("websocket", (socket) => addresses.push(socket.url()));
  page.on("framenavigated", (frame) => addresses.push(frame.url()));
  return addresses;
}

test("[AUTH-6] [AUTH-1] a link pairs at once, a code can be typed, and neither stays in an address", async () => {
  await openWorld();
  const code = await makeCode();
  const page = await world.newPage({ viewport: phone });
  await page.goto(`${world.origin}/pair#code=${code}&token=mesh-token`);
  await page.getByText("live", { exact: true }).waitFor();
  expect(page.url()).toBe(`${world.origin}/sessions`);
  expect(await page.evaluate(() => sessionStorage.getItem("parlatory.mesh.token"))).toBe("mesh-token");
  const { apiKey } = await page.evaluate(() => JSON.parse(localStorage.getItem("parlatory.remote") ?? "{}"));
  expect(apiKey).toMatch(/^[\w-]{43}$/);

  // The link again, now used: the key of this browser works, so it is asked and nothing is given away.
  await page.goto(`${world.origin}/pair#${await makeCode()}`);
  await page.getByRole("heading", { name: "This browser is signed in already" }).waitFor();
  expect(page.url()).toBe(`${world.origin}/pair`);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByText("live", { exact: true }).waitFor();

  const typing = await world.newPage({ viewport: phone, browser: await world.openBrowser() });
  const addresses = watchAddresses(typing);
  await typing.goto(`${world.origin}/sessions`);
  await typing.getByLabel("Code").fill("wrong000");
  expect(await typing.getByLabel("Code").inputValue()).toBe("WR0N-G000");
  await typing.getByLabel("Code").press("Enter");
  await typing.getByRole("heading", { name: "This code is not valid" }).waitFor();
  expect(await accessibilityProblems(typing)).toEqual([]);
  const second = await makeCode();
  await typing.getByLabel("Code").fill(second.replace("-", "").toLowerCase());
  await typing.getByLabel("Name of this device").fill("Kitchen tablet");
  world.proxy.cut();
  await typing.getByRole("button", { name: "Pair this browser" }).click();
  await typing.getByRole("heading", { name: "The server did not answer" }).waitFor();
  world.proxy.restore();
  await typing.getByRole("button", { name: "Pair this browser" }).click();
  await typing.getByText("live", { exact: true }).waitFor();
  expect(addresses.filter((address) => address.includes(second) || address.includes(second.replace("-", "")))).toEqual(
    [],
  );
});

test("[AUTH-6] [AUTH-8] a wrong link is told apart from too many tries; the main key is taken too, a wrong one is not", async () => {
  await openWorld();
  const page = await world.newPage({ viewport: desk });
  await page.goto(`${world.origin}/pair#AAAA-AAAA`);
  await page.getByRole("heading", { name: "This code is not valid" }).waitFor();
  for (const wrong of ["BBBB-BBBB", "CCCC-CCCC", "DDDD-DDDD", "EEEE-EEEE"]) {
    await page.getByLabel("Code").fill(wrong);
    const answered = page.waitForResponse((response) => response.url().endsWith("/remote/pair"));
    await page.getByLabel("Code").press("Enter");
    expect((await answered).status()).toBe(403);
  }
  await page.getByLabel("Code").fill("FFFF-FFFF");
  await page.getByLabel("Code").press("Enter");
  await page.getByRole("heading", { name: "Too many wrong tries" }).waitFor();
  expect(await page.getByRole("alert").textContent()).toMatch(/for \d+ s/);

  await page.goto(`${world.origin}/sessions`);
  await page.getByText("Use the main key instead").click();
  await page.getByLabel("Main key").fill("short");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("A key has 43 characters").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByLabel("Main key").fill("A".repeat(43));
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "This browser was signed out" }).waitFor();
  await page.getByText("Use the main key instead").click();
  await page.getByLabel("Main key").fill(world.mainKey);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("live", { exact: true }).waitFor();
});

test("[AUTH-9] a server that asks for no key lets everybody in, as soon as it can be reached", async () => {
  await openWorld({ isAuthOn: false });
  const page = await world.newPage();
  await page.goto(`${world.origin}/sessions`);
  await page.getByText("live", { exact: true }).waitFor();
  const { apiKey } = await page.evaluate(() => JSON.parse(localStorage.getItem("parlatory.remote") ?? "{}"));
  expect(apiKey).toBeUndefined();
});

/** Pairs a browser of its own; answers its page. */
async function pairedPage(deviceName: string, viewport = desk): Promise<Page> {
  const page = await world.newPage({ viewport, browser: await world.openBrowser() });
  await page.goto(`${world.origin}/settings`);
  await page.getByLabel("Code").fill(await makeCode());
  await page.getByLabel("Name of this device").fill(deviceName);
  await page.getByRole("button", { name: "Pair this browser" }).click();
  await page.getByText("live", { exact: true }).waitFor();
  return page;
}

test("[AUTH-7] devices are listed, another is let in by a code, and a revoked one is signed out at once", async () => {
  await openWorld();
  const page = await world.open("/devices", { viewport: phone });
  await page.getByRole("heading", { name: "No paired devices" }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Pair another device" }).click();
  const dialog = page.getByRole("dialog");
  const code = await dialog.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).textContent();
  await dialog.getByRole("img", { name: /Picture of the link/ }).waitFor();
  expect(await dialog.getByText(/min left/).count()).toBe(1);
  expect(await accessibilityProblems(page)).toEqual([]);

  const tablet = await world.newPage({ viewport: phone, browser: await world.openBrowser() });
  await tablet.goto(await dialog.getByText(/\/pair#/).innerText());
  await tablet.getByText("live", { exact: true }).waitFor();
  expect(tablet.url()).not.toContain(code);
  await dialog.getByText(/is signed in now/).waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();

  const laptop = await pairedPage("Laptop");
  await laptop.getByRole("link", { name: "All devices" }).click();
  const own = laptop.getByRole("listitem").filter({ hasText: "this device" });
  expect(await own.getByRole("heading").textContent()).toBe("Laptop");
  expect(await accessibilityProblems(laptop)).toEqual([]);

  await laptop.getByRole("button", { name: /^Revoke Chrome on/ }).click();
  await laptop.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await tablet.getByRole("heading", { name: "This browser was signed out" }).waitFor();
  await laptop.getByRole("button", { name: /^Revoke Chrome on/ }).waitFor({ state: "detached" });

  // By its own hand, with the key made worthless.
  await laptop.goto(`${world.origin}/settings`);
  await laptop.getByRole("button", { name: "Sign out" }).click();
  await laptop.getByRole("button", { name: "Sign out and revoke" }).click();
  await laptop.getByRole("heading", { name: "Pair this browser" }).waitFor();
  expect(await laptop.getByRole("alert").count()).toBe(0);
  expect(await laptop.evaluate(() => localStorage.getItem("parlatory.remote"))).toBeNull();
  await page.reload();
  await page.getByRole("heading", { name: "No paired devices" }).waitFor();
});
