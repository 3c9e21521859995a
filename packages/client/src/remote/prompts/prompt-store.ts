import type { PromptMessage } from "./prompt-input.ts";

/** A prompt without an outcome, as it is kept over restarts of the client. */
export interface StoredPrompt {
  readonly promptId: string;
  readonly sessionId: string;
  /** As it goes over the wire. */
  readonly message: PromptMessage;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
  /** The server has it: it is not sent again. */
  readonly isAccepted: boolean;
  /** Written without a connection: it waits for earlier prompts of its session ([CLIENT-5]). */
  readonly wasOffline: boolean;
}

/** Where prompts without an outcome are kept, so that none is lost or sent twice over a restart ([CLIENT-5]). */
export interface PromptStore {
  /** In the order of writing. Asked once, before anything is sent. */
  load(): readonly StoredPrompt[] | Promise<readonly StoredPrompt[]>;
  /** Keeps or replaces; when this returns (or its promise resolves) it survives a restart, and only then it is sent. */
  put(prompt: StoredPrompt): void | Promise<void>;
  remove(promptId: string): void | Promise<void>;
}

/** Keeps nothing over a restart. */
export const memoryPromptStore: PromptStore = { load: () => [], put: () => undefined, remove: () => undefined };
