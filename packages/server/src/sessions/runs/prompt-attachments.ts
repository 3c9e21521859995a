/** Attachments of prompts ([PROMPT-20]): their checks, and how they reach the agent. */
import { stat } from "node:fs/promises";
import type { PromptAttachment as AgentAttachment } from "@parlatory/agents";
import { REMOTE_LIMITS, RemoteError } from "@parlatory/protocol/remote";
import type { PathPolicy } from "../../path-policy.ts";
import type { PromptAttachment } from "../run-requests.ts";
import type { SaveResource } from "./run-options.ts";

const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;
const mediaTypePattern = /^[\w.+-]+\/[\w.+-]+$/;
const longestNameBytes = 255;

/** @throws RemoteError `Invalid attachment: <reason>` */
export async function checkAttachments(
  attachments: readonly PromptAttachment[],
  paths: PathPolicy,
): Promise<readonly PromptAttachment[]> {
  if (attachments.length > REMOTE_LIMITS.attachments) {
    throw invalid(`at most ${REMOTE_LIMITS.attachments} are taken, not ${attachments.length}`);
  }
  let bytes = 0;
  const checked: PromptAttachment[] = [];
  for (const attachment of attachments) {
    if ("resource" in attachment) {
      checked.push({ resource: await checkResource(attachment.resource, paths) });
      continue;
    }
    checkName(attachment.filename);
    if (!mediaTypePattern.test(attachment.mediaType)) throw invalid(`${attachment.filename} has no media type`);
    if (attachment.content.length % 4 !== 0 || !base64Pattern.test(attachment.content)) {
      throw invalid(`the content of ${attachment.filename} is not base64`);
    }
    bytes += Buffer.byteLength(attachment.content, "base64");
    checked.push(attachment);
  }
  if (bytes > REMOTE_LIMITS.attachmentBytes) throw invalid("together they are larger than 20 MiB");
  return checked;
}

/**
 * What the agent takes goes as content; everything else lies in files whose paths stand at the end of the prompt.
 * @throws what `saveResource` raises
 */
export async function placeAttachments(
  prompt: { readonly text: string; readonly attachments: readonly PromptAttachment[] },
  target: { readonly accepted: readonly string[]; readonly workingDirectory: string; readonly save: SaveResource },
): Promise<{ readonly text: string; readonly attachments: readonly AgentAttachment[] }> {
  const passed: AgentAttachment[] = [];
  const files: string[] = [];
  for (const attachment of prompt.attachments) {
    if ("resource" in attachment) files.push(attachment.resource);
    else if (target.accepted.includes(attachment.mediaType)) passed.push(attachment);
    else {
      const content = Buffer.from(attachment.content, "base64");
      const { path } = await target.save({
        storageLocation: target.workingDirectory,
        filename: attachment.filename,
        content,
      });
      files.push(path);
    }
  }
  if (files.length === 0) return { text: prompt.text, attachments: passed };
  const list = `Attached files:\n${files.map((path) => `- ${path}`).join("\n")}`;
  return { text: prompt.text.trim() === "" ? list : `${prompt.text}\n\n${list}`, attachments: passed };
}

async function checkResource(resource: string, paths: PathPolicy): Promise<string> {
  let path: string;
  try {
    path = await paths.resolve(resource);
  } catch (thrown) {
    if (!(thrown instanceof RemoteError)) throw thrown;
    throw invalid(thrown.message, thrown);
  }
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) throw invalid(`there is no file ${resource}`);
  return path;
}

/** One name, as for uploads ([RES-3]). */
function checkName(name: string): void {
  const isOneName =
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !/[/\\\u0000-\u001f\u007f]/.test(name) &&
    Buffer.byteLength(name) <= longestNameBytes;
  if (!isOneName) throw invalid("invalid filename");
}

function invalid(reason: string, cause?: unknown): RemoteError {
  return new RemoteError("invalid_field", `Invalid attachment: ${reason}`, cause === undefined ? {} : { cause });
}
