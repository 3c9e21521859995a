import { randomBytes } from "node:crypto";
import type { SeededMesh } from "./broker-process.ts";
import { createBody, LoadClient, type Member } from "./load-client.ts";
import { quantile } from "../report.ts";

const IN_FLIGHT = 2_048;
const MULTICASTS_IN_FLIGHT = 64;

export async function connect(
  mesh: SeededMesh,
  member: number,
  options: { session?: Member; groups?: { name: string }[]; ackEveryMs?: number } = {},
): Promise<LoadClient> {
  const chosen = mesh.members[member];
  if (chosen === undefined) throw new Error(`the mesh has no member ${member}`);
  return LoadClient.connect({ wsUrl: mesh.wsUrl, meshId: mesh.meshId, member: chosen, ...options });
}

/** Microseconds from writing a send to its push at the receiver, one in flight. */
export async function measureLatency(
  sender: LoadClient,
  receiver: LoadClient,
  count: number,
): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  const body = createBody(1);
  for (let i = 0; i < count; i++) {
    const pushed = new Promise<void>((resolve) => (receiver.onPush = () => resolve()));
    const acked = new Promise<void>((resolve) => (sender.onAck = () => resolve()));
    const start = process.hrtime.bigint();
    sender.send(receiver.session.pubkey, body, String(i));
    await pushed;
    if (i >= count / 5) times.push(Number(process.hrtime.bigint() - start) / 1_000);
    await acked;
  }
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

const PACE_EVERY_MS = 2;

/** How many may have been sent by now at a steady rate; without one, any number. Ticks until `stop`. */
function pace(ratePerSecond: number | undefined, onTick: () => void): { due: () => number; stop: () => void } {
  if (ratePerSecond === undefined) return { due: () => Number.POSITIVE_INFINITY, stop: () => undefined };
  const start = performance.now();
  const timer = setInterval(onTick, PACE_EVERY_MS);
  return { due: () => ((performance.now() - start) / 1_000) * ratePerSecond, stop: () => clearInterval(timer) };
}

/**
 * Messages per second from one sender to one receiver, pipelined, every one acknowledged and received. `ratePerSecond`:
 * sent at that steady rate and not as fast as can be.
 */
export async function measureThroughput(
  sender: LoadClient,
  receiver: LoadClient,
  count: number,
  ratePerSecond?: number,
): Promise<number> {
  const done = Promise.withResolvers<void>();
  let acked = 0;
  let received = 0;
  let sent = 0;
  const run = randomBytes(4).toString("hex");
  const finish = (): void => {
    if (acked === count && received === count) done.resolve();
  };
  const fill = (): void => {
    while (sent < count && sent < paced.due() && sent - acked < IN_FLIGHT && sent - received < 2 * IN_FLIGHT) {
      sender.send(receiver.session.pubkey, createBody(sent), `${run}-${sent}`);
      sent++;
    }
  };
  sender.onAck = (ack) => {
    if (!ack.queued) done.reject(new Error(`a send was refused: ${ack.code ?? ""}`));
    acked++;
    fill();
    finish();
  };
  receiver.onPush = () => {
    received++;
    fill();
    finish();
  };
  const start = process.hrtime.bigint();
  const paced = pace(ratePerSecond, fill);
  fill();
  await done.promise.finally(paced.stop);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  receiver.acknowledgeNow();
  return count / seconds;
}

/**
 * Deliveries per second of one sender's multicasts to all receivers, until the last one is acknowledged as surfaced.
 * `ratePerSecond`: multicasts are sent at that steady rate and not as fast as can be.
 */
export async function measureFanOut(
  sender: LoadClient,
  receivers: readonly LoadClient[],
  count: number,
  ratePerSecond?: number,
): Promise<number> {
  const done = Promise.withResolvers<void>();
  const total = count * receivers.length;
  let received = 0;
  let acked = 0;
  let sent = 0;
  let lastId = "";
  const fill = (): void => {
    while (
      sent < count &&
      sent < paced.due() &&
      sent - acked < MULTICASTS_IN_FLIGHT &&
      sent - received / receivers.length < 512
    ) {
      sender.send("*", createBody(sent), String(sent));
      sent++;
    }
  };
  sender.onAck = (ack) => {
    if (!ack.queued) done.reject(new Error(`a send was refused: ${ack.code ?? ""}`));
    acked++;
    lastId = ack.messageId;
    fill();
    if (received === total && acked === count) done.resolve();
  };
  for (const receiver of receivers) {
    receiver.onPush = () => {
      received++;
      if (received % receivers.length === 0) fill();
      if (received === total && acked === count) done.resolve();
    };
  }
  const start = process.hrtime.bigint();
  const paced = pace(ratePerSecond, fill);
  fill();
  await done.promise.finally(paced.stop);
  for (const receiver of receivers) receiver.acknowledgeNow();
  for (;;) {
    const status = await sender.request("message_status", { messageId: lastId });
    if (status["delivered"] === true) break;
  }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  return total / seconds;
}
