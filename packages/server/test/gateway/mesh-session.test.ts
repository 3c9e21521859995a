import { expect, test } from "vitest";
import type { Connection } from "../../src/gateway/connection.ts";
import type { GatewayMetrics } from "../../src/gateway/gateway-metrics.ts";
import { Intake } from "../../src/gateway/intake.ts";
import { MeshSession } from "../../src/gateway/mesh-session.ts";

/** A session whose turn is full, so that its frames wait. */
function createWaitingSession() {
  const errors: string[] = [];
  const scheduler = { after: () => () => undefined, soon: () => undefined };
  const intake = new Intake(scheduler);
  intake.note(1_000_000);
  const session = new MeshSession({
    connection: { start: () => undefined, send: () => undefined, pause: () => undefined } as unknown as Connection,
    services: () => undefined,
    clock: { now: () => 0 },
    scheduler,
    metrics: { error: (code: string) => errors.push(code) } as unknown as GatewayMetrics,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    intake,
    helloTimeoutMs: 1_000,
    onSettled: () => undefined,
  });
  session.start();
  session.onFrame(Buffer.from('{"type":"list_peers"}'), false);
  return { session, errors };
}

test("frames that wait for the next turn are carried out when the client leaves before it", () => {
  const { session, errors } = createWaitingSession();
  expect(session.waitingFrames).toBe(1);
  expect(errors).toEqual([]);
  session.onEnd(false, false);
  expect(errors).toEqual(["no_hello"]);
  expect(session.waitingFrames).toBe(0);
});

test("of a connection that we ended nothing more is carried out", () => {
  const { session, errors } = createWaitingSession();
  session.onEnd(false, true);
  expect(errors).toEqual([]);
  expect(session.waitingFrames).toBe(0);
});
