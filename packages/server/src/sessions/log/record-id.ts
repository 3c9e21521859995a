/** Ids of records ([HIST-6]): their own, or a UUID v5 made from the line; and their prints, eight characters each. */
import { hash } from "node:crypto";
import { parseUuid } from "@parlatory/protocol/remote";

const MAX_ID_CHARS = 128;
/** What would make an id several times as long on the wire, where ids are never cut: no id has it. */
// oxlint-disable-next-line no-control-regex
const UNFIT = /[\u0000-\u001f\u007f\p{Cs}]/u;

/** The id a record gives itself, as it is compared and sent; undefined when it gives none that can be used. */
export function ownIdOf(uuid: unknown): string | undefined {
  if (typeof uuid !== "string" || uuid === "" || uuid.length > MAX_ID_CHARS) return undefined;
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

/** Characters of a print. */
export const PRINT_CHARS = 8;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const pairs = Array.from({ length: 4096 }, (_, i) => `${alphabet[i >> 6]}${alphabet[i & 63]}`);

/**
 * 48 bits of an id as text. Prints of a whole log, one after another, are what is kept of its ids: small enough for the
 * saved index, and enough to say that an id is not there, or where to look.
 */
export function printOf(id: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < id.length; i++) {
    const unit = id.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return `${pairs[high >>> 20]}${pairs[(high >>> 8) & 0xfff]}${pairs[low >>> 20]}${pairs[(low >>> 8) & 0xfff]}`;
}

/** Index of a print in a row of prints, -1 when it is not there. */
export function indexOfPrint(prints: string, print: string): number {
  for (let at = prints.indexOf(print); at !== -1; at = prints.indexOf(print, at + 1)) {
    if (at % PRINT_CHARS === 0) return at / PRINT_CHARS;
  }
  return -1;
}
