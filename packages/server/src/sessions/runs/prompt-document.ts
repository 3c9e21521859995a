/** What is kept of a prompt beside its row: all that a run needs, as the JSON document of the row. */
import { createHash } from "node:crypto";
import type { PromptRow, PromptState } from "../../store/remote-store.ts";
import type { PromptResult, PromptStatus } from "../run-desk.ts";
import type { PromptAttachment, PromptMode } from "../run-requests.ts";

export interface PromptDocument {
  readonly text: string;
  readonly attachments: readonly PromptAttachment[];
  readonly mode: PromptMode;
  readonly agent: string;
  readonly workingDirectory: string;
  /** Of this prompt; absent: that of the session stays. */
  readonly systemPrompt?: string | undefined;
  readonly systemPromptApplied?: boolean | undefined;
  readonly created: boolean;
  readonly force: boolean;
  /** The machine whose agents and files it is for: only its server runs the prompt. */
  readonly host: string;
}

export function encodePromptDocument(document: PromptDocument): string {
  return JSON.stringify(document);
}

/** Only documents of this module are in these rows. */
export function parsePromptDocument(row: Pick<PromptRow, "requestJson">): PromptDocument {
  return JSON.parse(row.requestJson) as PromptDocument;
}

export function parsePromptResult(row: Pick<PromptRow, "outcomeJson">): PromptResult | undefined {
  return row.outcomeJson === undefined ? undefined : (JSON.parse(row.outcomeJson) as PromptResult);
}

/** Equal for the same text, target and attachments ([PROMPT-9]); `target` is the session id the client named. */
export function promptFingerprint(request: {
  text: string;
  target: string | undefined;
  attachments: readonly PromptAttachment[];
}): string {
  const attachments = request.attachments.map((one) =>
    "resource" in one ? ["resource", one.resource] : ["content", one.filename, one.mediaType, one.content],
  );
  return createHash("sha256")
    .update(JSON.stringify([request.text, request.target ?? null, attachments]))
    .digest("hex");
}

/** The words clients know the states by; a failed prompt is one whose `response` is no success. */
const statusOf: Readonly<Record<PromptState, PromptStatus["state"]>> = {
  accepted: "queued",
  handed: "running",
  seen: "running",
  steered: "steered",
  succeeded: "finished",
  failed: "failed",
  interrupted: "failed",
  killed: "failed",
  lost: "failed",
  cancelled: "cancelled",
};

export function toPromptStatus(row: Pick<PromptRow, "promptId" | "sessionId" | "state">): PromptStatus {
  return { promptId: row.promptId, sessionId: row.sessionId, state: statusOf[row.state] };
}
