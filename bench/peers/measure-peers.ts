/** Our broker beside other servers, on the same work and in the same run; a server that is not on PATH is left out. */
import type { Lane, Peer, PeerServer } from "./lane.ts";
import { measureLaneLatency, measureLaneRate, type Load } from "./measure-lane.ts";
import { MOSQUITTO } from "./mosquitto-peer.ts";
import { NATS } from "./nats-peer.ts";
import { OURS } from "./our-peer.ts";
import { findProgram } from "./peer-process.ts";
import { REDIS } from "./redis-peer.ts";
import { median, say, type Figure } from "../report.ts";

const ROUNDS = 3;
const FAN_OUT = 100;
const QUICK_SCALE = 0.2;

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

export interface PeerResults {
  figures: Figure[];
  /** What each server calls accepted, and which were not measured. */
  notes: string[];
}

/** `only`: names of programs. Nothing here is a gate: the figures say where the broker stands. */
export async function measurePeers(options: {
  isQuick: boolean;
  only: readonly string[] | undefined;
}): Promise<PeerResults> {
  const scale = options.isQuick ? QUICK_SCALE : 1;
  const running: { peer: Peer; server: PeerServer }[] = [];
  const missing: string[] = [];
  const results = new Map<string, number[]>();
  try {
    for (const peer of [OURS, NATS, MOSQUITTO, REDIS]) {
      const { program } = peer;
      if (program !== undefined && options.only?.includes(program) === false) continue;
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
  return { figures, notes: [...running.map(({ peer }) => `${peer.name}: ${peer.durable}`), ...missing] };
}
