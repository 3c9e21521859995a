/**
 * Thread that reads session files. It owns nothing: each job names its file and carries what is known of it, and the thread
 * ends when it is told so. Files are read synchronously, which is what the thread is for.
 */
import { parentPort } from "node:worker_threads";
import { countFile } from "./count-file.ts";
import { answerTo, findAncestors, hasRecord } from "./find-records.ts";
import { glanceFile } from "./glance-file.ts";
import type { LogJob, LogJobBatch, LogJobFailure, LogJobOutcome, LogJobReply } from "./log-job.ts";
import { FileChangedError } from "./log-reader.ts";
import { readPage } from "./read-page.ts";
import { scanFile } from "./scan-file.ts";
import { joinSegments, scanSegment } from "./segment-scan.ts";

const port = parentPort;
if (port === null) throw new Error("The reader of session files must be started as a thread");

function carryOut(job: LogJob): unknown {
  switch (job.kind) {
    case "scan":
      return scanFile(job);
    case "segment":
      return scanSegment(job);
    case "join":
      return joinSegments(job.file, job.size, job.segments);
    case "glance":
      return glanceFile(job.file);
    case "count":
      return JSON.stringify(job.files.map(countFile));
    case "page":
      return readPage(job);
    case "ancestors":
      return findAncestors(job.file, job.anchor, job.ids, job.before);
    case "has":
      return hasRecord(job.file, job.anchor, job.id);
    case "answer":
      return answerTo(job.file, job.anchor, job.id);
  }
}

function toFailure(error: unknown): LogJobFailure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof FileChangedError) return { kind: "changed", message, stack };
  const isIo = error instanceof Error && "syscall" in error;
  return { kind: isIo ? "io" : "defect", message, stack };
}

function outcomeOf(job: LogJob): LogJobOutcome {
  try {
    return { value: carryOut(job) };
  } catch (error) {
    return { failure: toFailure(error) };
  }
}

port.on("message", (batch: LogJobBatch | "close") => {
  if (batch === "close") {
    port.close();
    return;
  }
  const reply: LogJobReply = { id: batch.id, outcomes: batch.jobs.map(outcomeOf) };
  port.postMessage(reply);
});
