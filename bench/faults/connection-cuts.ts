/** [PERF-5]: the connection of the receiver, then of the sender, is cut after each of its first frames, both ways. */
import { setTimeout as sleep } from "node:timers/promises";
import { exactly, type FaultRow } from "./fault-row.ts";
import type { FaultStore } from "./fault-store.ts";
import { FaultWorld } from "./fault-world.ts";
import { FrameCutter, type Cut } from "./frame-cutter.ts";
import type { Link } from "./link.ts";

const LAST_FRAME = 60;
/** A cut that has not come by then is one that cannot come: the run says so. */
const CUT_MS = 10_000;

export async function cutConnections(store: FaultStore, everyNth: number): Promise<FaultRow[]> {
  return [await cutConnectionsOf(store, "receiver", everyNth), await cutConnectionsOf(store, "sender", everyNth)];
}

async function cutConnectionsOf(store: FaultStore, victim: "receiver" | "sender", everyNth: number): Promise<FaultRow> {
  const world = await FaultWorld.start({ members: 2, databaseUrl: await store.createDatabase() });
  const cutter = await FrameCutter.start(() => ({ host: "127.0.0.1", port: Number(new URL(world.wsUrl).port) }));
  try {
    const proxied = { proxied: () => `ws://127.0.0.1:${cutter.port}/ws` };
    // Acknowledged often, so that a receiver writes as many frames as it gets.
    const receiver = world.addReceiver("receiver", { ackEveryMs: 1, ...(victim === "receiver" ? proxied : {}) });
    const sender = world.addSender("ada", [receiver.target], { perTick: 4, ...(victim === "sender" ? proxied : {}) });
    const link = victim === "sender" ? sender.link : receiver.link;
    await world.begin();
    let times = 0;
    for (const from of ["broker", "client"] as const) {
      for (let frames = 1; frames <= LAST_FRAME; frames += everyNth) {
        // Every other cut falls into the middle of the next frame.
        await cutOnce(cutter, link, { from, frames, isTorn: frames % 2 === 0 });
        times++;
      }
    }
    await world.settle();
    const unsettled = await world.unsettled();
    const verdict = world.account.verdict();
    return {
      rule: "PERF-5",
      fault: `connection of the ${victim} cut behind frame 1 to ${LAST_FRAME}, both ways`,
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

/** Makes the client connect once more, through the armed proxy, and waits until that connection was cut. */
async function cutOnce(cutter: FrameCutter, link: Link, cut: Cut): Promise<void> {
  await link.untilReady();
  const before = cutter.cuts;
  cutter.arm(cut);
  link.lose();
  const deadline = performance.now() + CUT_MS;
  while (cutter.cuts === before && performance.now() < deadline) await sleep(2);
}
