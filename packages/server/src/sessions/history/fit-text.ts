/** Cutting of text so that the frame it stands in fits a socket ([RLIM-4]). */
import { truncateMiddle, utf8Bytes } from "@parlatory/protocol/remote";

/** Less than this share of the room may be left: well within the twentieth of the budget that may be wasted. */
const WASTE = 0.01;
const MAX_STEPS = 24;

/** Bytes of a text as it is written in JSON, without its quotes. */
export function jsonTextBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/**
 * Cuts a text by [TRUNC-2] so that `copies` of it, written in JSON, take no more than `roomBytes`, and leave little of that.
 * A text that fits is unchanged; where there is no room at all, it is empty.
 */
export function fitText(text: string, roomBytes: number, copies = 1): string {
  const room = Math.floor(roomBytes / copies);
  if (room <= 0) return "";
  // Written in JSON no code unit takes less than a byte, and none more than six.
  if (text.length <= room && (text.length * 6 <= room || jsonTextBytes(text) <= room)) return text;
  let best = "";
  let bestLimit = 0;
  let limit = Math.min(utf8Bytes(text), room);
  let tooMuch = limit + 1;
  for (let step = 0; step < MAX_STEPS && tooMuch - bestLimit > 1; step++) {
    const cut = truncateMiddle(text, limit);
    const bytes = jsonTextBytes(cut);
    if (bytes <= room) {
      best = cut;
      bestLimit = limit;
      if (room - bytes <= room * WASTE) break;
    } else tooMuch = limit;
    // What is written takes about as much more than the text as it did this time; halves make sure that it ends.
    const guess = step % 3 === 2 ? 0 : Math.floor((limit * room * (1 - WASTE / 2)) / Math.max(1, bytes));
    limit = guess > bestLimit && guess < tooMuch ? guess : Math.floor((bestLimit + tooMuch) / 2);
  }
  return best;
}

export interface FittedFrame {
  readonly frame: string;
  readonly isCut: boolean;
}

/**
 * A frame with a text in it that has to fit `budgetBytes`. `write` gives the frame for a text, however often the text stands
 * in it, and is told whether it is cut. A frame that does not fit even without the text is given as it is.
 */
export function fitFrame(
  text: string,
  budgetBytes: number,
  write: (text: string, isCut: boolean) => string,
): FittedFrame {
  const whole = write(text, false);
  if (Buffer.byteLength(whole) <= budgetBytes) return { frame: whole, isCut: false };
  const fixed = Buffer.byteLength(write("", true));
  const copies = Math.max(1, Buffer.byteLength(write("x", true)) - fixed);
  return { frame: write(fitText(text, budgetBytes - fixed, copies), true), isCut: true };
}
