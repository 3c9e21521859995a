import { truncateMiddle, utf8Bytes } from "@parlatory/protocol/remote";
import { jsonBytes } from "./cut-strings.ts";

/** Of the room that is there, at most this much stays unused ([RLIM-4] allows 5 % of the frame). */
const MAX_WASTE = 0.02;
const MAX_TRIES = 24;

/**
 * The text, middle truncated so that its JSON, quotes and escapes counted, takes at most `maxJsonBytes` and wastes little of
 * it. How much escapes take is not known before, so the limit is searched for: by the ratio of the last try, within bounds.
 */
export function fitText(text: string, maxJsonBytes: number): string {
  // The shortest JSON of a text is its bytes and two quotes.
  const bytes = utf8Bytes(text);
  if (bytes + 2 <= maxJsonBytes && jsonBytes(text) <= maxJsonBytes) return text;
  let fits = 0;
  let best = "";
  let tooLong = Math.min(bytes, Math.max(0, maxJsonBytes - 2)) + 1;
  let limit = tooLong - 1;
  for (let tries = 0; tries < MAX_TRIES && tooLong - fits > 1; tries++) {
    const cut = truncateMiddle(text, limit);
    const taken = jsonBytes(cut);
    if (taken <= maxJsonBytes) {
      fits = limit;
      best = cut;
      if (maxJsonBytes - taken <= maxJsonBytes * MAX_WASTE) break;
    } else tooLong = limit;
    const guess = Math.floor((limit * maxJsonBytes * (1 - MAX_WASTE / 2)) / Math.max(1, taken));
    limit = guess > fits && guess < tooLong ? guess : Math.floor((fits + tooLong) / 2);
  }
  return best;
}
