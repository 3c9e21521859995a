/** Sessions in worktrees of their own ([RES-1], [RES-2]). */
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { Asker } from "../../../sessions/run-desk.ts";
import type { Worktree } from "../../../sessions/worktrees/worktree-desk.ts";
import { WorktreeError } from "../../../sessions/worktrees/worktree-error.ts";
import type { RemoteServices } from "../remote-services.ts";
import type { Routes } from "../route.ts";

export const WORKTREE_ROUTES: Routes<"create_worktree_session"> = {
  create_worktree_session: {
    turn: "aside",
    async handle({ peer, services, answer }, message) {
      const { session_name: sessionName, parent_directory: parentDirectory, agent, initial_prompt: text } = message;
      const { asker } = peer;
      try {
        const { sessionId, worktree } = await services.worktrees.create(
          { sessionName, parentDirectory },
          async (made) => ({ worktree: made, sessionId: await occupy(services, made, { asker, agent, text }) }),
        );
        services.pushes.creators.note(sessionId, asker.clientSessionId);
        answer({
          type: "worktree_session_created",
          success: true,
          session_id: sessionId,
          worktree_path: worktree.path,
          branch_name: worktree.branchName,
        });
      } catch (error) {
        if (!(error instanceof WorktreeError)) throw error;
        if (error.errorType === "internal_failed") services.log.warn("a worktree session was not made", { error });
        answer(toFailure(error));
      }
    },
  },
};

/** What the worktree is for: a session on record, and its first prompt where there is one. */
async function occupy(
  { runs }: RemoteServices,
  { path: workingDirectory }: Worktree,
  { asker, agent, text }: { asker: Asker; agent: string | undefined; text: string | undefined },
): Promise<string> {
  if (text === undefined || text.trim() === "") {
    return (await runs.createSession({ workingDirectory, agent, asker })).sessionId;
  }
  const accepted = await runs.submitPrompt({
    asker,
    text,
    workingDirectory,
    agent,
    mode: "reject",
    attachments: [],
    force: false,
  });
  return accepted.sessionId;
}

function toFailure({ message, errorType, details }: WorktreeError): RemoteServerMessageOf<"worktree_session_error"> {
  return {
    type: "worktree_session_error",
    success: false,
    error: message,
    error_type: errorType,
    ...(details === undefined
      ? {}
      : {
          details: {
            ...(details.step === undefined ? {} : { step: details.step }),
            ...(details.stderr === undefined ? {} : { stderr: details.stderr }),
            ...(details.branchName === undefined ? {} : { branch_name: details.branchName }),
            ...(details.suggestion === undefined ? {} : { suggestion: details.suggestion }),
            ...(details.kept === undefined ? {} : { kept: details.kept }),
          },
        }),
  };
}
