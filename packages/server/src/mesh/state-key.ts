import { MESH_LIMITS, WireError } from "@parlatory/protocol";

const CONTROL = /\p{Cc}/u;

function checkText(text: string): void {
  const chars = text.length > 2 * MESH_LIMITS.stateKeyChars ? Number.POSITIVE_INFINITY : [...text].length;
  if (chars < 1 || chars > MESH_LIMITS.stateKeyChars) {
    throw new WireError("bad_request", `a state key has 1 to ${MESH_LIMITS.stateKeyChars} characters`, {
      field: "key",
    });
  }
  if (CONTROL.test(text) || !text.isWellFormed()) {
    throw new WireError("bad_request", "a state key has no control characters and is well-formed text", {
      field: "key",
    });
  }
}

/** Raises `bad_request` for what is no state key ([STATE-1]). */
export function checkStateKey(key: string): void {
  checkText(key);
  if (key.endsWith("*")) {
    throw new WireError("bad_request", "a state key does not end in `*`, which marks a prefix to watch", {
      field: "key",
    });
  }
}

/** Raises `bad_request` for what is neither a key nor a prefix ending in `*` ([STATE-8]). */
export function checkWatchPattern(pattern: string): void {
  checkText(pattern);
}

/** Tells whether any of the patterns covers the key: exact, or a prefix ending in `*` ([STATE-8]). */
export function isWatched(patterns: readonly string[], key: string): boolean {
  return patterns.some((pattern) => (pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern));
}
