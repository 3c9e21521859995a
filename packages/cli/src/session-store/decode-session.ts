/**
 * Reads the file of a session [SES-4]: every byte sequence gives a record or a reason, never an exception. It must not
 * know files.
 */
import { isUtf8 } from "node:buffer";
import { parseExactly } from "./parse-exactly.ts";
import type { SessionRecord } from "./session-record.ts";

export type DecodedSession =
  | { readonly ok: true; readonly record: SessionRecord }
  /** `retryable`: what was read is no whole file, so another reading may go better [SES-7]. */
  | { readonly ok: false; readonly reason: string; readonly retryable: boolean };

const newestVersion = 1;

/** @param id the file name without `.json`, which the file must repeat */
export function decodeSession(bytes: Buffer, id: string): DecodedSession {
  if (!isUtf8(bytes)) return unusable("it is not UTF-8", true);
  let value: unknown;
  let text: string;
  try {
    text = bytes.toString("utf8");
    value = JSON.parse(text);
  } catch {
    return unusable("it is not JSON", true);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return unusable("it is not a JSON object");
  const fields = value as Record<string, unknown>;
  const { version } = fields;
  if (Number.isSafeInteger(version) && (version as number) > newestVersion) {
    return unusable(`its version ${String(version)} is newer than ${newestVersion}; update \`parl\``);
  }
  for (const [key, rule] of knownKeys) {
    if (!Object.hasOwn(fields, key)) {
      if (rule.required) return unusable(`\`${key}\` is missing`);
    } else if (!rule.fits(fields[key])) {
      return unusable(`\`${key}\` is not ${rule.expected}`);
    }
  }
  if (fields["session_id"] !== id) return unusable("its `session_id` is not the name of the file");
  const unknown = readUnknown(fields, text);
  if (unknown === undefined) return unusable("an unknown key is nested too deeply to be kept");
  return { ok: true, record: toRecord(fields, unknown) };
}

function unusable(reason: string, retryable = false): DecodedSession {
  return { ok: false, reason, retryable };
}

interface KeyRule {
  readonly required: boolean;
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const isString = (value: unknown): boolean => typeof value === "string";
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const text: KeyRule = {
  required: false,
  expected: "a string or null",
  fits: (value) => value === null || isString(value),
};
const count: KeyRule = { required: false, expected: "an integer of 0 or more", fits: isCount };

const knownKeys: ReadonlyMap<string, KeyRule> = new Map([
  ["session_id", { required: true, expected: "a string", fits: isString }],
  [
    "messages",
    {
      required: true,
      expected: "an array of strings",
      fits: (value) => Array.isArray(value) && value.every(isString),
    },
  ],
  ["input_tokens", { ...count, required: true }],
  ["output_tokens", { ...count, required: true }],
  ["version", { required: false, expected: `${newestVersion}`, fits: (value) => value === newestVersion }],
  ["created_at", text],
  ["updated_at", text],
  ["working_directory", text],
  ["agent", text],
  ["model", text],
  ["agent_session_id", text],
  ["stop_reason", text],
  [
    "usage_source",
    {
      required: false,
      expected: "one of words, agent, none",
      fits: (value) => value === "words" || value === "agent" || value === "none",
    },
  ],
  ["compacted_turns", count],
  ["interrupted_turns", count],
]);

/** Undefined when they could not be written again. */
function readUnknown(fields: Record<string, unknown>, source: string): Record<string, unknown> | undefined {
  if (!Object.keys(fields).some((key) => !knownKeys.has(key))) return {};
  try {
    const exact = Object.entries(parseExactly(source) as Record<string, unknown>);
    // fromEntries, because a key may be `__proto__`, which must stay ordinary data.
    const unknown = Object.fromEntries(exact.filter(([key]) => !knownKeys.has(key)));
    JSON.stringify(unknown);
    return unknown;
  } catch {
    return undefined;
  }
}

/** The fields fit their rules. */
function toRecord(fields: Record<string, unknown>, unknown: Record<string, unknown>): SessionRecord {
  const textOf = (key: string): string | null => (fields[key] as string | null | undefined) ?? null;
  const countOf = (key: string): number => (fields[key] as number | undefined) ?? 0;
  return {
    sessionId: fields["session_id"] as string,
    messages: fields["messages"] as string[],
    inputTokens: countOf("input_tokens"),
    outputTokens: countOf("output_tokens"),
    createdAt: textOf("created_at"),
    updatedAt: textOf("updated_at"),
    workingDirectory: textOf("working_directory"),
    agent: textOf("agent"),
    model: textOf("model"),
    agentSessionId: textOf("agent_session_id"),
    stopReason: textOf("stop_reason"),
    usageSource: (fields["usage_source"] as SessionRecord["usageSource"] | undefined) ?? "words",
    compactedTurns: countOf("compacted_turns"),
    interruptedTurns: countOf("interrupted_turns"),
    unknown,
  };
}
