import { useSyncExternalStore } from "react";
import { ignoredSystemPrompts } from "./ignored-system-prompts.ts";
import { SessionNote } from "./session-note.tsx";

/** That the agent works without the system prompt somebody wrote ([PROMPT-7]). */
export function SystemPromptNote({ sessionId, agent }: { sessionId: string; agent: string | undefined }) {
  const isIgnored = useSyncExternalStore(
    (notify) => ignoredSystemPrompts.subscribe(notify),
    () => ignoredSystemPrompts.has(sessionId),
  );
  if (!isIgnored) return null;
  return (
    <SessionNote tone="warn" onDismiss={() => ignoredSystemPrompts.note(sessionId, true)}>
      {agent ?? "The agent"} takes no system prompt here: it works without yours. Put what matters into a prompt.
    </SessionNote>
  );
}
