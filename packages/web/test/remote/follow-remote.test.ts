import type { RemoteClient } from "@parlatory/client";
import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { followRemote } from "../../src/remote/follow-remote.ts";
import { remoteKeys } from "../../src/remote/remote-keys.ts";

/** A client that says what the test lets it say. */
function createClient() {
  const listeners = new Map<string, ((value: unknown) => void)[]>();
  const client = {
    on(event: string, listener: (value: unknown) => void) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      return () => undefined;
    },
  } as unknown as RemoteClient;
  const say = (event: string, value?: unknown): void => listeners.get(event)?.forEach((listener) => listener(value));
  return { client, say };
}

function connect(nextCursor: string | null) {
  const queries = new QueryClient();
  const { client, say } = createClient();
  followRemote(client, queries);
  queries.setQueryData(remoteKeys.devices, []);
  say("session_list", { type: "session_list", sessions: [], total_count: 0, has_more: false, next_cursor: nextCursor });
  say("caughtUp");
  const isOld = (key: readonly unknown[]): boolean | undefined => queries.getQueryState(key)?.isInvalidated;
  const answers = { devices: isOld(remoteKeys.devices), sessions: isOld(remoteKeys.sessionList({})) };
  queries.clear();
  return answers;
}

test("a new connection makes old what was asked for before, but not the whole list that it just told", () => {
  expect(connect(null)).toEqual({ devices: true, sessions: false });
});

test("a list of which there is more than the connection told is asked for again, by a longer page", () => {
  expect(connect("50")).toEqual({ devices: true, sessions: true });
});
