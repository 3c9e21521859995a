/**
 * Thread that owns one SQLite connection: the writer's carries out everything that changes the database, strictly in
 * the order asked; the reader's answers queries beside it. It knows rows; it decides nothing about messages.
 * It ends on the job `close` and on nothing else: a failed job is answered, and the next one is tried afresh.
 */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "@parlatory/protocol";
import type { Operation } from "../operations/operation.ts";
import { OPERATIONS } from "../operations/operations.ts";
import { StoreMigrationError } from "../store-errors.ts";
import { migrateSqlite } from "./migrate-sqlite.ts";
import { commitBatch, settleMessages } from "./sqlite-commit.ts";
import { SqliteConnection } from "./sqlite-connection.ts";
import { refusal, spoilsConnection } from "./sqlite-errors.ts";
import { createSqliteSql } from "./sqlite-sql.ts";
import type {
  JobFailure,
  JobReply,
  JobRequest,
  OperationJob,
  SqliteJob,
  SqliteWorkerData,
} from "./sqlite-worker-protocol.ts";

const port = parentPort;
invariant(port !== null, "the SQLite worker must be started as a thread");
const options = workerData as SqliteWorkerData;
const connection = new SqliteConnection(options);
const sql = createSqliteSql(connection);

async function carryOut(job: SqliteJob): Promise<unknown> {
  switch (job.kind) {
    case "commit":
      return commitBatch(connection, job.batch);
    case "settle":
      return settleMessages(connection, job.meshId, job.seqs, job.settledAt);
    case "operation":
      return operate(job);
    case "backup":
      return backUp(job.path);
    case "ping":
      return ping();
    case "close":
      return connection.close();
  }
}

async function operate({ name, args }: OperationJob): Promise<unknown> {
  const operation = OPERATIONS[name] as Operation<readonly unknown[], unknown>;
  connection.begin();
  try {
    const result = await operation.run(sql, ...args);
    connection.commit();
    return result;
  } catch (error) {
    connection.rollback();
    throw error;
  }
}

/** A reader reads; a writer writes, because a full disk can still be read. */
function ping(): void {
  connection.transaction(() => {
    if (options.role === "writer") connection.prepare("UPDATE write_probe SET writes = writes + 1").run();
    else connection.prepare("SELECT writes FROM write_probe").get();
  });
}

function backUp(path: string): void {
  // Created first, so that the copy is never readable by others; SQLite takes an empty file as its target.
  closeSync(openSync(path, "wx", 0o600));
  connection.prepare("VACUUM INTO ?").run(path);
  const copy = openSync(path, "r+");
  fsyncSync(copy);
  closeSync(copy);
}

function toFailure(error: unknown): JobFailure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const reason = refusal(error);
  if (reason !== undefined) return { kind: "unavailable", message: `${reason} (${message}): ${options.path}`, stack };
  return { kind: error instanceof StoreMigrationError ? "migration" : "defect", message, stack };
}

async function answer(id: number, work: () => Promise<unknown>): Promise<void> {
  let reply: JobReply;
  try {
    reply = { id, value: await work() };
  } catch (error) {
    if (spoilsConnection(error)) connection.abandon();
    reply = { id, failure: toFailure(error) };
  }
  port?.postMessage(reply);
}

/** An operation has awaits in it, so the next job must be held back until it is done. */
let previous = answer(0, async () => {
  if (options.migrate) migrateSqlite(connection, options.path);
  else connection.prepare("SELECT 1").get();
});
port.on("message", ({ id, job }: JobRequest) => {
  previous = previous.then(async () => {
    await answer(id, () => carryOut(job));
    if (job.kind === "close") port.close();
  });
});
