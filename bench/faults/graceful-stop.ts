/** [WS-8]: SIGTERM under load. Nothing that was committed is left without its acknowledgement. */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DaemonProcess } from "./daemon-process.ts";
import { atMost, exactly, reported, type FaultRow } from "./fault-row.ts";
import type { FaultStore } from "./fault-store.ts";
import { FaultWorld } from "./fault-world.ts";

const GOING_AWAY = 1001;
const STOP_MS = 5_000;

export async function stopGracefully(store: FaultStore, times: number): Promise<FaultRow> {
  const databaseUrl = await store.createDatabase();
  const world = await FaultWorld.start({ members: 4, databaseUrl });
  await world.broker.stop("stop", false);
  let daemon: DaemonProcess | undefined;
  try {
    const proxied = { proxied: () => `${(daemon?.url ?? "http://127.0.0.1:1").replace("http", "ws")}/ws` };
    const receivers = [
      world.addReceiver("first", proxied),
      world.addReceiver("second", { ackEveryMs: 100, ...proxied }),
    ];
    const targets = [...receivers.map(({ target }) => target), world.crew];
    for (const name of ["ada", "bob"]) world.addSender(name, targets, { perTick: 20, ...proxied });
    const ends: { code: number | null; tookMs: number }[] = [];
    daemon = await DaemonProcess.start(world.home, databaseUrl);
    await world.begin();
    for (let round = 0; round < times; round++) {
      await sleep(randomInt(150, 600));
      ends.push(await daemon.end("SIGTERM"));
      daemon = await DaemonProcess.start(world.home, databaseUrl);
      await Promise.all([...world.receivers, ...world.senders].map(({ link }) => link.untilReady()));
    }
    await world.settle();
    const closeCodes = [...world.senders, ...world.receivers].flatMap(({ link }) => link.closeCodes);
    const verdict = world.account.verdict();
    return {
      rule: "WS-8",
      fault: "SIGTERM of the server under load",
      store: store.name,
      times,
      verdict,
      checks: [
        exactly("exit status not 0", ends.filter(({ code }) => code !== 0).length, 0),
        atMost("slowest stop", Math.max(...ends.map(({ tookMs }) => tookMs)), "ms", STOP_MS),
        exactly("closed otherwise than 1001", closeCodes.filter((code) => code !== GOING_AWAY).length, 0),
        exactly(
          "committed without an answer",
          world.senders.reduce((sum, { duplicates }) => sum + duplicates, 0),
          0,
        ),
        exactly("without an answer", verdict.open, 0),
        exactly(
          "refused otherwise than shutting_down",
          verdict.refused - world.senders.reduce((sum, { refusals }) => sum + (refusals.get("shutting_down") ?? 0), 0),
          0,
        ),
        reported(
          "resent",
          world.senders.reduce((sum, { resends }) => sum + resends, 0),
        ),
      ],
    };
  } finally {
    await daemon?.end("SIGKILL");
    await world.end();
  }
}
