/** What became of a message, in the words of [MCP-6]; never more than is known. */
export interface AcceptedSend {
  readonly to: string;
  readonly mesh: string;
  readonly outcome: "delivered" | "queued";
  readonly reason?: string | undefined;
  readonly message_id?: string | undefined;
  readonly recipients?: number | undefined;
  readonly surfaced?: number | undefined;
  readonly encrypted?: boolean | undefined;
}

const queuedWords: Readonly<Record<string, string>> = {
  not_yet_seen: "it is on its way and not seen yet",
  recipient_working: "the recipient is working and sees it when idle; `--priority now` would interrupt",
  recipient_dnd: "the recipient does not want to be disturbed and sees it later",
  pull_only: "low priority: the recipient sees it when it asks for mail",
  recipient_offline: "the recipient is offline and sees it when it is back",
  backlog: "the recipient has other messages to read first",
  unconfirmed: "the connection was lost before the server answered; it may or may not have been accepted",
};

/** One line for people. */
export function describeSend(send: AcceptedSend): string {
  const { outcome, reason, message_id: id, recipients = 0, surfaced = 0, encrypted } = send;
  const tail = `${encrypted === false ? ", not encrypted" : ""}${id === undefined ? "" : ` (id ${id})`}`;
  if (outcome === "delivered") {
    return `delivered: ${recipients === 1 ? "the recipient has seen it" : `all ${recipients} recipients have seen it`}${tail}`;
  }
  const why =
    reason === "partial"
      ? `${surfaced} of ${recipients} recipients have seen it`
      : (queuedWords[reason ?? ""] ?? "not seen yet");
  return `queued${reason === undefined ? "" : ` (${reason})`}: ${why}${tail}`;
}
