/** Latency, throughput, fan-out and event-loop delay: [PERF-1], [PERF-2], [PERF-3], [PERF-7], [PERF-12]. */
import { setTimeout as sleep } from "node:timers/promises";
import { median, quantile, say, type Figure } from "../report.ts";
import { BrokerProcess, type SeededMesh } from "./broker-process.ts";
import { measureFloors } from "./floors.ts";
import { createBody, type LoadClient } from "./load-client.ts";
import { connect, measureFanOut, measureLatency, measureThroughput } from "./measure.ts";

export interface GateStore {
  name: "SQLite" | "PostgreSQL";
  /** A fresh database for each broker; undefined for SQLite. */
  createDatabase: () => Promise<string | undefined>;
}

const ROUNDS = 3;
const MESSAGES = 40_000;
const MULTICASTS = 2_000;
const RECEIVERS = 100;
const LATENCY_MESSAGES = 1_500;
const MIXED_EVERY_MS = 10;

export async function measureDelivery(store: GateStore, isQuick: boolean): Promise<Figure[]> {
  const databaseUrl = await store.createDatabase();
  const broker = await BrokerProcess.start({ databaseUrl });
  try {
    const mesh = await broker.seed("bench", 3, RECEIVERS + 50);
    const sender = await connect(mesh, 0);
    const receiver = await connect(mesh, 1);
    const figures = [
      ...(await gateLatency(store, databaseUrl, sender, receiver)),
      ...(await gateThroughput(store, broker, mesh, sender, receiver, isQuick)),
      await gateQuietDelivery(store, sender, receiver),
    ];
    await receiver.close();
    if (store.name === "SQLite") figures.push(...(await gateFanOut(broker, mesh, sender, isQuick)));
    await sender.close();
    return figures;
  } finally {
    await broker.stop();
  }
}

async function gateLatency(
  store: GateStore,
  databaseUrl: string | undefined,
  sender: LoadClient,
  receiver: LoadClient,
): Promise<Figure[]> {
  const rounds: { p50: number; floor: number; backToBack: number }[] = [];
  await measureLatency(sender, receiver, LATENCY_MESSAGES);
  for (let round = 0; round < ROUNDS; round++) {
    const { inTurn, backToBack } = await measureFloors(databaseUrl);
    const { p50, p99 } = await measureLatency(sender, receiver, LATENCY_MESSAGES);
    const floors = [inTurn, backToBack].map(({ echo, commit }) => `${Math.round(echo)} + ${Math.round(commit)}`);
    say(
      `  ${store.name} send to push: p50 ${Math.round(p50)} us, p99 ${Math.round(p99)} us; echo + commit ${floors[0]} us, each back to back ${floors[1]} us`,
    );
    rounds.push({ p50, floor: inTurn.echo + inTurn.commit, backToBack: backToBack.echo + backToBack.commit });
  }
  const value = median(rounds.map(({ p50 }) => p50));
  const ratio = median(rounds.map(({ p50, floor }) => p50 / floor));
  const name = `durable send to push, one in flight, p50 (${store.name})`;
  return [
    {
      rule: "PERF-1",
      name,
      value,
      unit: "us",
      floor: median(rounds.map(({ floor }) => floor)),
      ratio,
      gate: "ratio <= 2.5",
      pass: ratio <= 2.5,
    },
    {
      rule: "PERF-1",
      name: "the same beside floors taken back to back",
      value,
      unit: "us",
      floor: median(rounds.map(({ backToBack }) => backToBack)),
      ratio: median(rounds.map(({ p50, backToBack }) => p50 / backToBack)),
      gate: "reported",
      pass: true,
    },
  ];
}

async function gateThroughput(
  store: GateStore,
  broker: BrokerProcess,
  mesh: SeededMesh,
  sender: LoadClient,
  receiver: LoadClient,
  isQuick: boolean,
): Promise<Figure[]> {
  const least = store.name === "SQLite" ? 20_000 : 15_000;
  const count = isQuick ? MESSAGES / 4 : MESSAGES;
  await measureThroughput(sender, receiver, count / 4);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rates.push(await measureThroughput(sender, receiver, count));
    say(`  ${store.name} one to one: ${Math.round(rates.at(-1) ?? 0)} messages/s`);
  }
  const value = median(rates);
  const figures: Figure[] = [
    {
      rule: "PERF-2",
      name: `durable messages one to one, pipelined (${store.name})`,
      value,
      unit: "/s",
      gate: `>= ${least}`,
      pass: value >= least,
    },
  ];
  if (store.name === "SQLite") {
    const load = { name: `one to one at ${least} messages/s`, broker, mesh };
    figures.push(
      await gateLoopDelay({ ...load, isGated: true }, () => measureThroughput(sender, receiver, count, least)),
      await gateLoopDelay({ ...load, name: "one to one at full speed", isGated: false }, () =>
        measureThroughput(sender, receiver, count),
      ),
    );
  }
  return figures;
}

async function gateFanOut(
  broker: BrokerProcess,
  mesh: SeededMesh,
  sender: LoadClient,
  isQuick: boolean,
): Promise<Figure[]> {
  const receivers: LoadClient[] = [];
  for (let i = 0; i < RECEIVERS; i++) receivers.push(await connect(mesh, 2));
  const count = isQuick ? MULTICASTS / 4 : MULTICASTS;
  await measureFanOut(sender, receivers, count / 4);
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rates.push(await measureFanOut(sender, receivers, count));
    say(`  1 to ${RECEIVERS}: ${Math.round(rates.at(-1) ?? 0)} deliveries/s`);
  }
  const value = median(rates);
  const load = { name: `1 to ${RECEIVERS} at 100000 deliveries/s`, broker, mesh };
  const delays = [
    await gateLoopDelay({ ...load, isGated: true }, () => measureFanOut(sender, receivers, count, 100_000 / RECEIVERS)),
    await gateLoopDelay({ ...load, name: `1 to ${RECEIVERS} at full speed`, isGated: false }, () =>
      measureFanOut(sender, receivers, count),
    ),
  ];
  for (const receiver of receivers) await receiver.close();
  return [
    {
      rule: "PERF-3",
      name: `1 to ${RECEIVERS} multicast, to surfaced (SQLite)`,
      value,
      unit: "deliveries/s",
      gate: ">= 100000",
      pass: value >= 100_000,
    },
    ...delays,
  ];
}

interface LoopLoad {
  name: string;
  broker: BrokerProcess;
  mesh: SeededMesh;
  /** False at full speed: there the clients fill what the broker leaves of two cores, so that it also waits for a core. */
  isGated: boolean;
}

/** The broker's event loop under a load, with one recall and one state write every ten milliseconds beside it. */
async function gateLoopDelay({ name, broker, mesh, isGated }: LoopLoad, load: () => Promise<unknown>): Promise<Figure> {
  const beside = await connect(mesh, 0);
  for (let i = 0; i < 200; i++) {
    await beside.request("remember", { content: `note ${i} about caching builds and deploys` });
  }
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await broker.resetLoopDelay();
    let isRunning = true;
    const mixed = (async () => {
      for (let i = 0; isRunning; i++) {
        await Promise.all([
          beside.request("recall", { query: "caching" }),
          beside.request("set_state", { key: `k${i % 10}`, value: i }),
          sleep(MIXED_EVERY_MS),
        ]);
      }
    })();
    await load();
    isRunning = false;
    await mixed;
    rounds.push((await broker.vitals()).loopDelayP99Ms);
  }
  await beside.close();
  const value = median(rounds);
  return {
    rule: "PERF-7",
    name: `event-loop delay p99 under ${name}, recall and state beside`,
    value,
    unit: "ms",
    gate: isGated ? "<= 10" : "reported",
    pass: !isGated || value <= 10,
  };
}

async function gateQuietDelivery(store: GateStore, sender: LoadClient, receiver: LoadClient): Promise<Figure> {
  const count = 200;
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const pushed = new Promise<void>((resolve) => (receiver.onPush = () => resolve()));
    const start = performance.now();
    sender.send(receiver.session.pubkey, createBody(i), String(i));
    await pushed;
    times.push(performance.now() - start);
    await sleep(15);
  }
  const late = times.filter((time) => time > 100).length;
  say(`  ${store.name} quiet broker: slowest of ${count} ${quantile(times, 1).toFixed(1)} ms`);
  return {
    rule: "PERF-12",
    name: `pushed within 100 ms on a quiet broker (${store.name})`,
    value: count - late,
    unit: `of ${count}`,
    gate: `= ${count}`,
    pass: late === 0,
  };
}
