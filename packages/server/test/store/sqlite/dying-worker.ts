import { parentPort } from "node:worker_threads";
import type { JobRequest } from "../../../src/store/sqlite/sqlite-worker-protocol.ts";

// Answers pings, ends without a word when asked for a backup.
parentPort?.postMessage({ id: 0, value: undefined });
parentPort?.on("message", ({ id, job }: JobRequest) => {
  if (job.kind === "backup") process.exit(7);
  parentPort?.postMessage({ id, value: "pong" });
  if (job.kind === "close") parentPort?.close();
});
