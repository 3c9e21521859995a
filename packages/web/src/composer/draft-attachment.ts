import { encodeBase64 } from "@parlatory/protocol";
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { PromptAttachment } from "@parlatory/client";

/** Something that goes with a prompt, as it waits in the box. */
export interface DraftAttachment {
  readonly id: string;
  readonly name: string;
  /** Of its content; undefined for a file that lies at the server. */
  readonly sizeBytes: number | undefined;
  /** As it goes over the wire. */
  readonly content: PromptAttachment;
}

const unnamedTypes: Readonly<Record<string, string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
};
const longestNameBytes = 255;

/** Why these cannot go together with a prompt ([PROMPT-20]); undefined when they can. */
export function attachmentProblem(attachments: readonly Pick<DraftAttachment, "sizeBytes">[]): string | undefined {
  if (attachments.length > REMOTE_LIMITS.attachments) {
    return `A prompt takes at most ${REMOTE_LIMITS.attachments} attachments; there are ${attachments.length}. Remove some.`;
  }
  const bytes = attachments.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  if (bytes <= REMOTE_LIMITS.attachmentBytes) return undefined;
  return `The attachments are ${describeSize(bytes)} together; a prompt takes ${describeSize(REMOTE_LIMITS.attachmentBytes)}. Remove some, or upload large files to the project.`;
}

/** Why this prompt's text cannot be sent; undefined when it can. */
export function textProblem(text: string): string | undefined {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= REMOTE_LIMITS.promptTextBytes) return undefined;
  return `The text is ${describeSize(bytes)}; a prompt takes ${describeSize(REMOTE_LIMITS.promptTextBytes)}. Attach it as a file instead.`;
}

/** Reads a file that was picked, pasted or dropped. */
export async function readAttachment(file: File, id: string): Promise<DraftAttachment> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mediaType = /^[\w.+-]+\/[\w.+-]+$/u.test(file.type) ? file.type : "application/octet-stream";
  const name = nameOf(file);
  return {
    id,
    name,
    sizeBytes: bytes.length,
    content: { filename: name, media_type: mediaType, content: encodeBase64(bytes) },
  };
}

/** A file of the project's resources, which the server reads itself. */
export function resourceAttachment(name: string, path: string, id: string): DraftAttachment {
  return { id, name, sizeBytes: undefined, content: { resource: path } };
}

/** From what was sent, when it comes back. */
export function restoreAttachment(content: PromptAttachment, id: string): DraftAttachment {
  if ("resource" in content) return resourceAttachment(content.resource.split("/").at(-1) ?? "", content.resource, id);
  const padding = /=*$/u.exec(content.content)?.[0].length ?? 0;
  return { id, name: content.filename, sizeBytes: (content.content.length * 3) / 4 - padding, content };
}

export function describeSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1).replace(/\.0$/u, "")} MiB`;
}

/** One name as the server takes it ([RES-3]); what a clipboard gives has none worth keeping. */
function nameOf(file: File): string {
  const cleaned = file.name.replaceAll(/[/\\\u0000-\u001F\u007F]/gu, "_");
  const fits = new TextEncoder().encode(cleaned).length <= longestNameBytes;
  if (cleaned !== "" && cleaned !== "." && cleaned !== ".." && fits) return cleaned;
  const ending = unnamedTypes[file.type];
  return ending === undefined ? "attachment" : `attachment.${ending}`;
}
