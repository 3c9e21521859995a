/**
 * The one place where secrets leave output [ENV-12]: URL user-info and fragments, secret query parameters, and the token
 * of an invite link (it holds the root key of a mesh). What is the caller's own is marked `verbatim` in the definition.
 */
import type { PayloadField } from "./command.ts";

// The scheme is bounded, or a long run of letters without one would take the square of its length; of a longer scheme the
// end is found, which is all that replacing needs.
const url = /[a-z][a-z0-9+.-]{0,31}:\/\/[^\s"'<>`]+/giu;
const userInfo = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/iu;
const secretParameter = /([?&](?:token|key|secret|password)=)[^&#]+/giu;
const inviteToken = /(\/join\/)[A-Za-z0-9_-]{21,}/gu;
const fragment = /#.+$/u;

/** Replaces every secret inside the URLs of a text by `***`. */
export function redactText(text: string): string {
  if (!text.includes("://")) return text;
  return text.replace(url, (found) =>
    found
      .replace(userInfo, "$1***@")
      .replace(secretParameter, "$1***")
      .replace(inviteToken, "$1***")
      .replace(fragment, "#***"),
  );
}

/** A deep copy with all strings redacted, except below the keys of `verbatimKeys`. */
export function redactValue(value: unknown, verbatimKeys: readonly string[] = []): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => redactValue(item, verbatimKeys));
  if (value === null || typeof value !== "object") return value;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    // defineProperty: a caller's key may be `__proto__`, which must stay ordinary data.
    Object.defineProperty(copy, key, {
      value: verbatimKeys.includes(key) ? item : redactValue(item, verbatimKeys),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return copy;
}

/** Redacts a payload as its fields say and puts its keys into their order [ENV-2]; keys that are undefined fall away. */
export function arrangePayload(payload: object, fields: readonly PayloadField[]): Record<string, unknown> {
  const values = new Map<string, unknown>(Object.entries(payload));
  const arranged: Record<string, unknown> = {};
  for (const { name, verbatim } of fields) {
    const value = values.get(name);
    values.delete(name);
    if (value === undefined) continue;
    arranged[name] = verbatim === true ? value : redactValue(value, verbatim);
  }
  // Keys nobody declared are a defect that the strict validator reports; at run time nothing is lost.
  for (const [name, value] of values) {
    if (value !== undefined) arranged[name] = redactValue(value);
  }
  return arranged;
}
