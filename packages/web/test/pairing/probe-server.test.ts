import type { OpenSocket, SocketHandlers } from "@parlatory/client";
import { expect, test } from "vitest";
import { probeServer, type ProbeOptions } from "../../src/pairing/probe-server.ts";

/** A server that the test speaks for. */
function scripted() {
  const seen = { url: "", sent: [] as unknown[], isClosed: false };
  let handlers: SocketHandlers | undefined;
  const openSocket: OpenSocket = (url, given) => {
    seen.url = url;
    handlers = given;
    return {
      send: (text) => void seen.sent.push(JSON.parse(text)),
      close: () => void (seen.isClosed = true),
      terminate: () => void (seen.isClosed = true),
    };
  };
  const say = (frame: unknown): void => handlers?.message(typeof frame === "string" ? frame : JSON.stringify(frame));
  return { seen, openSocket, say, drop: () => handlers?.closed(1006, "") };
}

function probe(openSocket: OpenSocket, extra: Partial<ProbeOptions> = {}) {
  return probeServer({ openSocket, origin: "http://parl.example", signal: new AbortController().signal, ...extra });
}
const key = { apiKey: "secret", clientSessionId: "c1" };

test("[AUTH-9] a server without authentication tells so in its first frame", async () => {
  const { seen, openSocket, say } = scripted();
  const result = probe(openSocket);
  say({ type: "hello", auth_version: 0 });
  expect(await result).toBe("open");
  expect(seen).toMatchObject({ url: "ws://parl.example/remote", sent: [], isClosed: true });
});

test("[AUTH-1] a key is tried in connect only, and the connection is left at once", async () => {
  for (const [answer, expected] of [
    ["connected", "key_accepted"],
    ["auth_error", "key_refused"],
  ] as const) {
    const { seen, openSocket, say } = scripted();
    const result = probe(openSocket, { key });
    say({ type: "hello", auth_version: 1 });
    say({ type: answer });
    expect(await result).toBe(expected);
    expect(seen.sent).toEqual([{ type: "connect", session_id: "c1", api_key: "secret" }]);
    expect(seen.url).not.toContain("secret");
    expect(seen.isClosed).toBe(true);
  }
});

test("[AUTH-1] without a key one only learns that one is needed; what is no frame is passed over", async () => {
  const { seen, openSocket, say } = scripted();
  const result = probe(openSocket);
  say("no frame");
  say({ type: "hello", auth_version: 1 });
  expect(await result).toBe("closed");
  expect(seen.sent).toEqual([]);
});

test("a server that is away, or silent until the caller gives up, is unreachable", async () => {
  const away = scripted();
  const lost = probe(away.openSocket);
  away.drop();
  expect(await lost).toBe("unreachable");
  const giveUp = new AbortController();
  const silent = scripted();
  const unanswered = probe(silent.openSocket, { signal: giveUp.signal });
  giveUp.abort();
  expect(await unanswered).toBe("unreachable");
  expect(silent.seen.isClosed).toBe(true);
});
