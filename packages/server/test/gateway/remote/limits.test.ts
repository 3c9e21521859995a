import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FloodGuard } from "../../../src/gateway/remote/flood-guard.ts";
import { RawClient } from "../../support/raw-client.ts";
import { CLIENT, MAIN_KEY, openRemoteWorld, settle, type RemoteWorld } from "../../support/remote/remote-world.ts";
import { SteppedTime } from "../../support/stepped-time.ts";

let world: RemoteWorld;
let time: SteppedTime;

beforeEach(async () => {
  time = new SteppedTime();
  world = await openRemoteWorld({ time });
});
afterEach(() => world.end());

/** A frame of so many bytes that means nothing. */
const frameOf = (bytes: number): string => {
  const empty = JSON.stringify({ type: "ping", x: "" });
  return JSON.stringify({ type: "ping", x: "x".repeat(bytes - empty.length) });
};

describe("what comes in", () => {
  test("[CONN-2] a binary frame closes with 1003", async () => {
    const client = await world.connect();
    client.webSocket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect(await client.closed).toMatchObject({ code: 1003 });
  });

  test("[CONN-2] compression is never negotiated", async () => {
    const client = await RawClient.open(world.url, { perMessageDeflate: true });
    expect(client.webSocket.extensions).toBe("");
    await client.close();
  });

  test("[CONN-2] [RLIM-6] before connect a frame may have 64 KiB, one more byte closes with 1009", async () => {
    const client = await world.open();
    client.send(frameOf(64 * 1024));
    expect(await client.next()).toMatchObject({ type: "pong" });
    client.send(frameOf(64 * 1024 + 1));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  test("[RLIM-6] a large frame of a stranger is not waited for to its end", async () => {
    const client = await world.open();
    const chunk = "x".repeat(16 * 1024);
    // An endless message in fragments.
    const push = (): void => {
      if (client.webSocket.readyState !== client.webSocket.OPEN) return;
      client.webSocket.send(chunk, { fin: false }, () => push());
    };
    push();
    // It is cut, with or without the close frame having been read.
    await vi.waitUntil(async () => {
      await time.advance(500);
      return client.webSocket.readyState === client.webSocket.CLOSED;
    });
    expect([1006, 1009]).toContain((await client.closed).code);
  });

  test("[RLIM-6] after connect a frame may have 32 MiB, one more byte closes with 1009", async () => {
    const client = await world.connect();
    client.send(frameOf(32 * 1024 * 1024));
    expect(await client.next()).toMatchObject({ type: "pong" });
    client.send(frameOf(32 * 1024 * 1024 + 1));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  test("[CONN-13] [RLIM-6] more than 20 frames before connect, or none for 30 s, close with 4408", async () => {
    const hasty = await world.open();
    for (let i = 0; i < 20; i++) hasty.send({ type: "ping" });
    await hasty.collect(20, ({ type }) => type === "pong");
    hasty.send({ type: "ping" });
    expect(await hasty.closed).toMatchObject({ code: 4408 });

    const idle = await world.open();
    const connected = await world.connect();
    await time.advance(29_999);
    expect(idle.webSocket.readyState).toBe(idle.webSocket.OPEN);
    await time.advance(1);
    expect(await idle.closed).toMatchObject({ code: 4408 });
    await settle(connected);
    await connected.close();
  });

  test("[CONN-13] [RLIM-6] 16 sockets of one address may wait for their connect; the next is closed with 4429", async () => {
    const waiting = await Promise.all(Array.from({ length: 16 }, () => world.open()));
    const refused = await RawClient.open(world.url);
    expect(await refused.closed).toMatchObject({ code: 4429 });
    waiting[0]?.send({ type: "connect", session_id: CLIENT, api_key: MAIN_KEY });
    await waiting[0]?.find(({ type }) => type === "connected");
    const next = await world.open();
    await Promise.all([...waiting, next].map((client) => client.close()));
  });

  test("[CONN-13] [RLIM-6] of 256 sockets all are served, the next is closed with 4429 until one leaves", async () => {
    const sockets = [];
    for (let i = 0; i < 256; i++) sockets.push(await world.connect({ session_id: `window-${i}` }));
    const refused = await RawClient.open(world.url);
    expect(await refused.closed).toMatchObject({ code: 4429 });
    await sockets[0]?.close();
    await vi.waitUntil(() => world.endpoint.active === 255);
    sockets[0] = await world.connect();
    await Promise.all(sockets.map((client) => client.close()));
  });

  test("[CONN-10] a socket is pinged every 25 s and terminated after 60 s of silence", async () => {
    const client = await world.connect();
    let pings = 0;
    client.webSocket.on("ping", () => pings++);
    for (let i = 0; i < 10; i++) await time.advance(2_500);
    await vi.waitUntil(() => pings === 1);
    client.webSocket.pause();
    await time.advance(62_500);
    client.webSocket.resume();
    expect(await client.closed).toMatchObject({ code: 1006 });
  });

  test("[CONN-13] a stopping server closes its sockets with 1001 and takes no more", async () => {
    const client = await world.connect();
    world.gateway.stopAccepting();
    await expect(RawClient.open(world.url)).rejects.toThrow("503");
    await settle(client);
    await world.endpoint.close();
    expect(await client.closed).toMatchObject({ code: 1001 });
  });
});

describe("floods", () => {
  test("[RLIM-6] 100 frames a second are taken for ever, a burst too; more for 5 s pause the reading", () => {
    const calm = new FloodGuard();
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 100; i++) expect(calm.note(second * 1_000 + i * 10)).toBe(0);
    }
    for (let i = 0; i < 5_000; i++) expect(calm.note(60_000)).toBe(0);
    const flood = new FloodGuard();
    const pauses: number[] = [];
    for (let second = 0; second < 7; second++) {
      for (let i = 0; i < 200; i++) {
        const pause = flood.note(second * 1_000 + i * 5);
        if (pause > 0) pauses.push(second);
      }
    }
    expect(pauses[0]).toBe(5);
    const quiet = new FloodGuard();
    for (let second = 0; second < 20; second += 2) {
      for (let i = 0; i < 200; i++) expect(quiet.note(second * 1_000)).toBe(0);
    }
  });

  test("[RLIM-6] a flooding socket is read on later, without a frame lost or out of order", async () => {
    const client = await world.connect();
    const send = (from: number, count: number): void => {
      for (let i = 0; i < count; i++) client.send({ type: "ping", correlation_id: `${from + i}` });
    };
    const pongs = (): string[] =>
      client.frames.filter(({ type }) => type === "pong").map((frame) => String(frame["correlation_id"]));
    for (let second = 0; second < 5; second++) {
      send(second * 150, 150);
      await client.collect((second + 1) * 150, ({ type }) => type === "pong");
      await time.advance(1_000);
    }
    // The sixth second: 101 are answered, then nothing more until it is over.
    send(750, 150);
    await client.collect(851, ({ type }) => type === "pong");
    expect(pongs()).toHaveLength(851);
    await time.advance(1_000);
    await client.collect(900, ({ type }) => type === "pong");
    expect(pongs()).toEqual(Array.from({ length: 900 }, (_, i) => String(i)));
    await client.close();
  });

  test("[CONN-9] a socket with hundreds of works under way is read on when they are done", async () => {
    const client = await world.connect();
    const { promise, resolve } = Promise.withResolvers<void>();
    world.runs.before.set("interrupt", () => promise);
    const ids = Array.from({ length: 400 }, (_, i) => `${i}`);
    for (const id of ids) client.send({ type: "interrupt_session", session_id: randomUUID(), correlation_id: id });
    await vi.waitUntil(() => world.runs.calls.length > 256);
    resolve();
    await client.collect(400, ({ type }) => type === "ack");
    await settle(client);
    expect(new Set(client.frames.map((frame) => frame["correlation_id"])).size).toBe(401);
    await client.close();
  });
});
