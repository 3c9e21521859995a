import { once } from "node:events";
import { connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EventStream } from "../../src/http/event-stream.ts";
import type { MeshRow } from "../../src/store/store.ts";
import { EventReader } from "../support/event-reader.ts";
import { HeldTime } from "../support/held-time.ts";
import { openHttpWorld, ADMIN_TOKEN, type HttpWorld } from "../support/http-world.ts";

let world: HttpWorld;
let server: Awaited<ReturnType<HttpWorld["listen"]>>;
let mesh: MeshRow;

beforeAll(async () => {
  world = await openHttpWorld();
  server = await world.listen();
});
afterAll(async () => {
  await server.stop();
  await world.close();
});
beforeEach(async () => {
  mesh = await world.createMesh();
});

const emit = (count: number, filler = "") => {
  for (let n = 0; n < count; n++) {
    world.events.emit(mesh.id, "peer_updated", { n: world.events.lastSeq(mesh.id) + 1, filler });
  }
};

async function open(query = "", headers: Record<string, string> = {}, token = ADMIN_TOKEN): Promise<EventReader> {
  const response = await fetch(`${server.url}/api/v1/meshes/${mesh.slug}/events${query}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  return new EventReader(response.body!);
}

/** Waits for the server to notice something, without a fixed time. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe("the stream", () => {
  test("[HTTP-16] [HTTP-17] begins with stats and a comment, then tells what happens, in snake_case", async () => {
    emit(3);
    const reader = await open();
    await reader.readUntil((events) => events.length > 0);
    expect(reader.comments).toBe(1);
    expect(reader.events).toEqual([
      {
        id: undefined,
        event: "stats",
        data: { peers: 0, connected: 0, idle: 0, working: 0, dnd: 0, members: 0, at: expect.any(String) },
      },
    ]);
    await world.states.write({ mesh: mesh.id, key: "k", value: { innerKey: 1 }, by: { name: "n" } });
    await reader.readUntil((events) => events.length > 1);
    expect(reader.events[1]).toMatchObject({
      id: 4,
      event: "state_change",
      data: { key: "k", value: { innerKey: 1 }, updated_by: "n" },
    });
    await reader.cancel();
    await until(() => world.app.openStreams === 0);
  });

  test("[HTTP-17] a consumer that is cut again and again gets every event once and in order", async () => {
    const seen: number[] = [];
    let last: number | undefined;
    emit(50);
    for (let round = 0; round < 8; round++) {
      const reader = await open(
        last === undefined ? "?since=0" : "?since=0",
        last === undefined ? {} : { "last-event-id": String(last) },
      );
      const wanted = seen.length + 70;
      emit(100);
      await reader.readUntil(() => {
        emit(1);
        return seen.length + reader.numbered.length >= wanted;
      });
      seen.push(
        ...reader.numbered.map(({ id, data }) => {
          expect(data["n"]).toBe(id);
          return id as number;
        }),
      );
      last = seen.at(-1);
      await reader.cancel();
    }
    expect(seen).toEqual(upTo(1, seen.length));
    expect(seen.length).toBeGreaterThan(8 * 70);
  });

  test("[HTTP-17] who starts before the oldest event kept is told the gap first", async () => {
    emit(30);
    await world.commit.drain();
    await world.commit.drain();
    await world.store.purge({
      now: world.clock.now(),
      ledgerMs: 1e12,
      sessionMemoryMs: 1e12,
      replayMemoryMs: 1e12,
      memoryForgottenMs: 1e12,
      messageLogMs: 1e12,
      eventsKeptMs: 1e12,
      eventsKept: 10,
      maxRows: 100_000,
    });
    const reader = await open("?since=5");
    await reader.readUntil(() => reader.numbered.length >= 10);
    const [gap, ...rest] = reader.events.filter(({ event }) => event !== "stats");
    expect(gap).toEqual({ id: undefined, event: "gap", data: { from: 6, to: 20 } });
    expect(rest.map(({ id }) => id)).toEqual(upTo(21, 30));
    const late = await open("", { "last-event-id": "25" });
    await late.readUntil(() => late.numbered.length >= 5);
    expect(late.events.filter(({ event }) => event !== "stats").map(({ id }) => id)).toEqual(upTo(26, 30));
    await Promise.all([reader.cancel(), late.cancel()]);
  });

  test("[MODEL-2] [HTTP-17] events of another mesh are never told", async () => {
    const other = await world.createMesh();
    const reader = await open("?since=0");
    world.events.emit(other.id, "peer_updated", { n: "foreign" });
    emit(1);
    await reader.readUntil(() => reader.numbered.length >= 1);
    expect(reader.numbered).toEqual([{ id: 1, event: "peer_updated", data: { n: 1, filler: "" } }]);
    await reader.cancel();
  });

  test("[HTTP-17] a bad start is refused, and HEAD opens no stream", async () => {
    const before = world.app.openStreams;
    const path = `/api/v1/meshes/${mesh.id}/events`;
    for (const since of ["-1", "x", "1e3"]) {
      expect((await world.call("GET", `${path}?since=${since}`, { token: ADMIN_TOKEN })).status).toBe(400);
    }
    expect((await world.call("GET", path, { token: ADMIN_TOKEN, headers: { "last-event-id": "abc" } })).status).toBe(
      400,
    );
    expect((await world.call("HEAD", path, { token: ADMIN_TOKEN })).status).toBe(200);
    expect(world.app.openStreams).toBe(before);
  });

  test("[HTTP-17] ids go on rising after a restart, and a consumer resumes over it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parl-events-"));
    const first = await openHttpWorld({ directory: folder });
    const { id } = await first.createMesh();
    for (let n = 0; n < 5; n++) first.events.emit(id, "peer_updated", { n });
    await first.close();
    const second = await openHttpWorld({ directory: folder });
    const listener = await second.listen();
    second.events.emit(id, "peer_updated", { n: 5 });
    const response = await fetch(`${listener.url}/api/v1/meshes/${id}/events`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "last-event-id": "3" },
    });
    const reader = new EventReader(response.body!);
    await reader.readUntil(() => reader.numbered.length >= 3);
    expect(reader.numbered.map(({ id: seq, data }) => [seq, data["n"]])).toEqual([
      [4, 3],
      [5, 4],
      [6, 5],
    ]);
    await listener.stop();
    await reader.readUntil(() => false).catch(() => undefined);
    await second.close();
    rmSync(folder, { recursive: true, force: true });
  });
});

describe("its limits", () => {
  function openDirectly(time: HeldTime, options: { after?: number; isStillAllowed?: () => boolean } = {}) {
    const seen = { closed: 0 };
    const stream = new EventStream({
      meshId: mesh.id,
      after: options.after,
      events: world.events,
      commit: world.commit,
      store: world.store,
      clock: world.clock,
      routes: undefined,
      scheduler: time,
      log: world.log,
      stats: () => ({ peers: 1 }),
      isStillAllowed: async () => options.isStillAllowed?.() ?? true,
      onClosed: () => void seen.closed++,
    });
    return { stream, reader: new EventReader(stream.body), seen };
  }

  test("[HTTP-17] stats every 5 s and a comment every 15 s", async () => {
    const time = new HeldTime();
    const { stream, reader } = openDirectly(time);
    await reader.readUntil((events) => events.length >= 1);
    for (let stats = 2; stats <= 8; stats++) {
      const read = reader.readUntil((events) => events.length >= stats);
      await time.advance(5_000);
      await read;
    }
    // 35 s have passed: eight times stats; a comment at the start, after 15 s and after 30 s.
    expect(reader.events.map(({ event }) => event)).toEqual(Array.from({ length: 8 }, () => "stats"));
    expect(reader.comments).toBe(3);
    stream.close();
  });

  test("[HTTP-17] a slow consumer costs no memory and misses nothing: it is served from the store", async () => {
    const { stream, reader } = openDirectly(new HeldTime());
    await reader.readChunk();
    emit(3_000, "x".repeat(2_000));
    await world.commit.drain();
    await reader.readUntil(() => reader.numbered.length >= 1_500);
    emit(1_000);
    await reader.readUntil(() => reader.numbered.length >= 4_000);
    expect(reader.numbered.map(({ id }) => id)).toEqual(upTo(1, 4_000));
    expect(reader.events.every(({ event }) => event !== "gap")).toBe(true);
    stream.close();
  });

  test("[HTTP-17] a consumer that reads nothing at all is closed after a minute or so", async () => {
    const time = new HeldTime();
    const { seen } = openDirectly(time);
    emit(10);
    await time.advance(120_000);
    expect(seen.closed).toBe(1);
  });

  test("[HTTP-4] the stream of a token that was revoked ends", async () => {
    const time = new HeldTime();
    let allowed = true;
    const { reader } = openDirectly(time, { isStillAllowed: () => allowed });
    await reader.readChunk();
    allowed = false;
    const rest = reader.readUntil(() => false);
    await time.advance(15_000);
    await rest;
    expect(reader.isEnded).toBe(true);
  });

  test("[WS-8] the server ends open streams when it stops", async () => {
    const reader = await open();
    await reader.readChunk();
    world.app.endStreams();
    await reader.readUntil(() => false);
    expect(reader.isEnded).toBe(true);
    expect(world.app.openStreams).toBe(0);
  });
});

describe("on a real connection", () => {
  /** Sends raw bytes and reads until the server closes or the text fits. */
  async function exchange(text: string, isEnough: (answer: string) => boolean): Promise<string> {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    let answer = "";
    socket.write(text);
    for await (const chunk of socket) {
      answer += String(chunk);
      if (isEnough(answer)) break;
    }
    socket.destroy();
    return answer;
  }

  test("[LIM-3] a body without a length is cut off at the limit, and one that announces too much is not read", async () => {
    const head = `POST /join HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
    const chunk = `4000\r\n${"x".repeat(0x4000)}\r\n`;
    const isStatus = (answer: string) => answer.includes("\r\n\r\n");
    expect(await exchange(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5)}`, isStatus)).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    expect(await exchange(`${head}Content-Length: 99999999\r\n\r\n{`, isStatus)).toMatch(/^HTTP\/1\.1 413 /);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
  });

  test("[HTTP-3] the Host header of the request counts, also with an absolute target", async () => {
    const isStatus = (answer: string) => answer.includes("\r\n\r\n");
    expect(await exchange("GET /health HTTP/1.1\r\nHost: evil.example.org\r\n\r\n", isStatus)).toMatch(
      /^HTTP\/1\.1 421 /,
    );
    expect(await exchange("GET http://localhost/health HTTP/1.1\r\nHost: evil.example.org\r\n\r\n", isStatus)).toMatch(
      /^HTTP\/1\.1 421 /,
    );
    expect(await exchange("GET /health HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", isStatus)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("[HOOK-7] [INV-6] hooks and joins work over a socket, by the address of the connection", async () => {
    const post = async (path: string, body: string) => {
      const response = await fetch(`${server.url}${path}`, { method: "POST", body });
      return { status: response.status, body: (await response.json()) as unknown };
    };
    expect(await post("/hook/set-status", '{"cwd":"/w","status":"idle"}')).toEqual({
      status: 200,
      body: { ok: true, pending: true },
    });
    expect(await post("/join", "{")).toMatchObject({ status: 400, body: { ok: false, error: "bad_json" } });
  });

  test("[HTTP-10] percent-encoded keys arrive whole over a socket", async () => {
    for (const key of ["a/b", "é😀", "a%2Fb", "x?y#z", "C:\\temp"]) {
      const response = await fetch(`${server.url}/api/v1/meshes/${mesh.id}/state/${encodeURIComponent(key)}`, {
        method: "PUT",
        body: '{"value":1}',
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      });
      expect([response.status, ((await response.json()) as { key: string }).key]).toEqual([200, key]);
    }
    expect((await world.states.list(mesh.id, "")).map(({ key }) => key)).toHaveLength(5);
  });
});
