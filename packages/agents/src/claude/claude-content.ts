/** What a user message of Claude Code holds: the text, and attachments as blocks of the model's own protocol. */
import type { PromptAttachment } from "../session.ts";

const imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"];
const textTypes = ["text/plain", "text/markdown", "text/csv", "text/html", "application/json"];
const pdf = "application/pdf";

export const claudeAttachmentTypes: readonly string[] = [...imageTypes, pdf, ...textTypes];

/** `texts`: the prompt, and before it what the session is told beforehand. */
export function claudeContent(
  texts: readonly string[],
  attachments: readonly PromptAttachment[] = [],
): string | Record<string, unknown>[] {
  const [only] = texts;
  if (only !== undefined && texts.length === 1 && attachments.length === 0) return only;
  // The model's service takes no empty text.
  const written = texts.filter((text) => text !== "").map((text) => ({ type: "text", text }));
  return [...written, ...attachments.map(blockOf)];
}

function blockOf({ filename, mediaType, content }: PromptAttachment): Record<string, unknown> {
  if (imageTypes.includes(mediaType)) {
    return { type: "image", source: { type: "base64", media_type: mediaType, data: content } };
  }
  const source =
    mediaType === pdf
      ? { type: "base64", media_type: pdf, data: content }
      : { type: "text", media_type: "text/plain", data: Buffer.from(content, "base64").toString("utf8") };
  return { type: "document", source, title: filename };
}
