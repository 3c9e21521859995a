import type { SocketHandlers } from "@parlatory/client";
import { expect, test } from "vitest";
import { ManualClock } from "../../../client/test/support/manual-clock.ts";
import { AheadSocket } from "../../src/remote/ahead/ahead-socket.ts";

const url = "ws://127.0.0.1:7900/remote";
const connect = JSON.stringify({ type: "connect", session_id: "a" });
const hello = JSON.stringify({ type: "hello", protocol: 1 });
const connected = JSON.stringify({ type: "connected" });

/** A socket whose other side is the test. */
function open() {
  const clock = new ManualClock();
  const sent: string[] = [];
  let server: SocketHandlers | undefined;
  let isTerminated = false;
  const ahead = new AheadSocket({
    url,
    connect,
    clock,
    openSocket: (_url, handlers) => {
      server = handlers;
      return {
        send: (text) => void sent.push(text),
        close: (code, reason) => handlers.closed(code, reason),
        terminate: () => {
          isTerminated = true;
          handlers.closed(1006, "");
        },
      };
    },
  });
  if (server === undefined) throw new Error("nothing was opened");
  return { ahead, clock, sent, server, isTerminated: () => isTerminated };
}

/** The app's side. */
function listen() {
  const heard: string[] = [];
  const handlers: SocketHandlers = {
    opened: () => void heard.push("opened"),
    message: (text) => void heard.push(text),
    alive: () => void heard.push("alive"),
    closed: (code) => void heard.push(`closed ${code}`),
  };
  return { heard, handlers };
}

test("[CLIENT-1] connect is sent on hello before the app has come, and not again by the app, which hears all in order", async () => {
  const { ahead, clock, sent, server } = open();
  server.message(hello);
  expect(sent).toEqual([connect]);
  server.message(connected);

  const { heard, handlers } = listen();
  const socket = ahead.take(url, handlers);
  expect(heard).toEqual([]);
  await Promise.resolve();
  expect(heard).toEqual([hello, connected]);
  socket?.send(connect);
  socket?.send("next");
  expect(sent).toEqual([connect, "next"]);

  server.message("later");
  server.alive();
  server.closed(1001, "");
  expect(heard.slice(2)).toEqual(["later", "alive", "closed 1001"]);
  expect(clock.pending).toBe(0);
});

test("[CLIENT-1] an app that comes before the hello says connect itself", async () => {
  const { ahead, sent, server } = open();
  const { heard, handlers } = listen();
  const socket = ahead.take(url, handlers);
  await Promise.resolve();
  server.opened();
  server.message(hello);
  expect(heard).toEqual(["opened", hello]);
  expect(sent).toEqual([]);
  socket?.send(connect);
  expect(sent).toEqual([connect]);
});

test("a server of another protocol is left to the app", async () => {
  const { ahead, sent, server } = open();
  const other = JSON.stringify({ type: "hello", protocol: 2 });
  server.message(other);
  server.message("not JSON");
  expect(sent).toEqual([]);
  const { heard, handlers } = listen();
  ahead.take(url, handlers);
  await Promise.resolve();
  expect(heard).toEqual([other, "not JSON"]);
});

test("an app that says something else does not go on with what was told to another", () => {
  const { ahead, sent, server, isTerminated } = open();
  server.message(hello);
  const { heard, handlers } = listen();
  ahead.take(url, handlers)?.send(JSON.stringify({ type: "connect", session_id: "b" }));
  expect(sent).toEqual([connect]);
  expect(isTerminated()).toBe(true);
  expect(heard).toEqual(["closed 1006"]);
});

test("it is taken once, for its own address, and not when it was lost before", () => {
  const { handlers } = listen();
  const first = open();
  expect(first.ahead.take("ws://127.0.0.1:7901/remote", handlers)).toBeUndefined();
  expect(first.ahead.take(url, handlers)).toBeDefined();
  expect(first.ahead.take(url, handlers)).toBeUndefined();

  const lost = open();
  lost.server.closed(1006, "");
  expect(lost.ahead.take(url, handlers)).toBeUndefined();
  expect(lost.clock.pending).toBe(0);
});

test("it is given up when no app comes for it, and when it would have to keep too much", () => {
  const { handlers } = listen();
  const forgotten = open();
  forgotten.server.message(hello);
  forgotten.clock.advance(30_000);
  expect(forgotten.isTerminated()).toBe(true);
  expect(forgotten.ahead.take(url, handlers)).toBeUndefined();

  const full = open();
  full.server.message(hello);
  full.server.message("x".repeat(4_000_000));
  expect(full.isTerminated()).toBe(false);
  full.server.message("x".repeat(4_000_000));
  expect(full.isTerminated()).toBe(true);
  expect(full.ahead.take(url, handlers)).toBeUndefined();
});
