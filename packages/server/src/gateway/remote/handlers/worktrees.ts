/** Sessions in worktrees of their own ([RES-1], [RES-2]). */
import type { Routes } from "../route.ts";

export const WORKTREE_ROUTES: Routes<"create_worktree_session"> = {
  create_worktree_session: {
    turn: "aside",
    async handle({ peer, services, answer }, message) {
      const { session_name: name, parent_directory: parent, agent, initial_prompt: initialPrompt } = message;
      const made = await services.worktrees.create({ name, parent, agent, initialPrompt, asker: peer.asker });
      if (made.ok) {
        answer({
          type: "worktree_session_created",
          success: true,
          session_id: made.sessionId,
          worktree_path: made.worktreePath,
          branch_name: made.branchName,
        });
      } else {
        answer({
          type: "worktree_session_error",
          success: false,
          error: made.error,
          error_type: made.errorType,
          ...(made.details === undefined ? {} : { details: made.details }),
        });
      }
    },
  },
};
