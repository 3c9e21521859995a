/** [DB-5]: PostgreSQL answers nothing, or is not there, for some seconds under load. */
import { setTimeout as sleep } from "node:timers/promises";
import { atLeast, atMost, exactly, reported, type FaultRow } from "./fault-row.ts";
import { FaultWorld } from "./fault-world.ts";
import { watchOutage } from "./outage-probe.ts";
import type { StoppablePostgres } from "./stoppable-postgres.ts";

export interface Outage {
  name: string;
  begin: () => Promise<void>;
  end: () => Promise<void>;
}

const ANSWER_MS = 5_000;
const LOAD_MS = 1_000;
const BACK_MS = 40_000;

export function outagesOf(postgres: StoppablePostgres): Outage[] {
  return [
    { name: "PostgreSQL frozen (SIGSTOP)", begin: () => postgres.freeze(), end: () => postgres.thaw() },
    { name: "PostgreSQL stopped and started", begin: () => postgres.stop(), end: () => postgres.startAgain() },
  ];
}

export async function takeDatabaseAway(postgres: StoppablePostgres, outage: Outage, forMs: number): Promise<FaultRow> {
  const world = await FaultWorld.start({ members: 5, databaseUrl: await postgres.createDatabase() });
  let isAway = false;
  try {
    const receivers = [world.addReceiver("first"), world.addReceiver("second", { ackEveryMs: 100 })];
    const targets = [...receivers.map(({ target }) => target), world.crew];
    for (const name of ["ada", "bob"]) world.addSender(name, targets, { perTick: 2 });
    // It has no mail of its own, so that nothing of it is in the books.
    const asker = world.addSender("asker", []);
    await world.begin();
    await sleep(LOAD_MS);
    const watch = watchOutage(world.broker.url, await asker.link.untilReady());
    await outage.begin();
    isAway = true;
    await sleep(forMs);
    const signs = await watch.stop();
    const refusedWhileAway = count(world);
    await outage.end();
    isAway = false;
    const backAt = performance.now();
    const ackedBefore = world.account.ackedCount;
    while (world.account.ackedCount < ackedBefore + 20 && performance.now() - backAt < BACK_MS) await sleep(20);
    const backMs = performance.now() - backAt;
    const lostConnections = [...world.senders, ...world.receivers].flatMap(({ link }) => link.closeCodes).length;
    await sleep(LOAD_MS / 2);
    await world.settle();
    // What a refused send left behind would come now, from the database.
    await world.kill();
    await world.restart();
    for (const { link } of [...world.receivers, ...world.senders]) await link.untilReady();
    await world.settle();
    const unsettled = await world.unsettled();
    const verdict = world.account.verdict();
    return {
      rule: "DB-5",
      fault: outage.name,
      store: "PostgreSQL",
      times: 1,
      verdict,
      checks: [
        exactly("refused otherwise than storage_unavailable", verdict.refused - count(world), 0),
        atLeast("refused while away", refusedWhileAway, 1),
        atMost(
          "slowest answer to a send",
          Math.max(...world.senders.map(({ slowestAnswerMs }) => slowestAnswerMs)),
          "ms",
          ANSWER_MS,
        ),
        exactly("connections lost", lostConnections, 0),
        atLeast("/health said 503", signs.degraded, 1),
        exactly("requests without an answer", signs.unanswered, 0),
        atMost("slowest answer to a request", signs.slowestMs, "ms", ANSWER_MS),
        exactly("unsettled at the end", unsettled, 0),
        atMost("back after", backMs, "ms", BACK_MS),
        reported("of health answers", signs.healthAnswers),
      ],
    };
  } finally {
    if (isAway) await outage.end();
    await world.end();
  }
}

function count(world: FaultWorld): number {
  return world.senders.reduce((total, { refusals }) => total + (refusals.get("storage_unavailable") ?? 0), 0);
}
