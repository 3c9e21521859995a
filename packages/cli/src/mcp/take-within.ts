import type { InboxEntry } from "./inbox.ts";
import { wrapPeerMessage } from "./peer-message.ts";

export interface Portion {
  /** The oldest that fit, in order. */
  fitting: InboxEntry[];
  /** Alone larger than the whole space: can only be noticed, not handed over this way. */
  tooLarge: InboxEntry[];
  /** Fit only into a later portion. */
  rest: InboxEntry[];
}

/** Splits what waits into what fits into `maxBytes` of UTF-8 once wrapped, oldest first, and the rest. */
export function takeWithin(entries: readonly InboxEntry[], maxBytes: number): Portion {
  const portion: Portion = { fitting: [], tooLarge: [], rest: [] };
  let used = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(wrapPeerMessage(entry)) + 1;
    if (size > maxBytes) portion.tooLarge.push(entry);
    else if (portion.rest.length > 0 || used + size > maxBytes) portion.rest.push(entry);
    else {
      used += size;
      portion.fitting.push(entry);
    }
  }
  return portion;
}
