import type { RemoteClient } from "@parlatory/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EarlySession } from "../../src/remote/early-session.ts";
import type { RemoteSession } from "../../src/remote/remote-session.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A client that says what the test lets it say. */
function createEarly() {
  const listeners = new Map<string, Set<(value: unknown) => void>>();
  const client = {
    isCaughtUp: false,
    on(event: string, listener: (value: unknown) => void) {
      const known = listeners.get(event) ?? new Set();
      listeners.set(event, known.add(listener));
      return () => known.delete(listener);
    },
  };
  const session = { client: client as unknown as RemoteClient } as RemoteSession;
  return {
    early: new EarlySession(session),
    client,
    say: (event: string, value?: unknown) => listeners.get(event)?.forEach((listener) => listener(value)),
    listening: () => [...listeners.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

test("the first page waits for the list that comes with the connection", async () => {
  const { early, client, say, listening } = createEarly();
  const arrived = early.arrived(150);
  say("connection", { name: "ready" });
  client.isCaughtUp = true;
  say("caughtUp");
  expect(await arrived).toBe(true);
  expect(listening()).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
});

test("it waits no longer than it may, and not for a server that is not there", async () => {
  const slow = createEarly();
  const late = slow.early.arrived(150);
  vi.advanceTimersByTime(150);
  expect(await late).toBe(false);
  expect(slow.listening()).toBe(0);

  const { early, say } = createEarly();
  const gone = early.arrived(150);
  say("connection", { name: "waiting" });
  expect(await gone).toBe(false);
  expect(vi.getTimerCount()).toBe(0);

  expect(await new EarlySession(undefined).arrived(150)).toBe(false);
});
