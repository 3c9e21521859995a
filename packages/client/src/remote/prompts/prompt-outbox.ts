/**
 * Prompts without an outcome, in the order in which they were written ([CLIENT-5]). Each is kept before it is sent, sent
 * again under its id after a connection that brought no `ack`, and forgotten with its outcome. It must not know sockets or
 * what an answer says.
 *
 * States of a prompt: keeping → waiting → sent → accepted → gone; sent → waiting when the connection is lost; gone from
 * every state when it is refused or cancelled.
 */
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { RemoteAnswer } from "../delivery/remote-answer.ts";
import { RemoteRequestError } from "../requests/remote-request-error.ts";
import { toAcceptance, type PromptAcceptance, type PromptHandle } from "./prompt-input.ts";
import type { PromptStore, StoredPrompt } from "./prompt-store.ts";

export interface PromptOutboxOptions {
  readonly store: PromptStore;
  readonly maxPrompts: number;
  /** Writes it now. Called only between `opened` and `connectionLost`. */
  readonly send: (prompt: StoredPrompt) => void;
  /** What is kept changed, or a prompt's state did. */
  readonly changed: () => void;
  /** The store failed for a prompt that goes on all the same. */
  readonly storeFailed: (promptId: string, cause: unknown) => void;
}

export type PromptState = "keeping" | "waiting" | "sent" | "accepted";

/** A prompt as the outside may see it. */
export interface OutboxPrompt extends StoredPrompt {
  readonly state: PromptState;
}

interface Entry {
  prompt: StoredPrompt;
  state: PromptState;
  /** It was put into a run of another prompt, so that no answer of its own follows ([PROMPT-13]). */
  isSteered: boolean;
  readonly kept: PromiseWithResolvers<void>;
  readonly accepted: PromiseWithResolvers<PromptAcceptance>;
  readonly outcome: PromiseWithResolvers<RemoteAnswer>;
}

export class PromptOutbox {
  readonly #options: PromptOutboxOptions;
  readonly #entries = new Map<string, Entry>();
  #isOpen = false;
  /** Writes of the store follow one another, so that none of an earlier state comes last. */
  #lastWrite: Promise<void> = Promise.resolve();
  #endError: RemoteRequestError | undefined;

  constructor(options: PromptOutboxOptions) {
    this.#options = options;
  }

  get prompts(): readonly OutboxPrompt[] {
    return [...this.#entries.values()].map(({ prompt, state }) => ({ ...prompt, state }));
  }

  /** Resolves when the store has everything that was given to it so far. */
  drain(): Promise<void> {
    return this.#lastWrite;
  }

  /** Takes what an earlier run of the client kept. Before anything is submitted. */
  async load(): Promise<void> {
    const loaded = await this.#options.store.load();
    if (this.#endError !== undefined) return;
    const written = [...this.#entries];
    this.#entries.clear();
    this.#enter(loaded);
    // What was written meanwhile comes after it.
    for (const [promptId, entry] of written) this.#entries.set(promptId, entry);
    if (this.#entries.size > 0) this.#options.changed();
    this.#pump();
  }

  /** Takes what another client of this client session kept and sends no more; the store has it as this one's. */
  adopt(prompts: readonly StoredPrompt[]): void {
    if (this.#endError !== undefined) return;
    this.#enter(prompts.filter(({ promptId }) => !this.#entries.has(promptId)));
    this.#options.changed();
    this.#pump();
  }

  /** Keeps a prompt and sends it as soon as it may go. */
  submit(prompt: StoredPrompt): PromptHandle {
    const { promptId, sessionId } = prompt;
    const known = this.#entries.get(promptId);
    const entry = known ?? createEntry(prompt, "keeping");
    const { kept, accepted, outcome } = entry;
    const handle = {
      promptId,
      sessionId,
      kept: kept.promise,
      accepted: accepted.promise,
      outcome: outcome.promise,
    };
    if (known !== undefined) return handle;
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      fail(entry, refusal);
      return handle;
    }
    this.#entries.set(promptId, entry);
    this.#options.changed();
    void this.#keep(entry);
    return handle;
  }

  /** The connection takes prompts, and every answer that waited at the server has been told of. */
  opened(): void {
    this.#isOpen = true;
    this.#pump();
  }

  connectionLost(): void {
    this.#isOpen = false;
    for (const entry of this.#entries.values()) {
      // It may have run: it goes again under its id, at once and not behind what was written without a connection.
      if (entry.state === "sent") entry.state = "waiting";
    }
  }

  /** Takes the `ack` of a prompt; tells whether it was of one of ours. */
  accept(ack: RemoteServerMessageOf<"ack">): boolean {
    const entry = ack.prompt_id === undefined ? undefined : this.#entries.get(ack.prompt_id);
    if (entry === undefined) return false;
    const { promptId, sessionId } = entry.prompt;
    entry.accepted.resolve(toAcceptance(promptId, sessionId, ack));
    entry.state = "accepted";
    entry.prompt = { ...entry.prompt, isAccepted: true };
    if (ack.state === "steered" || ack.mode_applied === "steer") entry.isSteered = true;
    const { prompt } = entry;
    this.#write(promptId, () => this.#options.store.put(prompt));
    this.#options.changed();
    this.#pump();
    return true;
  }

  /** The server did not take a prompt, so nothing of it is recorded there ([PROMPT-8]). Tells whether it was one of ours. */
  refuse(promptId: string, error: RemoteRequestError): boolean {
    const entry = this.#entries.get(promptId);
    // What was accepted before and is refused when sent again has its outcome elsewhere.
    if (entry === undefined || entry.state === "accepted") return false;
    this.#remove(entry);
    fail(entry, error);
    this.#pump();
    return true;
  }

  steered(promptId: string): void {
    const entry = this.#entries.get(promptId);
    if (entry !== undefined) entry.isSteered = true;
  }

  /** Its answer is here and is being stored: it is not sent again. */
  answered(promptId: string): void {
    const entry = this.#entries.get(promptId);
    if (entry !== undefined) entry.state = "accepted";
  }

  /** An answer ends its own prompt and those that were steered into its run. */
  settle(answer: RemoteAnswer): void {
    const ids = new Set([answer.promptId, ...answer.mergedPromptIds]);
    for (const entry of [...this.#entries.values()]) {
      const { promptId, sessionId } = entry.prompt;
      // A replay does not name what was steered into it: the first one of the session is taken for it.
      const isMerged = answer.isReplay && entry.isSteered && sessionId === answer.sessionId;
      if (!ids.has(promptId) && !isMerged) continue;
      this.#remove(entry);
      entry.accepted.resolve(toAcceptance(promptId, sessionId));
      entry.outcome.resolve(answer);
    }
    this.#pump();
  }

  /** Takes back a prompt that the server cannot have; false when it was sent already. */
  withdraw(promptId: string): boolean {
    const entry = this.#entries.get(promptId);
    if (entry === undefined || entry.state === "sent" || entry.state === "accepted") return false;
    this.#remove(entry);
    fail(entry, new RemoteRequestError("cancelled", "the prompt was taken back before it was sent"));
    return true;
  }

  /** Nothing more is sent; what is kept stays in the store for the next run of the client. */
  end(error: RemoteRequestError): void {
    this.#isOpen = false;
    this.#endError = error;
    for (const entry of this.#entries.values()) fail(entry, error);
    this.#entries.clear();
  }

  #enter(prompts: readonly StoredPrompt[]): void {
    for (const prompt of prompts) {
      this.#entries.set(prompt.promptId, createEntry(prompt, prompt.isAccepted ? "accepted" : "waiting"));
    }
  }

  #refusal(): RemoteRequestError | undefined {
    if (this.#endError !== undefined) return this.#endError;
    if (this.#entries.size < this.#options.maxPrompts) return undefined;
    const message = `the prompt was not taken: ${this.#options.maxPrompts} prompts wait for their outcome already`;
    return new RemoteRequestError("limit_reached", message);
  }

  async #keep(entry: Entry): Promise<void> {
    const { promptId } = entry.prompt;
    try {
      const kept = this.#options.store.put(entry.prompt);
      // What is kept at once is sent at once.
      if (kept !== undefined) await kept;
    } catch (cause) {
      if (!this.#entries.has(promptId)) return;
      this.#entries.delete(promptId);
      fail(entry, new RemoteRequestError("io_error", "the prompt could not be kept, so it was not sent", { cause }));
      this.#options.changed();
      return;
    }
    entry.kept.resolve();
    if (this.#entries.get(promptId) !== entry) return;
    entry.state = "waiting";
    this.#pump();
    this.#options.changed();
  }

  #pump(): void {
    if (!this.#isOpen) return;
    /** Sessions whose later prompts have to wait. */
    const held = new Set<string>();
    const busy = new Set<string>();
    for (const entry of this.#entries.values()) {
      const { sessionId, message, wasOffline } = entry.prompt;
      const mayGo =
        entry.state === "waiting" &&
        !held.has(sessionId) &&
        // Nobody was told that the session is busy: one after the other, or the second would be refused.
        !(wasOffline && (message.mode ?? "reject") === "reject" && busy.has(sessionId));
      if (mayGo) {
        entry.state = "sent";
        this.#options.send(entry.prompt);
      } else if (entry.state === "waiting" || entry.state === "keeping") {
        held.add(sessionId);
      }
      busy.add(sessionId);
    }
  }

  #remove(entry: Entry): void {
    const { promptId } = entry.prompt;
    this.#entries.delete(promptId);
    this.#write(promptId, () => this.#options.store.remove(promptId));
    this.#options.changed();
  }

  #write(promptId: string, write: () => void | Promise<void>): void {
    this.#lastWrite = this.#lastWrite.then(write).catch((cause: unknown) => this.#options.storeFailed(promptId, cause));
  }
}

function createEntry(prompt: StoredPrompt, state: PromptState): Entry {
  const kept = Promise.withResolvers<void>();
  if (state !== "keeping") kept.resolve();
  const accepted = Promise.withResolvers<PromptAcceptance>();
  const outcome = Promise.withResolvers<RemoteAnswer>();
  // Whoever wants to know looks at them later, or not at all.
  kept.promise.catch(() => undefined);
  accepted.promise.catch(() => undefined);
  outcome.promise.catch(() => undefined);
  return { prompt, state, isSteered: false, kept, accepted, outcome };
}

function fail(entry: Entry, error: RemoteRequestError): void {
  entry.kept.reject(error);
  entry.accepted.reject(error);
  entry.outcome.reject(error);
}
