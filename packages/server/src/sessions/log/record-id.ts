/** Ids of records ([HIST-6]): their own, or a UUID v5 made from the line. */
import { hash } from "node:crypto";
import { parseUuid } from "@parlatory/protocol/remote/text";

const MAX_ID_CHARS = 128;
/** What would make an id several times as long on the wire, where ids are never cut: no id has it. */
const UNFIT = /[\u0000-\u001f\u007f\p{Cs}]/u;

/** The id a record gives itself, as it is compared and sent; undefined when it gives none that can be used. */
export function ownIdOf(uuid: unknown): string | undefined {
  if (typeof uuid !== "string" || uuid === "" || uuid.length > MAX_ID_CHARS) return undefined;
  if (isLowerUuid(uuid)) return uuid;
  return parseUuid(uuid) ?? (UNFIT.test(uuid) ? undefined : uuid);
}

/** Whether it is a UUID as it is to be written, which nearly all ids are. */
function isLowerUuid(text: string): boolean {
  if (text.length !== 36) return false;
  for (let at = 0; at < 36; at++) {
    const unit = text.charCodeAt(at);
    const isDash = at === 8 || at === 13 || at === 18 || at === 23;
    const isRight = isDash ? unit === 0x2d : (unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66);
    if (!isRight) return false;
  }
  return true;
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
