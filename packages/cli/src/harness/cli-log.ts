import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { redactText } from "./redact.ts";

/** Two files of this size at most: one grows, the other is the one before it. */
const maxBytes = 5 * 1024 * 1024;
const maxLineLength = 16_384;

export interface LogEntry {
  readonly at: Date;
  readonly pid: number;
  readonly level: "info" | "warn" | "error";
  readonly msg: string;
  readonly incident?: string;
}

/**
 * Appends one JSON line to `PARL_HOME/logs/cli.log` (0600). The home directory itself is only created for an incident.
 * Never fails: a log that cannot be written must not hide what it was about.
 */
export function appendLog(home: string, entry: LogEntry): void {
  try {
    if (entry.incident === undefined && !existsSync(home)) return;
    const directory = join(home, "logs");
    const file = join(directory, "cli.log");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > maxBytes) renameSync(file, `${file}.1`);
    const line = JSON.stringify({
      ts: entry.at.toISOString(),
      level: entry.level,
      component: "cli",
      pid: entry.pid,
      ...(entry.incident === undefined ? {} : { incident: entry.incident }),
      msg: redactText(entry.msg).slice(0, maxLineLength),
    });
    appendFileSync(file, `${line}\n`, { mode: 0o600 });
  } catch {
    // Nowhere left to say it.
  }
}
