/** What the broker costs as a process: [PERF-8] hellos, [PERF-9] memory, [PERF-10] idle connections, [PERF-14] start. */
import { setTimeout as sleep } from "node:timers/promises";
import { median, say, type Figure } from "../report.ts";
import { BrokerProcess } from "./broker-process.ts";
import type { LoadClient } from "./load-client.ts";
import { createMember } from "./load-client.ts";
import { connect, measureThroughput } from "./measure.ts";

const MEGABYTE = 1e6;

/** The whole of a hello as a broker process carries it out: connection, upgrade, checks, attachment, commit. */
export async function measureAcceptedHellos(): Promise<Figure> {
  const count = 2_000;
  const atOnce = 50;
  const broker = await BrokerProcess.start();
  const mesh = await broker.seed("bench", 1, 10_000);
  const sessions = Array.from({ length: count }, () => createMember());
  const run = async (some: typeof sessions): Promise<void> => {
    for (let i = 0; i < some.length; i += atOnce) {
      const clients = await Promise.all(some.slice(i, i + atOnce).map((session) => connect(mesh, 0, { session })));
      for (const client of clients) client.terminate();
    }
  };
  await run(sessions.slice(0, 300));
  const before = await broker.vitals();
  await run(sessions.slice(300));
  const after = await broker.vitals();
  await broker.stop();
  const value = ((count - 300) / (after.cpuUs - before.cpuUs)) * 1e6;
  return {
    rule: "PERF-8",
    name: "hellos accepted per CPU second: connection, upgrade and commit included",
    value,
    unit: "/s",
    gate: "reported",
    pass: true,
  };
}

/** Fifty peers that talk in pairs. */
export async function measureMemory(): Promise<Figure> {
  const messages = 100_000;
  const peers = 50;
  const broker = await BrokerProcess.start();
  const mesh = await broker.seed("bench", peers);
  const clients: LoadClient[] = [];
  for (let i = 0; i < peers; i++) clients.push(await connect(mesh, i));
  const { rssBytes: atStart } = await broker.vitals();
  for (let sent = 0, pair = 0; sent < messages; sent += 2_000, pair = (pair + 2) % peers) {
    const [sender, receiver] = [clients[pair], clients[pair + 1]];
    if (sender === undefined || receiver === undefined) break;
    await measureThroughput(sender, receiver, 2_000);
  }
  const { rssBytes } = await broker.vitals();
  for (const client of clients) await client.close();
  await broker.stop();
  say(
    `  memory: ${Math.round(atStart / MEGABYTE)} MB with ${peers} peers connected, ${Math.round(rssBytes / MEGABYTE)} MB after ${messages} messages`,
  );
  const value = rssBytes / MEGABYTE;
  return {
    rule: "PERF-9",
    name: `memory with ${peers} peers after ${messages} messages (SQLite)`,
    value,
    unit: "MB",
    gate: "<= 150",
    pass: value <= 150,
  };
}

export async function measureIdle(seconds: number): Promise<Figure[]> {
  const count = 10_000;
  const atOnce = 100;
  const broker = await BrokerProcess.start();
  const mesh = await broker.seed("bench", 1, count + 100);
  const warm = await connect(mesh, 0);
  const { rssBytes: before } = await broker.vitals();
  const clients: LoadClient[] = [];
  let lost = 0;
  for (let i = 0; i < count; i += atOnce) {
    clients.push(...(await Promise.all(Array.from({ length: atOnce }, () => connect(mesh, 0)))));
  }
  for (const client of clients) client.onClosed = () => lost++;
  say(`  ${count} connections are open`);
  await sleep(seconds * 1_000);
  const { rssBytes: after } = await broker.vitals();
  const lostWhileHeld = lost;
  for (const client of clients) client.terminate();
  await warm.close();
  await broker.stop();
  const each = (after - before) / count / 1_024;
  return [
    {
      rule: "PERF-10",
      name: `of ${count} idle connections lost in ${seconds} s`,
      value: lostWhileHeld,
      unit: "",
      gate: "= 0",
      pass: lostWhileHeld === 0,
    },
    { rule: "PERF-10", name: "memory of an idle connection", value: each, unit: "KB", gate: "<= 25", pass: each <= 25 },
  ];
}

/** From starting the process on an existing database to the first accepted hello. */
export async function measureStart(): Promise<Figure> {
  const first = await BrokerProcess.start();
  const mesh = await first.seed("bench", 1);
  const { home } = first;
  await first.stop("stop", false);
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    const broker = await BrokerProcess.start({ home });
    const client = await connect({ ...mesh, wsUrl: `${broker.url.replace("http", "ws")}/ws` }, 0);
    times.push(performance.now() - start);
    await client.close();
    await broker.stop();
  }
  const value = median(times);
  return {
    rule: "PERF-14",
    name: "start on an existing database to the first hello (SQLite)",
    value,
    unit: "ms",
    gate: "<= 1000",
    pass: value <= 1_000,
  };
}
