import { quantile } from "../report.ts";
import type { Lane } from "./lane.ts";

/** Microseconds, p50 from writing a message to its arrival, one in flight. */
export async function measureLaneLatency(lane: Lane, count: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const received = Promise.withResolvers<void>();
    const acked = Promise.withResolvers<void>();
    lane.onReceived = received.resolve;
    lane.onAck = acked.resolve;
    lane.onFailed = received.reject;
    const start = process.hrtime.bigint();
    lane.send(i);
    await received.promise;
    if (i >= count / 5) times.push(Number(process.hrtime.bigint() - start) / 1_000);
    lane.onFailed = acked.reject;
    await acked.promise;
  }
  return quantile(times, 0.5);
}

export interface Load {
  count: number;
  receivers: number;
  /** Messages that may wait for their confirmation. */
  inFlight: number;
  /** Messages that the slowest part of the receivers may be behind. */
  maxLag: number;
}

/** Deliveries per second, pipelined, until every message is confirmed and every receiver has it. */
export async function measureLaneRate(lane: Lane, { count, receivers, inFlight, maxLag }: Load): Promise<number> {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  lane.onFailed = reject;
  let sent = 0;
  let acked = 0;
  let received = 0;
  const advance = (): void => {
    while (sent < count && sent - acked < inFlight && sent - received / receivers < maxLag) lane.send(sent++);
    if (acked === count && received === count * receivers) resolve();
  };
  lane.onAck = () => {
    acked++;
    advance();
  };
  lane.onReceived = () => {
    received++;
    if (received % receivers === 0) advance();
  };
  const start = process.hrtime.bigint();
  advance();
  await done;
  return (count * receivers) / (Number(process.hrtime.bigint() - start) / 1e9);
}
