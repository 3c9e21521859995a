import { REMOTE_LIMITS, truncateMiddle } from "@parlatory/protocol/remote";

/** Strings of relayed content are never cut here; this is for fields that this server words or names ([RLIM-3]). */
export function cutStrings<Value>(value: Value, maxBytes: number = REMOTE_LIMITS.otherFieldBytes): Value {
  return cut(value, maxBytes) as Value;
}

/** As cut as it must be for the JSON of `value` to take at most `maxJsonBytes`: names with many escapes are longer in JSON. */
export function shrinkToFit<Value>(value: Value, maxJsonBytes: number): Value {
  let shown = value;
  for (let limit: number = REMOTE_LIMITS.otherFieldBytes; limit >= 16 && jsonBytes(shown) > maxJsonBytes; limit /= 2) {
    shown = cutStrings(value, limit);
  }
  return shown;
}

/** Bytes that a value takes in a frame. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function cut(value: unknown, maxBytes: number): unknown {
  if (typeof value === "string") return truncateMiddle(value, maxBytes);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => cut(item, maxBytes));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  let changed: Record<string, unknown> | undefined;
  for (const [key, inner] of Object.entries(value)) {
    const shorter = cut(inner, maxBytes);
    if (shorter !== inner) (changed ??= { ...value })[key] = shorter;
  }
  return changed ?? value;
}
