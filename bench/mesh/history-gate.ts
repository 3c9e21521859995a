/** [PERF-6]: two hundred thousand settled messages change nothing beyond ten per cent. */
import { median, say, type Figure } from "../report.ts";
import { BrokerProcess, type SeededMesh } from "./broker-process.ts";
import type { GateStore } from "./delivery-gates.ts";
import type { LoadClient } from "./load-client.ts";
import { connect, measureLatency, measureThroughput } from "./measure.ts";

const HISTORY = 200_000;
const ROUNDS = 5;

interface Side {
  broker: BrokerProcess;
  sender: LoadClient;
  receiver: LoadClient;
}

export async function measureHistory(store: GateStore, isQuick: boolean): Promise<Figure[]> {
  const full = await openSide(store);
  let filled = 0;
  while (filled < HISTORY) {
    await measureThroughput(full.sender, full.receiver, 40_000);
    filled += 40_000;
  }
  say(`  ${store.name}: ${filled} messages are in the ledger`);
  const empty = await openSide(store);
  const count = isQuick ? 8_000 : 24_000;
  const rates: number[] = [];
  const latencies: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Alternating order, so that a drift of the machine hits both sides alike.
    const sides = round % 2 === 0 ? [full, empty] : [empty, full];
    const rate = new Map<Side, number>();
    const latency = new Map<Side, number>();
    for (const side of sides) rate.set(side, await measureThroughput(side.sender, side.receiver, count));
    for (const side of sides) latency.set(side, (await measureLatency(side.sender, side.receiver, 500)).p50);
    rates.push((rate.get(full) ?? 0) / (rate.get(empty) ?? 1));
    latencies.push((latency.get(full) ?? 0) / (latency.get(empty) ?? 1));
  }
  for (const side of [full, empty]) {
    await side.sender.close();
    await side.receiver.close();
    await side.broker.stop();
  }
  const rate = median(rates);
  const p50 = median(latencies);
  return [
    {
      rule: "PERF-6",
      name: `throughput with ${HISTORY} settled messages / empty (${store.name})`,
      value: rate,
      unit: "x",
      ratio: rate,
      gate: "ratio >= 0.9",
      pass: rate >= 0.9,
    },
    {
      rule: "PERF-6",
      name: `p50 with ${HISTORY} settled messages / empty (${store.name})`,
      value: p50,
      unit: "x",
      ratio: p50,
      gate: "ratio <= 1.1",
      pass: p50 <= 1.1,
    },
  ];
}

async function openSide(store: GateStore): Promise<Side> {
  const broker = await BrokerProcess.start({ databaseUrl: await store.createDatabase() });
  const mesh: SeededMesh = await broker.seed("bench", 2);
  const side = { broker, sender: await connect(mesh, 0), receiver: await connect(mesh, 1) };
  await measureThroughput(side.sender, side.receiver, 10_000);
  return side;
}
