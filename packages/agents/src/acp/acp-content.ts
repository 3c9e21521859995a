/** What a prompt may carry to an agent of the protocol, by what it says it takes, and the blocks for it. */
import type { ContentBlock, PromptCapabilities } from "@agentclientprotocol/sdk";
import type { PromptAttachment } from "../session.ts";

const imageTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"];
const audioTypes = ["audio/wav", "audio/mpeg"];
const textTypes = ["text/plain", "text/markdown", "text/csv", "text/html", "application/json"];

export function acpAttachmentTypes(offered: PromptCapabilities | undefined): readonly string[] {
  return [
    ...(offered?.image === true ? imageTypes : []),
    ...(offered?.audio === true ? audioTypes : []),
    ...(offered?.embeddedContext === true ? textTypes : []),
  ];
}

export function acpContent(texts: readonly string[], attachments: readonly PromptAttachment[] = []): ContentBlock[] {
  return [...texts.map((text) => ({ type: "text" as const, text })), ...attachments.map(blockOf)];
}

function blockOf({ filename, mediaType, content }: PromptAttachment): ContentBlock {
  if (imageTypes.includes(mediaType)) return { type: "image", mimeType: mediaType, data: content };
  if (audioTypes.includes(mediaType)) return { type: "audio", mimeType: mediaType, data: content };
  const text = Buffer.from(content, "base64").toString("utf8");
  return {
    type: "resource",
    resource: { uri: `attachment:${encodeURIComponent(filename)}`, mimeType: mediaType, text },
  };
}
