import type { RemoteMessageItem } from "@parlatory/protocol/remote";
import type { MessageBlock } from "../../src/conversation/timeline/timeline-row.ts";

export const sessionId = "1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77";

/** A message of a log; what is not named is that of a reply of noon, a minute after the one before. */
export function message(seq: number, fields: Partial<RemoteMessageItem> = {}): RemoteMessageItem {
  return {
    id: `id-${seq}`,
    role: "assistant",
    text: `text ${seq}`,
    timestamp: new Date(Date.UTC(2026, 2, 1, 12, 0, seq)).toISOString(),
    session_id: sessionId,
    seq,
    kind: "reply",
    parent_id: null,
    ...fields,
  };
}

export function prompt(seq: number, fields: Partial<RemoteMessageItem> = {}): RemoteMessageItem {
  return message(seq, { role: "user", kind: "prompt", ...fields });
}

export function call(seq: number, ...ids: string[]): RemoteMessageItem {
  const blocks = ids.map((id): MessageBlock => ({
    type: "tool_use",
    id,
    name: "Bash",
    input: { command: `run ${id}` },
  }));
  return message(seq, { kind: "activity", blocks });
}

export function result(seq: number, ...ids: string[]): RemoteMessageItem {
  const blocks = ids.map((id): MessageBlock => ({
    type: "tool_result",
    tool_use_id: id,
    is_error: false,
    text: `out ${id}`,
  }));
  return message(seq, { role: "user", kind: "tool_result", blocks });
}
