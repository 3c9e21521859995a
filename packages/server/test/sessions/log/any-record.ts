/** Records with what no writer of session files would write, reproducible by a number. */
import { filler } from "./conversation.ts";
import type { Numbers } from "./mutations.ts";

/** Any value at all, in the places where the reader expects certain ones. */
export function anyValue(next: Numbers, depth: number): unknown {
  switch (next(depth > 4 ? 7 : 10)) {
    case 0:
      return null;
    case 1:
      return next(2) === 0;
    case 2:
      return next(1_000) - 500.5;
    case 3:
      return "";
    case 4:
      return filler(next(60), next(100));
    case 5:
      return "\ud800 lone";
    case 6:
      return new Date(next(1e9) * 1_000).toISOString();
    case 7:
      return Array.from({ length: next(4) }, () => anyValue(next, depth + 1));
    default:
      return anyRecord(next, depth + 1);
  }
}

const keys = [
  "type",
  "uuid",
  "parentUuid",
  "message",
  "content",
  "role",
  "text",
  "isMeta",
  "isSidechain",
  "timestamp",
  "attachment",
  "prompt",
  "source",
  "data",
  "media_type",
  "input",
  "name",
  "id",
  "tool_use_id",
  "is_error",
  "usage",
  "input_tokens",
  "output_tokens",
  "stop_reason",
  "cwd",
  "thinking",
  "title",
  "__proto__",
];
export const types = [
  "user",
  "assistant",
  "attachment",
  "system",
  "summary",
  "ai-title",
  "text",
  "tool_use",
  "tool_result",
  "thinking",
  "image",
  "document",
  "queued_command",
];

export function anyRecord(next: Numbers, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Array.from({ length: next(6) }, (): [string, unknown] => {
      const key = keys[next(keys.length)] ?? "";
      return [key, key === "type" && next(3) > 0 ? types[next(types.length)] : anyValue(next, depth)];
    }),
  );
}
