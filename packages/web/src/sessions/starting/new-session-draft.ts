import type { StartProblem } from "./start-problem.ts";

/** What was filled in for a session that is not there yet; of this tab, over reloads. */
export interface NewSessionDraft {
  readonly directory: string;
  /** Empty: the server's default. */
  readonly agent: string;
  readonly text: string;
  readonly systemPrompt: string;
  readonly isWorktree: boolean;
  readonly worktreeName: string;
  /** Why it was not started, when that became known after the page was left. */
  readonly problem: StartProblem | undefined;
}

export const emptyDraft: NewSessionDraft = {
  directory: "",
  agent: "",
  text: "",
  systemPrompt: "",
  isWorktree: false,
  worktreeName: "",
  problem: undefined,
};

const storageKey = "parlatory.new-session";

export function readDraft(storage: Storage): NewSessionDraft {
  try {
    const read: unknown = JSON.parse(storage.getItem(storageKey) ?? "{}");
    return { ...emptyDraft, ...(typeof read === "object" ? read : {}) };
  } catch {
    return emptyDraft;
  }
}

export function writeDraft(storage: Storage, draft: NewSessionDraft | undefined): void {
  if (draft === undefined) storage.removeItem(storageKey);
  else storage.setItem(storageKey, JSON.stringify(draft));
}
