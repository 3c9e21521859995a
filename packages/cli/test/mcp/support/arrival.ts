import type { ArrivedMessage, InboxEntry } from "../../../src/mcp/inbox.ts";

/** A message as it arrived; `surfacedIds` collects what was settled. */
export function arrival(id: string, more: Partial<ArrivedMessage> = {}, surfacedIds: string[] = []): ArrivedMessage {
  return {
    messageId: id,
    senderName: "ada",
    senderPubkey: "ab".repeat(32),
    kind: "direct",
    text: `text of ${id}`,
    priority: "next",
    sentAt: "2026-01-02T03:04:05.678Z",
    targetSpec: undefined,
    replyTo: undefined,
    subtype: undefined,
    encrypted: true,
    signed: true,
    unverifiedReason: undefined,
    surfaced: () => void surfacedIds.push(id),
    ...more,
  };
}

export function entryOf(message: ArrivedMessage, more: Partial<InboxEntry> = {}): InboxEntry {
  return { message, meshId: "m1", meshSlug: "team", digest: false, possiblySeen: false, noticed: false, ...more };
}
