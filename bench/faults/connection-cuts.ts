/** [PERF-5]: the connection of the receiver, then of the sender, is cut after each of its first frames, both ways. */
import { setTimeout as sleep } from "node:timers/promises";
import { exactly, type FaultRow } from "./fault-row.ts";
import type { FaultStore } from "./fault-store.ts";
import { FaultWorld } from "./fault-world.ts";
import { FrameCutter, type Cut } from "./frame-cutter.ts";

const LAST_FRAME = 60;
/** A cut that has not come by then is one that cannot come: the run says so. */
const CUT_MS = 10_000;

export async function cutConnections(store: FaultStore, everyNth: number): Promise<FaultRow[]> {
  const rows: FaultRow[] = [];
  for (const victim of ["receiver", "sender"] as const) {
    for (const from of ["broker", "client"] as const) rows.push(await cutOne(store, victim, from, everyNth));
  }
  return rows;
}

async function cutOne(store: FaultStore, victim: "receiver" | "sender", from: Cut["from"], everyNth: number): Promise<FaultRow> {
  const world = await FaultWorld.start({ members: 3, databaseUrl: await store.createDatabase() });
  const cutter = await FrameCutter.start(() => ({ host: "127.0.0.1", port: Number(new URL(world.wsUrl).port) }));
  try {
    const proxied = { proxied: () => `ws://127.0.0.1:${cutter.port}/ws` };
    // Acknowledged often, so that a receiver writes as many frames as it gets.
    const receiver = world.addReceiver("receiver", { ackEveryMs: 1, ...(victim === "receiver" ? proxied : {}) });
    const sender = world.addSender("ada", [receiver.target], { perTick: 4, ...(victim === "sender" ? proxied : {}) });
    const link = victim === "sender" ? sender.link : receiver.link;
    await world.begin();
    let times = 0;
    for (let frames = 1; frames <= LAST_FRAME; frames += everyNth) {
      await link.untilReady();
      const before = cutter.cuts;
      // Every other cut falls into the middle of the next frame.
      cutter.arm({ from, frames, isTorn: frames % 2 === 0 });
      link.lose();
      const deadline = performance.now() + CUT_MS;
      while (cutter.cuts === before && performance.now() < deadline) await sleep(2);
      times++;
    }
    await world.settle();
    const unsettled = await world.unsettled();
    const verdict = world.account.verdict();
    return {
      rule: "PERF-5",
      fault: `${victim} cut after frame 1 to ${LAST_FRAME} ${from === "broker" ? "from" : "to"} the broker`,
      store: store.name,
      times,
      verdict,
      checks: [
        exactly("cuts not made", times - cutter.cuts, 0),
        exactly("without an answer", verdict.open, 0),
        exactly("refused", verdict.refused, 0),
        exactly("unsettled at the end", unsettled, 0),
        ...world.impact(),
      ],
    };
  } finally {
    await world.end();
    await cutter.close();
  }
}
