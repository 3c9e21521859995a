/**
 * Thread that owns one SQLite connection: the writer's carries out everything that changes the database, strictly in
 * the order asked; the reader's answers queries beside it. It knows rows; it decides nothing about messages.
 * It ends on the job `close` and on nothing else: a failed job is answered, and the next one is tried afresh.
 */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
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

invariant(parentPort !== null, "the SQLite worker must be started as a thread");
const port = parentPort;
const options = workerData as SqliteWorkerData;
const connection = new SqliteConnection(options);

/** Then the thread goes back to its event loop, where the runtime finds time for what it has put off, until a job comes. */
const BLOCKED_MS = 100;
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
  port.postMessage(reply);
}

/** Carries out jobs one after the other, an operation with its awaits included, until none came for a while. */
async function serve(first: JobRequest): Promise<void> {
  for (let request: JobRequest | undefined = first; request !== undefined; request = nextRequest()) {
    const { id, job } = request;
    await answer(id, () => carryOut(job));
    if (job.kind === "close") {
      port.close();
      return;
    }
  }
}

/**
 * The next job, waited for with the thread blocked: a system call wakes it, not a turn of an event loop, which makes the
 * way of a single commit to this thread and back some 35 us shorter of 80 ([PERF-1]).
 */
function nextRequest(): JobRequest | undefined {
  for (;;) {
    // Read before the queue is looked at: a job that comes in between has changed it, and the wait ends at once.
    const posted = Atomics.load(options.posted, 0);
    const received = receiveMessageOnPort(port) as { message: JobRequest } | undefined;
    if (received !== undefined) return received.message;
    if (Atomics.wait(options.posted, 0, posted, BLOCKED_MS) === "timed-out") return undefined;
  }
}

let previous = answer(0, async () => {
  if (options.migrate) migrateSqlite(connection, options.path);
  else connection.prepare("SELECT 1").get();
});
port.on("message", (request: JobRequest) => {
  previous = previous.then(() => serve(request));
});
