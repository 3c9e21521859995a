import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";

type HistoryFields = Omit<RemoteServerMessageOf<"session_history">, "type" | "session_id" | "messages">;
type UpdatedFields = Omit<RemoteServerMessageOf<"session_updated">, "type" | "session_id" | "messages">;

/** A frame of messages that are written already, in two parts around them. */
export interface MessagesEnvelope {
  readonly head: string;
  readonly tail: string;
  readonly bytes: number;
}

export function historyEnvelope(sessionId: string, fields: HistoryFields): MessagesEnvelope {
  return envelope("session_history", sessionId, fields);
}

export function updatedEnvelope(sessionId: string, fields: UpdatedFields): MessagesEnvelope {
  return envelope("session_updated", sessionId, fields);
}

/** The whole frame; `items` oldest first. */
export function fillEnvelope({ head, tail }: MessagesEnvelope, items: readonly { readonly json: string }[]): string {
  return `${head}${items.map(({ json }) => json).join(",")}${tail}`;
}

function envelope(type: string, sessionId: string, fields: object): MessagesEnvelope {
  const opening = JSON.stringify({ type, session_id: sessionId });
  const head = `${opening.slice(0, -1)},"messages":[`;
  const tail = `],${JSON.stringify(fields).slice(1)}`;
  return { head, tail, bytes: Buffer.byteLength(head) + Buffer.byteLength(tail) };
}
