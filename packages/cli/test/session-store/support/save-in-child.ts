/**
 * A process that saves. `node save-in-child.ts ROOT SESSION until-killed` saves again and again until SIGKILL ends it, before
 * or within some file call of the first saves. `… WRITERS`: says `ready`, and when stdin says so, that many writers save the
 * session at once, each a session of its own too; the outcomes are printed.
 */
import { randomBytes, randomInt } from "node:crypto";
import fs, { writeSync } from "node:fs";
import { CommandError } from "../../../src/harness/error.ts";
import type { FilePort } from "../../../src/session-store/file-port.ts";
import { openSessionStore } from "../../../src/session-store/open-session-store.ts";
import { countedRecord } from "./counted-record.ts";

const [root = "", sessionId = "", mode = ""] = process.argv.slice(2);
/** The default of the commands. */
const timeoutMs = 2000;
/** More than the file calls of two saves, fewer than those of three. */
const maxCallsSurvived = 75;

/** The real files, up to a random call that is the last thing this process does; of a write it may do a part. */
function deadlyFiles(): FilePort {
  let callsLeft = randomInt(maxCallsSurvived);
  const die = (): void => {
    process.kill(process.pid, "SIGKILL");
  };
  const wrapped = Object.entries(fs).map(([name, value]: [string, unknown]) => {
    if (typeof value !== "function" || !name.endsWith("Sync")) return [name, value];
    const call = (...args: unknown[]): unknown => {
      callsLeft -= 1;
      if (callsLeft < 0) {
        const [descriptor, data] = args;
        const text = String(data);
        if (name === "writeFileSync") writeSync(descriptor as number, text.slice(0, randomInt(text.length)));
        die();
      }
      return Reflect.apply(value, fs, args);
    };
    return [name, call];
  });
  return Object.fromEntries(wrapped) as FilePort;
}

const store = openSessionStore({
  files: mode === "until-killed" ? deadlyFiles() : fs,
  directory: "sessions",
  context: {
    workingDirectory: root,
    pid: process.pid,
    now: () => new Date(),
    monotonicMs: () => performance.now(),
    randomBytes,
  },
});

async function save(id: string, count: number): Promise<string> {
  try {
    const lock = await store.lock(id, { timeoutMs });
    await lock.save(countedRecord(id, count));
    await lock.release();
    return "saved";
  } catch (thrown) {
    return thrown instanceof CommandError ? thrown.kind : String(thrown);
  }
}

if (mode === "until-killed") {
  const first = Number(process.argv[5]);
  for (let count = first; ; count += 1) {
    const outcome = await save(sessionId, count);
    if (outcome !== "saved") throw new Error(outcome);
  }
}

writeSync(1, "ready\n");
process.stdin.once("data", () => {
  const counts = Array.from({ length: Number(mode) }, (_, index) => process.pid * 100 + index);
  const saves = counts.map(async (count) => ({
    count,
    shared: await save(sessionId, count),
    own: await save(`own-${count}`, count),
  }));
  void Promise.all(saves).then((outcomes) => {
    writeSync(1, `${JSON.stringify(outcomes)}\n`);
    process.exit();
  });
});
