import { pino, type Logger } from "pino";
import type { Clock, Log } from "../ports.ts";

export interface LogSettings {
  level: "debug" | "info" | "warn" | "error";
  clock: Clock;
  /** Takes each line with its newline; absent: stderr. */
  write?: ((line: string) => void) | undefined;
}

const STDERR = 2;

/** One JSON object per line: `{ts, level, component, msg, …}` ([OBS-2]). */
export function createLog(settings: LogSettings, component: string): Log {
  const destination =
    settings.write === undefined ? pino.destination({ fd: STDERR, sync: true }) : { write: settings.write };
  const logger = pino(
    {
      level: settings.level,
      base: { component },
      messageKey: "msg",
      timestamp: () => `,"ts":"${new Date(settings.clock.now()).toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    destination,
  );
  return toLog(logger);
}

function toLog(logger: Logger): Log {
  return {
    debug: (msg, fields) => logger.debug(plain(fields), msg),
    info: (msg, fields) => logger.info(plain(fields), msg),
    warn: (msg, fields) => logger.warn(plain(fields), msg),
    error: (msg, fields) => logger.error(plain(fields), msg),
  };
}

function plain(fields: Record<string, unknown> | undefined): Record<string, unknown> {
  const entries = Object.entries(fields ?? {}).map(
    ([name, value]) => [name, value instanceof Error ? describeError(value) : value] as const,
  );
  return Object.fromEntries(entries);
}

/** Name, message and where it happened, down the chain of causes; no other property, which could hold a value of a user. */
function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { cause } = error;
  return {
    name: error.name,
    message: error.message,
    ...(depth === 0 && error.stack !== undefined ? { stack: error.stack } : {}),
    ...(cause instanceof Error && depth < 5 ? { cause: describeError(cause, depth + 1) } : {}),
  };
}
