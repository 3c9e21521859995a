/** The two floors of section 21: a WebSocket + JSON echo, and one durable single-row commit in the same store. */
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

/** Microseconds, p50 of a round trip of one 256-byte-body frame through an echo server in another process. */
export async function measureEcho(): Promise<number> {
  const child = fork(new URL("./echo-main.ts", import.meta.url), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, "open");
  const times: number[] = [];
  const frame = { type: "send", id: "1", targetSpec: "a".repeat(64), nonce: "n".repeat(32), ciphertext: createBody(1) };
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.hrtime.bigint();
    socket.send(JSON.stringify(frame));
    const [data] = (await once(socket, "message")) as [Buffer];
    JSON.parse(data.toString());
    if (i > ROUNDS / 5) times.push(Number(process.hrtime.bigint() - start) / 1_000);
  }
  socket.terminate();
  child.disconnect();
  await once(child, "exit");
  return median(times);
}

/** Microseconds, p50 of one durable single-row commit. */
export async function measureCommit(databaseUrl: string | undefined): Promise<number> {
  return databaseUrl === undefined ? measureSqliteCommit() : measurePostgresCommit(databaseUrl);
}

async function measureSqliteCommit(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "parl-floor-"));
  const database = new DatabaseSync(join(folder, "floor.db"));
  database.exec(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE floor (id INTEGER PRIMARY KEY, body TEXT)",
  );
  const insert = database.prepare("INSERT INTO floor (body) VALUES (?)");
  const body = createBody(1);
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.hrtime.bigint();
    insert.run(body);
    if (i > ROUNDS / 5) times.push(Number(process.hrtime.bigint() - start) / 1_000);
  }
  database.close();
  await rm(folder, { recursive: true, force: true });
  return median(times);
}

async function measurePostgresCommit(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query("CREATE TABLE IF NOT EXISTS bench_floor (id bigserial PRIMARY KEY, body text)");
  const body = createBody(1);
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.hrtime.bigint();
    await client.query({ name: "floor", text: "INSERT INTO bench_floor (body) VALUES ($1)", values: [body] });
    if (i > ROUNDS / 5) times.push(Number(process.hrtime.bigint() - start) / 1_000);
  }
  await client.query("DROP TABLE bench_floor");
  await client.end();
  return median(times);
}
