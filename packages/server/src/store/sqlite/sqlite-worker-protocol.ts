import type { OperationName } from "../operations/operations.ts";
import type { SqliteBatch } from "./sqlite-batch.ts";
import type { SqliteConnectionOptions } from "./sqlite-connection.ts";

/** What a worker is to do. */
export type SqliteWorkerTask = SqliteConnectionOptions & { migrate: boolean };

/** What a worker is started with. `posted` counts the jobs sent, each after it was sent: a blocked thread waits on it. */
export type SqliteWorkerData = SqliteWorkerTask & { posted: Int32Array<SharedArrayBuffer> };

export interface OperationJob {
  kind: "operation";
  name: OperationName;
  args: readonly unknown[];
}

export type SqliteJob =
  | { kind: "commit"; batch: SqliteBatch }
  | { kind: "settle"; meshId: string; seqs: readonly number[]; settledAt: number }
  | OperationJob
  | { kind: "backup"; path: string }
  | { kind: "ping" }
  | { kind: "close" };

export interface JobRequest {
  id: number;
  job: SqliteJob;
}

/** Errors cross the thread as data: classes would not survive the copy. */
export interface JobFailure {
  kind: "unavailable" | "migration" | "defect";
  message: string;
  stack: string | undefined;
}

/** The first reply has id 0 and says whether the worker could open the database. */
export type JobReply = { id: number; value: unknown } | { id: number; failure: JobFailure };
