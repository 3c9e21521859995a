/** [DB-5]: the disk under SQLite is full, and has room again. */
import { setTimeout as sleep } from "node:timers/promises";
import { atLeast, atMost, exactly, reported, type FaultRow } from "./fault-row.ts";
import { FaultWorld } from "./fault-world.ts";
import { watchOutage } from "./outage-probe.ts";
import type { SmallDisk } from "./small-disk.ts";

/** Filled with few large letters rather than with many small ones. */
const BODY_BYTES = 48 * 1_024;
const FILL_MS = 30_000;
/** The broker probes an unreachable database at growing distances. */
const BACK_MS = 40_000;
const ANSWER_MS = 5_000;

export async function fillDisk(disk: SmallDisk, fullMs: number): Promise<FaultRow> {
  try {
    return await runOn(disk, fullMs);
  } finally {
    await disk.remove();
  }
}

async function runOn(disk: SmallDisk, fullMs: number): Promise<FaultRow> {
  const world = await FaultWorld.start({ members: 5, home: disk.home, main: disk.main, env: disk.env });
  try {
    const present = world.addReceiver("present");
    const absent = world.addReceiver("absent");
    const small = world.addSender("ada", [present.target], { perTick: 1 });
    const large = world.addSender("bob", [absent.target, present.target], { perTick: 1, bodyBytes: BODY_BYTES });
    const asker = world.addReceiver("asker");
    await world.begin();
    await disk.occupy();
    // Its mail stays in the database and fills it.
    await absent.link.leave("bye");
    await until(() => large.refusals.size > 0, FILL_MS, "the disk did not become full");
    const watch = watchOutage(world.broker.url, await asker.link.untilReady());
    await sleep(fullMs);
    const signs = await watch.stop();
    const refusedWhileFull = sum(small.refusals) + sum(large.refusals);
    large.pause();
    await disk.free();
    const freedAt = performance.now();
    const ackedBefore = world.account.ackedCount;
    await until(() => world.account.ackedCount > ackedBefore + 20, BACK_MS, "sends were not accepted again");
    const backMs = performance.now() - freedAt;
    const lostConnections = [...world.senders, ...world.receivers].flatMap(({ link }) => link.closeCodes).length;
    absent.link.start();
    await world.settle();
    // What a refused send left behind would come now, from the database.
    await world.kill();
    await world.restart();
    for (const { link } of [...world.receivers, ...world.senders]) await link.untilReady();
    await world.settle();
    const verdict = world.account.verdict();
    return {
      rule: "DB-5",
      fault: disk.name,
      store: "SQLite",
      times: 1,
      verdict,
      checks: [
        exactly(
          "refused otherwise than storage_unavailable",
          verdict.refused - count(small.refusals) - count(large.refusals),
          0,
        ),
        atLeast("refused while full", refusedWhileFull, 1),
        atMost("slowest answer to a send", Math.max(small.slowestAnswerMs, large.slowestAnswerMs), "ms", ANSWER_MS),
        exactly("connections lost", lostConnections, 0),
        atLeast("/health said 503", signs.degraded, 1),
        exactly("requests without an answer", signs.unanswered, 0),
        atMost("slowest answer to a request", signs.slowestMs, "ms", ANSWER_MS),
        reported("of health answers", signs.healthAnswers),
        reported("back after", backMs, "ms"),
      ],
    };
  } finally {
    await world.end();
  }
}

async function until(isTrue: () => boolean, mostMs: number, otherwise: string): Promise<void> {
  const deadline = performance.now() + mostMs;
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error(`${otherwise} within ${mostMs} ms`);
    await sleep(20);
  }
}

function sum(refusals: ReadonlyMap<string, number>): number {
  return [...refusals.values()].reduce((total, more) => total + more, 0);
}

function count(refusals: ReadonlyMap<string, number>): number {
  return refusals.get("storage_unavailable") ?? 0;
}
