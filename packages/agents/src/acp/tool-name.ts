import { isRecord, textAt, type JsonRecord } from "../json-fields.ts";

/** The protocol has a title and a kind; the name the model uses is where the agent chose to put it. */
export function toolNameOf(toolCall: object): string {
  const record = toolCall as JsonRecord;
  const meta = isRecord(record["_meta"]) ? Object.values(record["_meta"]).filter(isRecord) : [];
  const ofMeta = meta.map((part) => textAt(part, "toolName")).find((name) => name !== undefined);
  return textAt(record, "name") ?? ofMeta ?? textAt(record, "title") ?? textAt(record, "kind") ?? "";
}
