/** The bytes that `text` stands for; undefined for what is no base64 as [RES-4] wants it: padded, with nothing in between. */
export function decodeBase64(text: string): Buffer | undefined {
  // The decoder passes over what it does not know; what it made of it gives it away.
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
