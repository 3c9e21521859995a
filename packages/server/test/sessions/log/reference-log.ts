/** The log of a session file by the letter of the contract, with no thought for speed: what the reader is compared with. */
import { createHash } from "node:crypto";
import { uuidV5 } from "../../../src/sessions/log/record-id.ts";

export interface ReferenceMessage {
  readonly id: string;
  readonly seq: number;
  readonly role: string;
  readonly timestamp: number;
  readonly parentId: string | null;
  readonly content: unknown;
}

type Fields = Record<string, unknown>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function referenceLog(
  file: Buffer,
  sessionId: string,
  mtimeMs: number,
): { messages: ReferenceMessage[]; skipped: number } {
  const messages: ReferenceMessage[] = [];
  const ids = new Set<string>();
  const seenLines = new Map<string, number>();
  const parents = new Map<string, string | null>();
  let skipped = 0;
  for (const line of splitLines(file)) {
    const text = line.toString("utf8");
    if (text.trim() === "") continue;
    let record: Fields;
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("no object");
      record = value as Fields;
    } catch {
      skipped++;
      continue;
    }
    const content = contentOf(record);
    const own = idIn(record["uuid"]);
    const parent = idIn(record["parentUuid"]) ?? null;
    if (content === undefined) {
      if (own !== undefined && !parents.has(own)) parents.set(own, nearest(parent, ids, parents));
      continue;
    }
    let id = own;
    if (id === undefined) {
      const hash = createHash("sha256").update(line).digest("hex");
      const earlier = seenLines.get(hash) ?? 0;
      seenLines.set(hash, earlier + 1);
      id = uuidV5(sessionId, `${hash}:${earlier}`);
    }
    if (ids.has(id)) continue;
    const time = typeof record["timestamp"] === "string" ? Date.parse(record["timestamp"]) : Number.NaN;
    const timestamp = Number.isNaN(time) ? (messages.at(-1)?.timestamp ?? Math.floor(mtimeMs)) : time;
    const role = record["type"] === "assistant" ? "assistant" : "user";
    const parentId = nearest(parent, ids, parents);
    ids.add(id);
    messages.push({ id, seq: messages.length + 1, role, timestamp, parentId, content });
  }
  return { messages, skipped };
}

function nearest(id: string | null, ids: Set<string>, parents: Map<string, string | null>): string | null {
  if (id === null) return null;
  return ids.has(id) ? id : (parents.get(id) ?? null);
}

function contentOf(record: Fields): unknown {
  if (record["isSidechain"] === true || record["isMeta"] === true) return undefined;
  if (record["type"] === "attachment") {
    const attachment = record["attachment"] as Fields | undefined;
    return attachment?.["type"] === "queued_command" ? attachment["prompt"] : undefined;
  }
  if (record["type"] !== "user" && record["type"] !== "assistant") return undefined;
  const message = record["message"];
  if (typeof message !== "object" || message === null) return undefined;
  const { content } = message as Fields;
  return typeof content === "string" || Array.isArray(content) ? content : undefined;
}

function idIn(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "" || value.length > 128) return undefined;
  return uuid.test(value) ? value.toLowerCase() : value;
}

function splitLines(file: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = file.indexOf(10); end !== -1; end = file.indexOf(10, start)) {
    lines.push(file.subarray(start, end));
    start = end + 1;
  }
  return lines;
}
