/** Names on the wire of the remote: UUIDs, times, client session ids ([NAME-3] to [NAME-5]). */
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const clientSessionPattern = /^[A-Za-z0-9._:-]{1,128}$/;

/** The UUID in lower case; undefined for what has not its form. Any version will do. */
export function parseUuid(text: string): string | undefined {
  return uuidPattern.test(text) ? text.toLowerCase() : undefined;
}

/** In lower case when it has the form of a UUID, untouched otherwise. */
export function lowerUuid(text: string): string {
  return parseUuid(text) ?? text;
}

/** The id of a client session as it is compared; undefined for what is none. */
export function parseClientSessionId(text: string): string | undefined {
  return clientSessionPattern.test(text) ? lowerUuid(text) : undefined;
}

/** `2026-03-01T09:00:00.000Z` of milliseconds since the epoch. */
export function toWireTime(ms: number): string {
  return new Date(ms).toISOString();
}
