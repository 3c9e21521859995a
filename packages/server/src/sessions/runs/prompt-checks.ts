/**
 * The checks of a prompt up to its directory, in the order of [PROMPT-1]; the lock comes after them. They record nothing,
 * so that a prompt that is refused may be tried again under its id.
 */
import { REMOTE_LIMITS, RemoteError, parseUuid, utf8Bytes } from "@parlatory/protocol/remote";
import type { PathPolicy } from "../../path-policy.ts";
import type { PromptRow, RemoteStore } from "../../store/remote-store.ts";
import type { PromptMode, PromptSubmission } from "../run-requests.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import type { ConfiguredAgent } from "./run-options.ts";
import { checkAttachments } from "./prompt-attachments.ts";
import { promptFingerprint, type PromptDocument } from "./prompt-document.ts";
import type { KnownSession, SessionFacts } from "./session-facts.ts";
import { chooseDirectory } from "./working-directory.ts";

export interface CheckedPrompt {
  readonly promptId: string;
  readonly sessionId: string;
  readonly fingerprint: string;
  readonly document: PromptDocument;
  /** A known session works elsewhere from now on. */
  readonly isMoved: boolean;
}

export interface PromptCheckParts {
  readonly store: Pick<RemoteStore, "findPrompt">;
  readonly facts: SessionFacts;
  readonly agents: AgentRegistry;
  readonly paths: PathPolicy;
  readonly defaultDirectory: string;
  readonly host: string;
  readonly randomUuid: () => string;
  /** A run of the session is under way or waits ([CONN-12]). */
  readonly isBusy: (sessionId: string) => boolean;
}

const modes: readonly PromptMode[] = ["reject", "queue", "steer", "interrupt"];

/** @throws RemoteError with the text of the first check that fails */
export async function checkPrompt(
  submission: PromptSubmission,
  parts: PromptCheckParts,
): Promise<{ readonly known: PromptRow } | { readonly checked: CheckedPrompt }> {
  const text = checkText(submission);
  const target = nameTarget(submission);
  try {
    if (submission.newSessionId !== undefined && parseUuid(submission.newSessionId) === undefined) {
      throw new RemoteError("invalid_field", "new_session_id must be a UUID");
    }
    return await checkTarget(submission, { text, target }, parts);
  } catch (thrown) {
    throw thrown instanceof RemoteError ? withSession(thrown, target, parts) : thrown;
  }
}

async function checkTarget(
  submission: PromptSubmission,
  { text, target }: { text: string; target: string | undefined },
  parts: PromptCheckParts,
): Promise<{ readonly known: PromptRow } | { readonly checked: CheckedPrompt }> {
  const fingerprint = promptFingerprint({ text, target, attachments: submission.attachments });
  const promptId = await checkPromptId(submission.promptId, fingerprint, parts);
  if (typeof promptId !== "string") return { known: promptId };

  if (target !== undefined && parseUuid(target) === undefined) {
    throw new RemoteError("not_found", `Session not found: ${target}`);
  }
  const session = target === undefined ? undefined : await parts.facts.look(target);
  const agent = await chooseAgent(submission.agent, session, parts.agents);
  const mode = modes.find((one) => one === submission.mode);
  if (mode === undefined) throw new RemoteError("invalid_field", `Unknown prompt mode: ${submission.mode}`);
  const attachments = await checkAttachments(submission.attachments, parts.paths);

  const capabilities = await parts.agents.capabilitiesOf(agent);
  const directory = await chooseDirectory(
    {
      named: submission.workingDirectory,
      stored: session?.workingDirectory,
      client: submission.clientDirectory,
      fallback: parts.defaultDirectory,
      canResumeElsewhere: capabilities?.canResumeElsewhere ?? false,
    },
    parts.paths,
  );

  const isContinued = submission.newSessionId === undefined && target !== undefined;
  const created = session === undefined && !isContinued;
  const systemPrompt = submission.systemPrompt?.trim() ?? "";
  const hasBegun = !created && (await parts.facts.hasBegun(target ?? "", session?.row));
  const systemPromptApplied =
    systemPrompt === ""
      ? undefined
      : takesSystemPrompt(capabilities?.systemPrompt ?? "none", hasBegun) ||
        session?.row?.systemPrompt === systemPrompt;
  return {
    checked: {
      promptId,
      sessionId: target ?? parts.randomUuid(),
      fingerprint,
      isMoved: directory.isMoved,
      document: {
        text,
        attachments,
        mode,
        agent: agent.name,
        workingDirectory: directory.path,
        systemPrompt: systemPromptApplied === true ? systemPrompt : undefined,
        systemPromptApplied,
        created,
        force: submission.force,
        host: parts.host,
      },
    },
  };
}

/** When a system prompt takes effect, by the agent's record ([PROMPT-7]). */
export function takesSystemPrompt(when: "start" | "any" | "none", hasBegun: boolean): boolean {
  return when === "any" || (when === "start" && !hasBegun);
}

function checkText({ text, attachments }: PromptSubmission): string {
  if (typeof text !== "string" || text.trim() === "") {
    if (attachments.length === 0 || (text !== undefined && typeof text !== "string")) {
      throw new RemoteError("missing_field", "text required in prompt message");
    }
    return "";
  }
  if (utf8Bytes(text) > REMOTE_LIMITS.promptTextBytes) {
    throw new RemoteError("invalid_field", "text must be at most 1 MiB in prompt message");
  }
  return text;
}

/** The session the client named, in lower case when it is a UUID; undefined when it named none. */
function nameTarget({ newSessionId, sessionId, resumeSessionId }: PromptSubmission): string | undefined {
  const lower = (id: string | undefined) => (id === undefined ? undefined : (parseUuid(id) ?? id));
  const [fresh, named, resumed] = [lower(newSessionId), lower(sessionId), lower(resumeSessionId)];
  if (fresh !== undefined && (resumed !== undefined || (named !== undefined && named !== fresh))) {
    throw new RemoteError("invalid_field", "Cannot specify both new_session_id and resume_session_id");
  }
  if (named !== undefined && resumed !== undefined && named !== resumed) {
    throw new RemoteError("invalid_field", "Cannot specify both session_id and resume_session_id");
  }
  return fresh ?? named ?? resumed;
}

/** An id that may be used, or the prompt that has it and is the same ([PROMPT-9]). */
async function checkPromptId(
  named: string | undefined,
  fingerprint: string,
  { store, randomUuid }: PromptCheckParts,
): Promise<string | PromptRow> {
  if (named === undefined) return randomUuid();
  const promptId = parseUuid(named);
  if (promptId === undefined) throw new RemoteError("invalid_field", "prompt_id must be a UUID in prompt message");
  const known = await store.findPrompt(promptId);
  if (known === undefined) return promptId;
  mustBeSame(known, fingerprint);
  return known;
}

/** @throws RemoteError `prompt_id was already used for another prompt` */
export function mustBeSame(known: PromptRow, fingerprint: string): void {
  if (known.fingerprint === fingerprint) return;
  throw new RemoteError("prompt_id_conflict", "prompt_id was already used for another prompt");
}

async function chooseAgent(
  named: string | undefined,
  session: KnownSession | undefined,
  agents: AgentRegistry,
): Promise<ConfiguredAgent> {
  const chosen = named === undefined ? undefined : agents.get(named);
  if (session === undefined) return chosen ?? agents.default();
  if (chosen !== undefined && chosen.name !== session.agent) {
    throw new RemoteError("conflict", `Session belongs to agent ${session.agent}`);
  }
  return agents.get(session.agent);
}

/** A refusal names the session only where nothing of it runs; else a client would unlock it ([CONN-12]). */
function withSession(error: RemoteError, target: string | undefined, { isBusy }: PromptCheckParts): RemoteError {
  const sessionId = target === undefined ? undefined : parseUuid(target);
  if (target === undefined || error.sessionId !== undefined) return error;
  const isFree = sessionId !== undefined && !isBusy(sessionId);
  return new RemoteError(error.code, error.message, {
    ...(isFree ? { sessionId } : { details: { ...error.details, session_id: target } }),
    cause: error.cause ?? error,
  });
}
