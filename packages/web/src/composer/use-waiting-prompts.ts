import { useRemoteValue } from "../remote/use-remote-value.ts";
import { listWaitingPrompts, type WaitingPrompt } from "./list-waiting-prompts.ts";
import { usePromptDesk } from "./use-prompt-desk.ts";

/** What the list above the box shows of a session's own prompts, for it and for those who leave to it what it shows. */
export function useWaitingPrompts(sessionId: string, queuedCount: number): readonly WaitingPrompt[] {
  const desk = usePromptDesk();
  const { prompts, unseen } = useRemoteValue(["prompts", "connection"], (client) => ({
    prompts: client.prompts,
    unseen: new Set(client.ownPrompts(sessionId).map(({ promptId }) => promptId)),
  }));
  return listWaitingPrompts(prompts, sessionId, desk.queue, queuedCount).filter(
    // What the log has runs, though that may be heard a moment later.
    ({ prompt }) => unseen.has(prompt.promptId),
  );
}
