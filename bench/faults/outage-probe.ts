/** What a broker still does while its database is away ([DB-5], [FRM-7]): asked again and again beside the load. */
import { setTimeout as sleep } from "node:timers/promises";
import type { LoadClient } from "../mesh/load-client.ts";

export interface OutageSigns {
  /** Answers of `/health` that said 503, of all. */
  degraded: number;
  healthAnswers: number;
  /** Requests answered, by a reply or by an error with a code. */
  answered: number;
  /** Requests that got neither, or an error without a code. */
  unanswered: number;
  slowestMs: number;
}

const EVERY_MS = 200;

/** Asks until `stop`, which waits for the last answers. */
export function watchOutage(httpUrl: string, client: LoadClient): { stop: () => Promise<OutageSigns> } {
  const signs: OutageSigns = { degraded: 0, healthAnswers: 0, answered: 0, unanswered: 0, slowestMs: 0 };
  const requests: [type: string, fields: Record<string, unknown>][] = [
    ["get_state", { key: "build" }],
    ["set_state", { key: "build", value: 1 }],
    ["recall", { query: "anything" }],
    ["remember", { content: "a note made while the database is away" }],
    ["list_peers", {}],
    ["pull", {}],
  ];
  let isOver = false;
  const running = (async () => {
    const open: Promise<void>[] = [];
    for (let i = 0; !isOver; i++) {
      const request = requests[i % requests.length];
      if (request !== undefined) open.push(ask(...request));
      await Promise.all([askHealth(), sleep(EVERY_MS)]);
    }
    await Promise.all(open);
  })();

  async function ask(type: string, fields: Record<string, unknown>): Promise<void> {
    const startedAt = performance.now();
    try {
      const answer = await client.request(type, fields);
      if (answer["type"] === "error" && typeof answer["code"] !== "string") signs.unanswered++;
      else signs.answered++;
    } catch {
      signs.unanswered++;
    }
    signs.slowestMs = Math.max(signs.slowestMs, performance.now() - startedAt);
  }

  async function askHealth(): Promise<void> {
    const { status } = await fetch(`${httpUrl}/health`);
    signs.healthAnswers++;
    if (status === 503) signs.degraded++;
  }

  return {
    async stop() {
      isOver = true;
      await running;
      return signs;
    },
  };
}
