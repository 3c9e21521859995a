/**
 * WPERF-1: what the page of the sessions needs of compressed JavaScript until it is usable, nothing cached. WPERF-2: how long
 * that takes at a quarter of the machine's speed, beside a bare page of the same browser that only writes a text.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { CDPSession, Page } from "playwright-core";
import { WebWorld } from "../../e2e/web-world.ts";
import { median, type Figure } from "../report.ts";
import { furnishSessions } from "./furnish-sessions.ts";

const SLOWDOWN = 4;
const SESSIONS = 50;
const POLL_MS = 200;
const MAX_MS = 30_000;
const budgetBytes = 200_000;

export async function measureFirstLoad(executable: string, isQuick: boolean): Promise<Figure[]> {
  const rounds = isQuick ? 3 : 9;
  const world = await WebWorld.open({ executable });
  try {
    furnishSessions(world, SESSIONS, 12);
    // Once as a person does: signed in, and the server has its index.
    const first = await world.open("/sessions");
    await first.getByText("step 1").first().waitFor();
    const keep = await first.evaluate(() => localStorage.getItem("parlatory.remote") ?? "");
    const loads: Load[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds; round++) {
      loads.push(await loadSessions(world, keep));
      bare.push(await loadBare(world));
    }
    const bytes = Math.max(...loads.map(({ scriptBytes }) => scriptBytes));
    const usable = median(loads.map(({ usableMs }) => usableMs));
    const floor = median(bare);
    return [
      {
        rule: "WPERF-1",
        name: "JavaScript until the sessions are usable, compressed",
        value: bytes / 1_000,
        unit: "kB",
        floor: budgetBytes / 1_000,
        ratio: bytes / budgetBytes,
        gate: "< 200 kB",
        pass: bytes < budgetBytes,
      },
      {
        rule: "WPERF-2",
        name: `interactive at ${SLOWDOWN} x slowdown, ${SESSIONS} sessions, p50`,
        value: usable,
        unit: "ms",
        floor,
        ratio: usable / floor,
        gate: "<= 1,500 ms",
        pass: usable <= 1_500,
      },
    ];
  } finally {
    await world.close();
  }
}

interface Load {
  readonly scriptBytes: number;
  readonly usableMs: number;
}

async function loadSessions(world: WebWorld, keep: string): Promise<Load> {
  // A browser of its own has nothing cached.
  const browser = await world.openBrowser();
  const page = await world.newPage({ browser });
  await page.addInitScript((text) => localStorage.setItem("parlatory.remote", text), keep);
  const devtools = await slowPage(page);
  let scriptBytes = 0;
  const scripts = new Set<string>();
  devtools.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  devtools.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scriptBytes += encodedDataLength;
  });
  await watchForText(page, "step 1");
  await page.goto(`${world.origin}/sessions`);
  const usableMs = await whenUsable(devtools);
  await browser.close();
  return { scriptBytes, usableMs };
}

async function loadBare(world: WebWorld): Promise<number> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>bare</title><script>document.write('<p>step 1</p>')</script>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await world.openBrowser();
  const page = await world.newPage({ browser });
  const devtools = await slowPage(page);
  await watchForText(page, "step 1");
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const ms = await whenUsable(devtools);
  await browser.close();
  await new Promise((resolve) => server.close(resolve));
  return ms;
}

async function slowPage(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.setCacheDisabled", { cacheDisabled: true });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
  return devtools;
}

interface Watched {
  usableMs?: number;
  lastLongTaskEnd: number;
}

/**
 * Notes in the page when a text is there, and when the main thread was busy for the last time before 500 ms of rest. It asks
 * for no frames but the one in which the text comes: a slowed page would spend a good part of its time on drawing those.
 */
async function watchForText(page: Page, text: string): Promise<void> {
  await page.addInitScript((wanted) => {
    const watched: Watched = { lastLongTaskEnd: 0 };
    (window as unknown as { watched: Watched }).watched = watched;
    new PerformanceObserver((list) => {
      for (const { startTime, duration } of list.getEntries()) watched.lastLongTaskEnd = startTime + duration;
    }).observe({ type: "longtask", buffered: true });
    const looking = new MutationObserver(() => {
      if (document.body?.textContent.includes(wanted) !== true) return;
      looking.disconnect();
      requestAnimationFrame(() => {
        const seenAt = performance.now();
        const resting = setInterval(() => {
          const busyUntil = Math.max(seenAt, watched.lastLongTaskEnd);
          if (performance.now() - busyUntil <= 500) return;
          clearInterval(resting);
          watched.usableMs = busyUntil;
        }, 20);
      });
    });
    looking.observe(document, { subtree: true, childList: true, characterData: true });
  }, text);
}

/**
 * Milliseconds from the navigation until the text is there and no task keeps the page from answering. Asked for bare: what the
 * driver of the browser brings into a page to wait there costs a slowed one a tenth of a second.
 */
async function whenUsable(devtools: CDPSession): Promise<number> {
  const deadline = performance.now() + MAX_MS;
  while (performance.now() < deadline) {
    const { result } = await devtools.send("Runtime.evaluate", { expression: "window.watched?.usableMs" });
    if (typeof result.value === "number") return result.value;
    await sleep(POLL_MS);
  }
  throw new Error(`the page was not usable within ${MAX_MS} ms`);
}
