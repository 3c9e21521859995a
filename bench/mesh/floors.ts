/**
 * The two floors of section 21: a WebSocket + JSON echo, and one durable single-row commit in the same store. What they
 * bound has one message in flight, whose parts find a processor and a disk that have rested meanwhile; so the floors are
 * taken in turn, echo and commit, echo and commit. Each back to back takes half of that, and is told beside it.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { WebSocket } from "ws";
import { createBody } from "./load-client.ts";
import { median } from "../report.ts";

const ROUNDS = 1_500;

/** One of what a floor is made of. */
interface Floor {
  run(): Promise<void>;
  close(): Promise<void>;
}

/** Microseconds, p50. */
interface EchoAndCommit {
  echo: number;
  commit: number;
}

export async function measureFloors(
  databaseUrl: string | undefined,
): Promise<{ inTurn: EchoAndCommit; backToBack: EchoAndCommit }> {
  const echo = await startEcho();
  const commit = databaseUrl === undefined ? await openSqlite() : await openPostgres(databaseUrl);
  try {
    const inTurn = await medians([echo, commit]);
    const backToBack = [...(await medians([echo])), ...(await medians([commit]))];
    return { inTurn: toPair(inTurn), backToBack: toPair(backToBack) };
  } finally {
    await commit.close();
    await echo.close();
  }
}

/** Microseconds, p50 of a round trip of one 256-byte-body frame through an echo server in another process. */
export async function measureEcho(): Promise<number> {
  const echo = await startEcho();
  const [us = 0] = await medians([echo]);
  await echo.close();
  return us;
}

function toPair([echo = 0, commit = 0]: readonly number[]): EchoAndCommit {
  return { echo, commit };
}

/** Microseconds of each, taken in turn; the first fifth warms up. */
async function medians(floors: readonly Floor[]): Promise<number[]> {
  const times = floors.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, floor] of floors.entries()) {
      const start = process.hrtime.bigint();
      await floor.run();
      if (round > ROUNDS / 5) times[i]?.push(Number(process.hrtime.bigint() - start) / 1_000);
    }
  }
  return times.map(median);
}

async function startEcho(): Promise<Floor> {
  const child = fork(new URL("./echo-main.ts", import.meta.url), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, "open");
  const frame = { type: "send", id: "1", targetSpec: "a".repeat(64), nonce: "n".repeat(32), ciphertext: createBody(1) };
  return {
    async run() {
      socket.send(JSON.stringify(frame));
      const [data] = (await once(socket, "message")) as [Buffer];
      JSON.parse(data.toString());
    },
    async close() {
      socket.terminate();
      child.disconnect();
      await once(child, "exit");
    },
  };
}

async function openSqlite(): Promise<Floor> {
  const folder = await mkdtemp(join(tmpdir(), "parl-floor-"));
  const database = new DatabaseSync(join(folder, "floor.db"));
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE floor (id INTEGER PRIMARY KEY, body TEXT)",
  );
  const insert = database.prepare("INSERT INTO floor (body) VALUES (?)");
  const body = createBody(1);
  return {
    async run() {
      insert.run(body);
    },
    async close() {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openPostgres(databaseUrl: string): Promise<Floor> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, body text)");
  const values = [createBody(1)];
  return {
    async run() {
      await client.query({ name: "floor", text: "INSERT INTO bench_floor (body) VALUES ($1)", values });
    },
    async close() {
      await client.query("DROP TABLE bench_floor");
      await client.end();
    },
  };
}
