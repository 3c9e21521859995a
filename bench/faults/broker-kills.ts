/** [PERF-4]: the broker is killed at random moments under load, and comes back on the same database. */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { say } from "../report.ts";
import { exactly, type FaultRow } from "./fault-row.ts";
import type { FaultStore } from "./fault-store.ts";
import { FaultWorld } from "./fault-world.ts";

/** From the start of the broker to its death; the shortest hit the middle of the reconnects. */
const SHORTEST_LIFE_MS = 30;
const LONGEST_LIFE_MS = 900;

export async function killBroker(store: FaultStore, times: number): Promise<FaultRow> {
  const world = await FaultWorld.start({ members: 6, databaseUrl: await store.createDatabase() });
  try {
    const steady = world.addReceiver("steady");
    const slow = world.addReceiver("slow", { ackEveryMs: 150 });
    const absent = world.addReceiver("absent");
    const targets = [steady.target, slow.target, absent.target, world.crew];
    for (const name of ["ada", "bob", "cyd"]) world.addSender(name, targets, { perTick: 15 });
    await world.begin();
    for (let round = 1; round <= times; round++) {
      await sleep(randomInt(SHORTEST_LIFE_MS, LONGEST_LIFE_MS));
      await world.kill();
      // It misses two lives of the broker, and says goodbye to every other one of them.
      if (round % 3 === 1) await absent.link.leave(round % 2 === 0 ? "bye" : "lost");
      if (round % 3 === 0) absent.link.start();
      await world.restart();
      if (round % 5 === 0) say(`  killed ${round} of ${times} times`);
    }
    absent.link.start();
    await world.settle();
    const unsettled = await world.unsettled();
    const verdict = world.account.verdict();
    return {
      rule: "PERF-4",
      fault: "kill -9 of the broker under load",
      store: store.name,
      times,
      verdict,
      checks: [
        exactly("without an answer", verdict.open, 0),
        exactly("refused", verdict.refused, 0),
        exactly("unsettled at the end", unsettled, 0),
        ...world.impact(),
      ],
    };
  } finally {
    await world.end();
  }
}
