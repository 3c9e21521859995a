import { MESH_LIMITS, WireError } from "@parlatory/protocol";

/** Nesting that JSON.stringify is sure to survive on any stack; deeper values could be stored but never be sent. */
const MAX_DEPTH = 512;

/**
 * A value as the compact JSON text that is stored ([STATE-1]). Raises `value_too_large`, and `bad_request` for a number
 * beyond an IEEE double and for nesting deeper than 512.
 */
export function encodeStateValue(value: unknown): string {
  checkNodes(value);
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) > MESH_LIMITS.stateValueBytes) {
    throw new WireError("value_too_large", undefined, { field: "value", limit: MESH_LIMITS.stateValueBytes });
  }
  return text;
}

/** Walks without recursion: the value is as deep as its author liked. */
function checkNodes(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      throw new WireError("bad_request", `the value is nested deeper than ${MAX_DEPTH} levels`, { field: "value" });
    }
    const next: unknown[] = [];
    for (const node of level) {
      if (typeof node === "number" && !Number.isFinite(node)) {
        throw new WireError("bad_request", "the value holds a number too large for an IEEE double", { field: "value" });
      }
      if (typeof node === "object" && node !== null) for (const child of Object.values(node)) next.push(child);
    }
    level = next;
  }
}
