/** Ids of records ([HIST-6]): their own, or a UUID v5 made from the line. */
import { hash } from "node:crypto";
import { parseUuid } from "@parlatory/protocol/remote/text";

/** A UUID as it is to be written, which nearly all ids are. */
const LOWER_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_ID_CHARS = 128;
/** What would make an id several times as long on the wire, where ids are never cut: no id has it. */
const UNFIT = /[\u0000-\u001f\u007f\p{Cs}]/u;

/** The id a record gives itself, as it is compared and sent; undefined when it gives none that can be used. */
export function ownIdOf(uuid: unknown): string | undefined {
  if (typeof uuid !== "string" || uuid === "" || uuid.length > MAX_ID_CHARS) return undefined;
  if (LOWER_UUID.test(uuid)) return uuid;
  return parseUuid(uuid) ?? (UNFIT.test(uuid) ? undefined : uuid);
}

/** The id of a line that has none: `earlier` identical lines stand before it. */
export function lineIdOf(sessionId: string, line: Uint8Array, earlier: number): string {
  return uuidV5(sessionId, `${hash("sha256", line, "hex")}:${earlier}`);
}

/** UUID v5 (RFC 9562) of a name in the namespace of another UUID. */
export function uuidV5(namespace: string, name: string): string {
  const bytes = Buffer.from(namespace.replaceAll("-", ""), "hex");
  const digest = hash("sha1", Buffer.concat([bytes, Buffer.from(name, "utf8")]), "buffer");
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80;
  const hex = digest.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
