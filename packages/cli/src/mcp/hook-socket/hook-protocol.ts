/**
 * What `parl hook deliver` and the `parl mcp` process of its session say to each other: one JSON object a line, two steps.
 *
 *   hook: {op:"deliver", event, status?}     mcp: {output: string|null}
 *   hook: {op:"confirm"}                     mcp: {ok:true}        only after its stdout was flushed ([HOOK-23])
 */
import { hookEvents, type HookRequest } from "../ways-in/hook.ts";

export type HookLine = ({ op: "deliver" } & HookRequest) | { op: "confirm" };

export interface DeliverAnswer {
  /** What the hook prints; `null`: nothing, and nothing is to be confirmed. */
  output: string | null;
}

export const MAX_REQUEST_BYTES = 4_096;
/** 16 KiB of text grow at most sixfold as JSON inside JSON. */
export const MAX_ANSWER_BYTES = 256 * 1024;

/** `undefined` for anything that is no request. */
export function parseHookLine(line: string): HookLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("op" in value)) return undefined;
  if (value.op === "confirm") return { op: "confirm" };
  if (value.op !== "deliver" || !("event" in value)) return undefined;
  const event = hookEvents.find((name) => name === value.event);
  if (event === undefined) return undefined;
  const status = "status" in value ? value.status : undefined;
  return { op: "deliver", event, status: status === "idle" || status === "working" ? status : undefined };
}
