import { useEffect } from "react";
import { useOffline } from "../offline/offline-context.ts";
import { usePromptDesk } from "./use-prompt-desk.ts";

/** What was attached before a reload comes back to the box of this session, and what is attached now is kept. */
export function useKeptFiles(sessionId: string): void {
  const { drafts } = usePromptDesk();
  const { draftFiles } = useOffline();
  useEffect(() => void drafts.restoreFiles(sessionId, draftFiles), [drafts, draftFiles, sessionId]);
}
