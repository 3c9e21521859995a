// Signing in, devices, and what the web app does without its server, in a real Chromium against a real server.
import { createApiClient, type RemoteClient } from "@parlatory/client";
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

/** Another device, which sees what the server has. */
async function withOther<Result>(use: (other: RemoteClient) => Promise<Result>): Promise<Result> {
  const other = world.openDevice();
  try {
    return await use(other);
  } finally {
    await other.close();
  }
}

/** A session that has answered once. */
function startSession(text: string): Promise<string> {
  return withOther(async (other) => {
    const { sessionId, outcome } = other.prompt({ text, workingDirectory: world.project, agent: "echo" });
    await outcome;
    return sessionId;
  });
}

/** What was asked in a session and what was answered, as the server has it, once it is so many messages. */
function logOf(sessionId: string, count: number): Promise<string[]> {
  return withOther(async (other) => {
    const { view } = other.follow(sessionId);
    while (view.messages.length < count) {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      const end = other.on("history", resolve);
      await promise;
      end();
    }
    return view.messages.map(({ text }) => text);
  });
}

/** The worker controls the page and has kept the whole app. */
async function untilStartsAlone(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    const { active } = await navigator.serviceWorker.ready;
    return active?.state === "activated" && navigator.serviceWorker.controller !== null;
  });
}

test("[CLIENT-5] a start without the server shows lists and histories; prompts written there outlive a reload and run once, in order", async () => {
  await openWorld();
  const sessionId = await startSession("before the cut");
  const page = await world.open("/sessions", { viewport: phone });
  await untilStartsAlone(page);
  await page.getByRole("link", { name: /before the cut/ }).click();
  await page.getByRole("feed").getByText("echo: before the cut").waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Sessions" }).click();
  await page.getByRole("link", { name: /before the cut/ }).waitFor();
  await page.goto(`${world.origin}/settings`);
  await page.getByText("The session you read last can be read without a connection").waitFor();

  world.proxy.cut();
  await page.goto(`${world.origin}/sessions`);
  await page.getByRole("link", { name: /before the cut/ }).waitFor();
  await page.getByText(/^No connection since/).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("link", { name: /before the cut/ }).click();
  await page.getByRole("feed").getByText("echo: before the cut").waitFor();
  for (const text of ["first offline", "second offline"]) {
    await page.getByRole("textbox", { name: "Prompt" }).fill(text);
    await page.getByRole("textbox", { name: "Prompt" }).press("Enter");
    await page.getByText(text, { exact: true }).first().waitFor();
  }
  await page.getByText(/2 prompts are kept here and go out when it is back/).waitFor();
  await page.reload();
  await page.getByText(/2 prompts are kept here and go out when it is back/).waitFor();
  await page.getByRole("feed").getByText("echo: before the cut").waitFor();

  world.proxy.restore();
  await page.getByRole("button", { name: "Try now" }).first().click();
  await page.getByRole("feed").getByText("echo: second offline").waitFor();
  expect(await logOf(sessionId, 6)).toEqual([
    "before the cut",
    "echo: before the cut",
    "first offline",
    "echo: first offline",
    "second offline",
    "echo: second offline",
  ]);
  await page.getByText(/No connection since/).waitFor({ state: "detached" });

  await page.goto(`${world.origin}/settings`);
  await page.getByRole("button", { name: "Clear offline data" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Clear" }).click();
  await page.getByText("No histories are kept here yet").waitFor();
});

test("[CLIENT-5] a tab that is closed leaves its unsent prompts to another tab of the same browser", async () => {
  await openWorld();
  const sessionId = await startSession("before the cut");
  const stays = await world.open("/sessions", { viewport: desk });
  await untilStartsAlone(stays);
  const goes = await world.open(`/sessions/${sessionId}`, { viewport: desk });
  await goes.getByRole("feed").getByText("echo: before the cut").waitFor();
  world.proxy.cut();
  await goes.getByRole("textbox", { name: "Prompt" }).fill("left behind");
  await goes.getByRole("textbox", { name: "Prompt" }).press("Enter");
  await goes.getByText(/1 prompt is kept here/).waitFor();
  await stays.getByText(/^No connection since/).waitFor();
  expect(await stays.getByText(/1 prompt is kept here/).count()).toBe(0);
  await goes.close();
  await stays.bringToFront();
  world.proxy.restore();
  await stays.getByRole("button", { name: "Try now" }).click();
  expect(await logOf(sessionId, 4)).toEqual([
    "before the cut",
    "echo: before the cut",
    "left behind",
    "echo: left behind",
  ]);
});

test("[CLIENT-5] [AUTH-7] prompts that a refused key left unsent go out only when whoever signs in next says so", async () => {
  await openWorld();
  const sessionId = await startSession("before the cut");
  const page = await pairedPage("Phone", phone);
  await page.goto(`${world.origin}/sessions/${sessionId}`);
  await page.getByRole("feed").getByText("echo: before the cut").waitFor();
  world.proxy.cut();
  await page.getByText(/^No connection since/).waitFor();
  for (const text of ["first unsent", "second unsent"]) {
    await page.getByRole("textbox", { name: "Prompt" }).fill(text);
    await page.getByRole("textbox", { name: "Prompt" }).press("Enter");
  }
  await page.getByText(/2 prompts are kept here/).waitFor();
  await withOther(async (other) => {
    const [device] = await other.devices.list();
    await other.devices.revoke(device?.device_id ?? "");
  });
  world.proxy.restore();
  await page.getByRole("button", { name: "Try now" }).first().click();
  await page.getByRole("heading", { name: "This browser was signed out" }).waitFor();

  await page.getByLabel("Code").fill(await makeCode());
  await page.getByRole("button", { name: "Pair this browser" }).click();
  await page.getByText("2 prompts from before this sign-in were not sent.").waitFor();
  await page.getByRole("feed").getByText("echo: before the cut").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Look at them" }).click();
  const dialog = page.getByRole("dialog", { name: "Send these prompts?" });
  await dialog.waitFor();
  expect(await dialog.getByRole("listitem").getByRole("paragraph").allTextContents()).toEqual([
    "first unsent",
    "second unsent",
  ]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Send" }).click();
  expect(await logOf(sessionId, 6)).toEqual([
    "before the cut",
    "echo: before the cut",
    "first unsent",
    "echo: first unsent",
    "second unsent",
    "echo: second unsent",
  ]);
  await page.getByText(/from before this sign-in/).waitFor({ state: "detached" });
});

test("settings, devices, the banner and what the badge tells are accessible on a phone and a desk, in both themes", async () => {
  await openWorld();
  const page = await pairedPage("Phone");
  const problems: Record<string, readonly string[]> = {};
  const look = async (place: string): Promise<void> => {
    for (const viewport of [phone, desk]) {
      await page.setViewportSize(viewport);
      problems[`${place} at ${viewport.width}`] = await accessibilityProblems(page);
    }
  };
  const openBadge = async (): Promise<void> => {
    await page.getByRole("button", { name: /^Connection: / }).press("Enter");
    await page.getByRole("dialog").waitFor();
  };
  await page.getByRole("combobox", { name: "Voice" }).waitFor();
  await look("settings");
  await page.setViewportSize(phone);
  const navigation = page.getByRole("navigation");
  expect(await navigation.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
  await page.getByRole("link", { name: "All devices" }).click();
  await page.getByRole("heading", { name: "Phone" }).waitFor();
  await look("devices");
  await openBadge();
  await look("badge");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  world.proxy.cut();
  await page.getByText(/^No connection since/).waitFor();
  await look("banner");
  await openBadge();
  await look("badge without a connection");
  expect(Object.entries(problems).filter(([, found]) => found.length > 0)).toEqual([]);
  expect(Object.keys(problems)).toHaveLength(10);
});

test("[PUSH-1] [PUSH-2] a push is shown, one for each session, and a tap on it leads to its session", async () => {
  await openWorld();
  const sessionId = await startSession("worth a push");
  await world.browser.context.grantPermissions(["notifications"], { origin: world.origin });
  const page = await world.open("/settings", { viewport: phone });
  await untilStartsAlone(page);
  await page.getByRole("button", { name: "Turn notifications on" }).waitFor();
  const [worker] = world.browser.context.serviceWorkers();
  if (worker === undefined) throw new Error("there is no worker");

  const devtools = await world.browser.context.newCDPSession(page);
  const { promise: registered, resolve } = Promise.withResolvers<string>();
  devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
    const [registration] = registrations;
    if (registration !== undefined) resolve(registration.registrationId);
  });
  await devtools.send("ServiceWorker.enable");
  const registrationId = await registered;
  const payload = {
    event: "needs_input",
    event_id: crypto.randomUUID(),
    session_id: sessionId,
    session_name: "worth a push",
    agent: "echo",
    at: "2026-03-01T09:00:00.000Z",
    priority: "high",
    title: "worth a push",
    body: "An agent needs your answer",
    url: `https://elsewhere.example/sessions/${sessionId}`,
  };
  for (const title of ["first", "second"]) {
    const data = JSON.stringify({ ...payload, title });
    await devtools.send("ServiceWorker.deliverPushMessage", { origin: world.origin, registrationId, data });
  }
  const shown = await worker.evaluate(async () => {
    const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
    for (;;) {
      const all = await registration.getNotifications();
      if (all.length === 1 && all[0]?.title === "second") {
        return { tag: all[0].tag, body: all[0].body, requireInteraction: all[0].requireInteraction };
      }
      await new Promise((next) => {
        setTimeout(next, 20);
      });
    }
  });
  expect(shown).toEqual({ tag: sessionId, body: "An agent needs your answer", requireInteraction: true });

  await worker.evaluate(async () => {
    const scope = globalThis as unknown as {
      registration: ServiceWorkerRegistration;
      NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
      dispatchEvent(event: Event): boolean;
    };
    const [notification] = await scope.registration.getNotifications();
    if (notification === undefined) throw new Error("there is no notification");
    scope.dispatchEvent(new scope.NotificationEvent("notificationclick", { notification }));
  });
  await page.waitForURL(`${world.origin}/sessions/${sessionId}`);
  await page.getByRole("feed").getByText("echo: worth a push").waitFor();
});
