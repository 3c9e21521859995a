/** A store in a directory of its own, in a world whose files and processes the test decides. */
import { randomBytes } from "node:crypto";
import fs, { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandError } from "../../../src/harness/error.ts";
import type { FilePort } from "../../../src/session-store/file-port.ts";
import type { FileSessionStore } from "../../../src/session-store/file-session-store.ts";
import { openSessionStore } from "../../../src/session-store/open-session-store.ts";
import { createProcessWitness, type ProcessWitness } from "../../../src/session-store/process-witness.ts";
import type { SessionRecord } from "../../../src/session-store/session-record.ts";
import type { SessionStore } from "../../../src/session-store/session-store.ts";

export class StoreWorld {
  /** Removed by `close`; the store is below it. */
  readonly root = mkdtempSync(join(tmpdir(), "parl-sessions-"));
  /** Not there before the first save. */
  readonly directory = join(this.root, "sessions");
  /** Time of day, in ms since 1970. */
  nowMs = Date.parse("2026-02-03T04:05:06Z");
  readonly witness: ProcessWitness = createProcessWitness(process.pid);

  /** `sessions` of the root, with some functions of `node:fs`, or the processes, replaced. */
  open(replaced: { files?: Partial<FilePort>; processes?: ProcessWitness; directory?: string } = {}): FileSessionStore {
    return openSessionStore({
      directory: replaced.directory ?? "sessions",
      context: {
        workingDirectory: this.root,
        pid: process.pid,
        now: () => new Date(this.nowMs),
        monotonicMs: () => performance.now(),
        randomBytes,
      },
      files: { ...fs, ...replaced.files },
      processes: replaced.processes ?? this.witness,
    });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Everything in the store's directory, hidden entries too. */
  names(): string[] {
    return readdirSync(this.directory).sort();
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function recordOf(sessionId: string, rest: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sessionId,
    messages: ["first", "second"],
    inputTokens: 3,
    outputTokens: 22,
    createdAt: "2026-02-03T04:05:06Z",
    updatedAt: "2026-02-03T04:05:07Z",
    workingDirectory: "/work",
    agent: "echo",
    model: null,
    agentSessionId: null,
    stopReason: "completed",
    usageSource: "words",
    compactedTurns: 0,
    interruptedTurns: 0,
    unknown: {},
    ...rest,
  };
}

/** Locks, saves, releases. */
export async function saveOnce(store: SessionStore, record: SessionRecord, timeoutMs = 0): Promise<void> {
  const lock = await store.lock(record.sessionId, { timeoutMs });
  try {
    await lock.save(record);
  } finally {
    await lock.release();
  }
}

/** What a failed system call throws. */
export function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: made by the test`), { code, syscall, errno: -1 });
}

/** What a promise was rejected with; it must be a `CommandError`. */
export async function failureOf(work: Promise<unknown>): Promise<CommandError> {
  const { CommandError } = await import("../../../src/harness/error.ts");
  const thrown = await work.then(
    (value) => {
      throw new Error(`expected a failure, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
  if (!(thrown instanceof CommandError)) throw thrown;
  return thrown;
}
