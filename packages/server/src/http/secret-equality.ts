import { hash, timingSafeEqual } from "node:crypto";

/** Compares two secrets in a time that tells nothing about either ([HTTP-2]). */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", expected, "buffer"));
}

/** The token of `Authorization: Bearer …`; undefined when there is none. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
}
