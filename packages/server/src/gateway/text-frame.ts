const FINAL_TEXT = 0x81;
const MAX_SHORT = 125;
const MAX_MEDIUM = 0xff_ff;
const MEDIUM = 126;
const LONG = 127;

/**
 * A whole WebSocket frame of one text (RFC 6455, 5.2), final and unmasked as a server writes it. One buffer instead of a
 * header and a payload halves the writes, and a frame for many recipients is made once.
 */
export function encodeTextFrame(text: string | Uint8Array): Buffer {
  const length = Buffer.byteLength(text);
  const headerBytes = length <= MAX_SHORT ? 2 : length <= MAX_MEDIUM ? 4 : 10;
  const frame = Buffer.allocUnsafe(headerBytes + length);
  frame[0] = FINAL_TEXT;
  if (length <= MAX_SHORT) frame[1] = length;
  else if (length <= MAX_MEDIUM) {
    frame[1] = MEDIUM;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LONG;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  if (typeof text === "string") frame.write(text, headerBytes, "utf8");
  else frame.set(text, headerBytes);
  return frame;
}

const framed = new WeakMap<Buffer, Buffer>();

/** The same for a text that goes to many: framed at the first, remembered as long as somebody holds the text. */
export function encodeSharedTextFrame(text: Buffer): Buffer {
  let frame = framed.get(text);
  if (frame === undefined) framed.set(text, (frame = encodeTextFrame(text)));
  return frame;
}
