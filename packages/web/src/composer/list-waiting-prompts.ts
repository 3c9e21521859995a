import type { OutboxPrompt } from "@parlatory/client";
import type { QueueBoard } from "./queue-board.ts";

/** An own prompt that has not begun and can be taken back. */
export interface WaitingPrompt {
  readonly prompt: OutboxPrompt;
  /** `here`: the server has not got it yet. */
  readonly where: "here" | "queued";
  /** In the session's queue, from 1; undefined where nobody said. */
  readonly position: number | undefined;
}

/**
 * What waits of a session's own prompts, in the order in which it will run. `queuedCount` is what the server counts: of
 * prompts that were accepted before this page was loaded nobody says whether they have begun, and the newest of them wait.
 */
export function listWaitingPrompts(
  prompts: readonly OutboxPrompt[],
  sessionId: string,
  board: QueueBoard,
  queuedCount: number,
): readonly WaitingPrompt[] {
  const own = prompts.filter((prompt) => prompt.sessionId === sessionId);
  const queued: WaitingPrompt[] = [];
  const unplaced: OutboxPrompt[] = [];
  const here: WaitingPrompt[] = [];
  for (const prompt of own) {
    const place = board.get(prompt.promptId);
    if (prompt.state === "waiting") here.push({ prompt, where: "here", position: undefined });
    else if (prompt.state === "accepted" && place === undefined) unplaced.push(prompt);
    else if (place?.state === "queued") queued.push({ prompt, where: "queued", position: place.position });
  }
  const left = Math.max(0, queuedCount - board.queued(sessionId).length);
  const likely = unplaced.slice(Math.max(0, unplaced.length - left));
  queued.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  return [...likely.map((prompt) => ({ prompt, where: "queued" as const, position: undefined })), ...queued, ...here];
}
