import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { isSystemError } from "../harness/error.ts";
import { writePrivateFile } from "../config/write-private-file.ts";
import { isInstanceLocked } from "./instance-lock.ts";

/** What a server started by `parl up` says of itself in `PARL_HOME/running.json`. */
export interface RunningServerInfo {
  readonly pid: number;
  /** `http://127.0.0.1:7900`, with the port that was really taken. */
  readonly url: string;
  /** ISO-8601. */
  readonly startedAt: string;
  /** Where its log goes; null for stderr. */
  readonly logPath: string | null;
}

export type ServerState =
  | { readonly name: "stopped" }
  /** It runs and has not said yet where it listens. */
  | { readonly name: "starting" }
  | { readonly name: "running"; readonly info: RunningServerInfo };

const pollMs = 25;

/** Whether the server of this home runs, and where. Errors: `filesystem`. */
export async function readServerState(home: string): Promise<ServerState> {
  if (!isInstanceLocked(home)) return { name: "stopped" };
  const info = await readInfo(home);
  return info === undefined ? { name: "starting" } : { name: "running", info };
}

/** The same, waiting up to `patienceMs` for a server that is just starting. */
export async function awaitServerState(home: string, patienceMs: number): Promise<ServerState> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const state = await readServerState(home);
    if (state.name !== "starting" || waitedMs >= patienceMs) return state;
    await wait(pollMs);
  }
}

/** Resolves with true when the server of this home has ended, with false after `patienceMs`. */
export async function awaitServerEnd(home: string, patienceMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
    if (!isInstanceLocked(home)) return true;
    await wait(pollMs);
  }
  return !isInstanceLocked(home);
}

/** Only the holder of the instance lock may call this. */
export async function writeServerInfo(home: string, info: RunningServerInfo): Promise<void> {
  await writePrivateFile(infoPath(home), `${JSON.stringify(info, null, 2)}\n`);
}

/** Only the holder of the instance lock may call this. */
export async function removeServerInfo(home: string): Promise<void> {
  await rm(infoPath(home), { force: true });
}

function infoPath(home: string): string {
  return join(home, "running.json");
}

async function readInfo(home: string): Promise<RunningServerInfo | undefined> {
  let text: string;
  try {
    text = await readFile(infoPath(home), "utf8");
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ENOENT") return undefined;
    throw cause;
  }
  try {
    const { pid, url, startedAt, logPath } = JSON.parse(text) as Partial<RunningServerInfo>;
    if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || typeof url !== "string" || !URL.canParse(url)) {
      return undefined;
    }
    return { pid: Number(pid), url, startedAt: String(startedAt ?? ""), logPath: logPath ?? null };
  } catch {
    return undefined;
  }
}
