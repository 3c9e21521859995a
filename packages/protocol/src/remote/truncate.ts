/** Truncation of text to a size in bytes of UTF-8 ([TRUNC-1] to [TRUNC-3]). Cuts fall between code points. */

/** Bytes of UTF-8; a lone surrogate counts as the U+FFFD it becomes. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isPairAt(text, i)) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

/** The longest prefix of at most `maxBytes` bytes. */
export function prefixOfBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const isPair = isPairAt(text, i);
    bytes += isPair ? 4 : unitBytes(text.charCodeAt(i));
    if (bytes > maxBytes) return text.slice(0, i);
    if (isPair) i++;
  }
  return text;
}

/** The longest suffix of at most `maxBytes` bytes. */
export function suffixOfBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    const isPair = i > 0 && isPairAt(text, i - 1);
    bytes += isPair ? 4 : unitBytes(text.charCodeAt(i));
    if (bytes > maxBytes) return text.slice(i + 1);
    if (isPair) i--;
  }
  return text;
}

/** Head, marker and tail within `maxBytes`; a text that fits is unchanged. Depends on text and limit alone. */
export function truncateMiddle(text: string, maxBytes: number): string {
  // A code unit takes at most three bytes: short texts need no counting.
  if (text.length * 3 <= maxBytes) return text;
  const bytes = utf8Bytes(text);
  if (bytes <= maxBytes) return text;
  const marker = `\n\n... [truncated ~${Math.floor((bytes - maxBytes) / 1024)} KB] ...\n\n`;
  const sideBytes = Math.floor((maxBytes - marker.length) / 2);
  const head = sideBytes > 0 ? prefixOfBytes(text, sideBytes) : "";
  const tail = sideBytes > 0 ? suffixOfBytes(text, sideBytes) : "";
  return head === "" || tail === "" ? prefixOfBytes(text, maxBytes) : `${head}${marker}${tail}`;
}

function unitBytes(unit: number): number {
  if (unit < 0x80) return 1;
  return unit < 0x800 ? 2 : 3;
}

function isPairAt(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}
