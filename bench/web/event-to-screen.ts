/** WPERF-4: from the frame that holds a new message to the painted text, beside the same with one bare element. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { WebWorld } from "../../e2e/web-world.ts";
import { quantile, type Figure } from "../report.ts";
import { conversationRecords } from "./conversation-records.ts";
import { furnishSessions } from "./furnish-sessions.ts";

const MESSAGES = 1_000;
const gateMs = 100;

interface Sightings {
  readonly pushed: Record<string, number>;
  readonly seen: Record<string, number>;
}

export async function measureEventToScreen(executable: string, isQuick: boolean): Promise<Figure[]> {
  const rounds = isQuick ? 30 : 200;
  const world = await WebWorld.open({ executable });
  try {
    const [sessionId = ""] = furnishSessions(world, 1, MESSAGES);
    const page = await world.open(`/sessions/${sessionId}`, { before: watchPushes });
    await page.getByText("Step 165").first().waitFor();
    const path = join(world.sessionFolder(), `${sessionId}.jsonl`);
    const [template = {}] = conversationRecords({ sessionId, directory: world.project, messages: 1 });
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const marker = `marker-${round}-end`;
      const record = {
        ...template,
        uuid: crypto.randomUUID(),
        parentUuid: null,
        type: "assistant",
        timestamp: new Date().toISOString(),
        message: { role: "assistant", content: [{ type: "text", text: `Seen: ${marker}` }], stop_reason: "end_turn" },
      };
      appendFileSync(path, `${JSON.stringify(record)}\n`);
      times.push(await timeOf(page, marker));
    }
    const bare = await measureBare(page, rounds);
    const p99 = quantile(times, 0.99);
    const floor = quantile(bare, 0.99);
    return [
      {
        rule: "WPERF-4",
        name: `a pushed message to its paint, p50 of ${rounds}`,
        value: quantile(times, 0.5),
        unit: "ms",
        floor: quantile(bare, 0.5),
        ratio: quantile(times, 0.5) / quantile(bare, 0.5),
        gate: `<= ${gateMs} ms`,
        pass: quantile(times, 0.5) <= gateMs,
      },
      {
        rule: "WPERF-4",
        name: "the same, p99",
        value: p99,
        unit: "ms",
        floor,
        ratio: p99 / floor,
        gate: `<= ${gateMs} ms`,
        pass: p99 <= gateMs,
      },
    ];
  } finally {
    await world.close();
  }
}

/** Runs in the page: notes when a frame with a marker came, and when a frame after its text was painted. */
function watchPushes(): void {
  const sightings: Sightings = { pushed: {}, seen: {} };
  (window as unknown as { sightings: Sightings }).sightings = sightings;
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
        const marker = /marker-\d+-end/.exec(String(data))?.[0];
        if (marker !== undefined) sightings.pushed[marker] ??= performance.now();
      });
    }
  };
  const look = (): void => {
    const found = document.querySelector("main")?.textContent.match(/marker-\d+-end/g) ?? [];
    for (const marker of found) sightings.seen[marker] ??= performance.now();
    // What this frame found was laid out before it, so it is on the screen now.
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function timeOf(page: Page, marker: string): Promise<number> {
  await page.waitForFunction(
    (wanted) => (window as unknown as { sightings: Sightings }).sightings.seen[wanted] !== undefined,
    marker,
  );
  return page.evaluate((wanted) => {
    const { pushed, seen } = (window as unknown as { sightings: Sightings }).sightings;
    return (seen[wanted] ?? Number.NaN) - (pushed[wanted] ?? Number.NaN);
  }, marker);
}

/** A text set in one element, to the frame that paints it. */
function measureBare(page: Page, rounds: number): Promise<number[]> {
  return page.evaluate(async (count) => {
    const times: number[] = [];
    for (let round = 0; round < count; round++) {
      await new Promise((resolve) => setTimeout(resolve, (round * 7) % 16));
      const started = performance.now();
      document.title = `round ${round}`;
      await new Promise((resolve) => requestAnimationFrame(resolve));
      times.push(performance.now() - started);
    }
    return times;
  }, rounds);
}
