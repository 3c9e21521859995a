import type { RemoteClient } from "@parlatory/client";
import { addKnownAgents } from "../known-agents.ts";
import type { NewSessionDraft } from "./new-session-draft.ts";

/** A session that was begun under an id of ours ([PROMPT-3]); whether the server took it is told later. */
export interface StartedSession {
  readonly sessionId: string;
  /** Rejects with `RemoteRequestError` when the server refuses the first prompt: there is no such session then. */
  readonly accepted: Promise<unknown>;
}

/** Begins what the draft says; with a worktree only when that is there. Rejects with `RemoteRequestError`. */
export async function startSession(client: RemoteClient, draft: NewSessionDraft): Promise<StartedSession> {
  const directory = draft.directory.trim();
  const agent = draft.agent === "" ? undefined : draft.agent;
  const prompt = {
    text: draft.text,
    ...(draft.systemPrompt.trim() === "" ? {} : { systemPrompt: draft.systemPrompt }),
  };
  if (!draft.isWorktree) {
    const inDirectory = directory === "" ? {} : { workingDirectory: directory };
    return follow(client.prompt({ ...prompt, ...inDirectory, agent }));
  }
  const { session_id: sessionId } = await client.sessions.createWorktree({
    sessionName: draft.worktreeName.trim(),
    parentDirectory: directory,
    agent,
  });
  // Not as its initial prompt: so it is kept until it has its outcome, and runs once whatever becomes of the connection.
  return follow(client.prompt({ ...prompt, sessionId }));
}

function follow({ sessionId, accepted }: ReturnType<RemoteClient["prompt"]>): StartedSession {
  accepted.then(
    ({ agent }) => (agent === undefined ? undefined : addKnownAgents(localStorage, [agent])),
    () => undefined,
  );
  return { sessionId, accepted };
}
