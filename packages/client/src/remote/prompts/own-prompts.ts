/**
 * Prompts of this client that are not in the log yet: shown at once, and replaced by the message that has their id
 * ([CLIENT-8]). By text only where the message has none. It must not know sockets.
 */
import { REMOTE_LIMITS, truncateMiddle, type RemoteMessageItem } from "@parlatory/protocol/remote";

export interface OwnPrompt {
  readonly promptId: string;
  readonly sessionId: string;
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

export class OwnPrompts {
  readonly #bySession = new Map<string, OwnPrompt[]>();

  /** In the order of writing. */
  of(sessionId: string): readonly OwnPrompt[] {
    return this.#bySession.get(sessionId) ?? [];
  }

  show(prompt: OwnPrompt): void {
    const prompts = this.#bySession.get(prompt.sessionId) ?? [];
    if (prompts.some(({ promptId }) => promptId === prompt.promptId)) return;
    this.#bySession.set(prompt.sessionId, [...prompts, prompt]);
  }

  /** It was refused, taken back, or has its answer without having been seen in the log. */
  drop(promptId: string): void {
    for (const [sessionId, prompts] of this.#bySession) {
      const left = prompts.filter((prompt) => prompt.promptId !== promptId);
      if (left.length === prompts.length) continue;
      this.#keep(sessionId, left);
      return;
    }
  }

  /** Messages that are new in the log of a session; answers the prompts they replace. */
  replaceBy(sessionId: string, messages: readonly RemoteMessageItem[]): OwnPrompt[] {
    const replaced: OwnPrompt[] = [];
    let left = this.of(sessionId);
    for (const message of messages) {
      if (left.length === 0) break;
      if (message.role !== "user") continue;
      const found = left.find((prompt) => isSame(prompt, message));
      if (found === undefined) continue;
      replaced.push(found);
      left = left.filter((prompt) => prompt !== found);
    }
    if (replaced.length > 0) this.#keep(sessionId, left);
    return replaced;
  }

  #keep(sessionId: string, prompts: readonly OwnPrompt[]): void {
    if (prompts.length === 0) this.#bySession.delete(sessionId);
    else this.#bySession.set(sessionId, [...prompts]);
  }
}

function isSame(prompt: OwnPrompt, message: RemoteMessageItem): boolean {
  if (message.prompt_id !== undefined) return message.prompt_id === prompt.promptId;
  if (message.kind !== "prompt") return false;
  if (message.text === prompt.text) return true;
  // The log's text may have been cut on its way ([TRUNC-4]).
  return message.truncated === true && message.text === truncateMiddle(prompt.text, REMOTE_LIMITS.messageTextBytes);
}
