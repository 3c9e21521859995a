/**
 * Our broker beside others, on the same work and in the same run. Nothing here is a gate: the figures say where it stands,
 * and the list of what each one calls accepted says what they are worth.
 *   node bench/peers.ts [--json] [--quick] [--only nats-server,mosquitto,redis-server]
 * A server that is not on PATH is not measured. In the table `value` is ours, `floor` theirs, `ratio` ours / theirs.
 */
import { parseArgs } from "node:util";
import type { Lane, Peer, PeerServer } from "./peers/lane.ts";
import { measureLaneLatency, measureLaneRate, type Load } from "./peers/measure-lane.ts";
import { MOSQUITTO } from "./peers/mosquitto-peer.ts";
import { NATS } from "./peers/nats-peer.ts";
import { OURS } from "./peers/our-peer.ts";
import { findProgram } from "./peers/peer-process.ts";
import { REDIS } from "./peers/redis-peer.ts";
import { median, report, say, type Figure } from "./report.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const only = values.only?.split(",");
const ROUNDS = 3;
const FAN_OUT = 100;
const scale = values.quick ? 0.2 : 1;

interface Work {
  rule: string;
  name: string;
  unit: string;
  receivers: number;
  run: (lane: Lane, part: number) => Promise<number>;
}

function rateOf(rule: string, name: string, unit: string, load: Load): Work {
  const run = (lane: Lane, part: number): Promise<number> =>
    measureLaneRate(lane, { ...load, count: Math.ceil(load.count * part) });
  return { rule, name, unit, receivers: load.receivers, run };
}

const WORKS: Work[] = [
  {
    rule: "PERF-1",
    name: "send to arrival, one in flight, p50",
    unit: "us",
    receivers: 1,
    run: (lane, part) => measureLaneLatency(lane, Math.ceil(1_000 * part)),
  },
  rateOf("PERF-2", "one to one, pipelined", "/s", { count: 20_000, receivers: 1, inFlight: 2_048, maxLag: 4_096 }),
  rateOf("PERF-3", `1 to ${FAN_OUT}`, "deliveries/s", { count: 500, receivers: FAN_OUT, inFlight: 64, maxLag: 512 }),
];

const running: { peer: Peer; server: PeerServer }[] = [];
const missing: string[] = [];
const results = new Map<string, number[]>();
try {
  for (const peer of [OURS, NATS, MOSQUITTO, REDIS]) {
    const { program } = peer;
    if (program !== undefined && only !== undefined && !only.includes(program)) continue;
    const path = program === undefined ? "" : findProgram(program);
    if (path === undefined) missing.push(`not measured: ${program ?? ""} is not on PATH`);
    else running.push({ peer, server: await peer.start(path) });
  }
  for (const work of WORKS) {
    say(work.name);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { peer, server } of running) {
        const lane = await server.openLane(work.receivers);
        await work.run(lane, scale / 5);
        const value = await work.run(lane, scale);
        await lane.close();
        say(`  ${peer.name}: ${Math.round(value)} ${work.unit}`);
        const key = `${work.rule} ${peer.name}`;
        results.set(key, [...(results.get(key) ?? []), value]);
      }
    }
  }
} finally {
  for (const { server } of running) await server.stop();
}

const figures = WORKS.flatMap(({ rule, name, unit }) =>
  running
    .filter(({ peer }) => peer !== OURS)
    .map(({ peer }): Figure => {
      const ours = results.get(`${rule} ${OURS.name}`) ?? [];
      const theirs = results.get(`${rule} ${peer.name}`) ?? [];
      // Each round of ours against the one of theirs beside it.
      const ratio = median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
      const pair = { value: median(ours), floor: median(theirs), ratio };
      return { rule, name: `${name}: ours beside ${peer.name}`, unit, ...pair, gate: "reported", pass: true };
    }),
);
if (values.json) {
  for (const line of missing) say(line);
} else {
  const lines = [...running.map(({ peer }) => `${peer.name}: ${peer.durable}`), ...missing, ""];
  process.stdout.write(`${lines.join("\n")}\n`);
}
report(figures, values.json);
