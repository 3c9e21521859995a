/**
 * One session's history as the page shows it: follows it, keeps the timeline true to it, and says when something changed.
 * It must not know how anything looks.
 * States: `loading` (nothing is known yet) → `following` ⇄ `failed`; ended by `stop`.
 */
import type { HistoryChange, RemoteClient, RemoteRequestError, SessionFollow } from "@parlatory/client";
import type { RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type { HistoryKeeper } from "../history-keeper.ts";
import type { OwnPromptState, OwnRow } from "../rows/tail-row.ts";
import { Timeline } from "../timeline/timeline.ts";

/** After a live message; many that come together are kept once. */
const SAVE_DELAY_MS = 1_000;

/** Always the same, so that nothing is drawn anew for it. */
const noRows: readonly OwnRow[] = [];

type PromptStatus = Pick<RemoteServerMessageOf<"prompt_status">, "state" | "queue_position">;

export class FollowedHistory {
  readonly timeline = new Timeline();
  readonly sessionId: string;
  readonly #client: RemoteClient;
  readonly #keeper: HistoryKeeper;
  readonly #listeners = new Set<() => void>();
  readonly #liveListeners = new Set<(change: HistoryChange) => void>();
  readonly #statuses = new Map<string, PromptStatus>();
  readonly #ends: (() => void)[] = [];
  #follow: SessionFollow | undefined;
  #version = 0;
  #isAnswered = false;
  #error: RemoteRequestError | undefined;
  #olderError: RemoteRequestError | undefined;
  #older: Promise<number> | undefined;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;
  #ownRows: readonly OwnRow[] = noRows;

  constructor(client: RemoteClient, keeper: HistoryKeeper, sessionId: string) {
    this.#client = client;
    this.#keeper = keeper;
    this.sessionId = sessionId;
    this.#ends.push(
      client.on("history", (change) => (change.sessionId === sessionId ? this.#take(change) : undefined)),
      client.on("historySettled", (event) => (event.sessionId === sessionId ? this.#settled() : undefined)),
      client.on("historyFailed", (event) => (event.sessionId === sessionId ? this.#failed(event.error) : undefined)),
      client.on("prompts", () => this.#ownChanged()),
      client.on("connection", () => this.#ownChanged()),
      client.on("prompt_status", (frame) => this.#status(frame.session_id, frame.prompt_id, frame)),
      client.on("ack", (frame) => this.#accepted(frame)),
      client.on("session_ready", (frame) => (frame.session_id === sessionId ? this.#retryFailed() : undefined)),
      client.on("session_created", (frame) => (frame.session_id === sessionId ? this.#retryFailed() : undefined)),
    );
    this.#ownRows = this.#readOwn();
    void keeper.load(sessionId).then((snapshot) => {
      if (this.#isStopped) return;
      this.#follow = client.follow(sessionId, { snapshot });
      this.timeline.reset(this.#follow.view.messages);
      if (this.#follow.isSettled) this.#isAnswered = true;
      this.#changed();
    });
  }

  /** Another one after every change. */
  get version(): number {
    return this.#version;
  }

  /** The server has answered, or something was kept: what is here can be shown. */
  get isKnown(): boolean {
    return this.#isAnswered || this.timeline.rows.length > 0;
  }

  get error(): RemoteRequestError | undefined {
    return this.#error;
  }

  get olderError(): RemoteRequestError | undefined {
    return this.#olderError;
  }

  get isLoadingOlder(): boolean {
    return this.#older !== undefined;
  }

  /** The log has messages before the first one here. */
  get hasOlder(): boolean {
    return this.#follow?.view.hasOlder ?? false;
  }

  /** There is no room here for older ones. */
  get isFull(): boolean {
    return this.#follow?.view.isFull ?? false;
  }

  get ownRows(): readonly OwnRow[] {
    return this.#ownRows;
  }

  /** What is behind the last message and did not come. */
  get missingEnd(): { readonly afterSeq: number; readonly beforeSeq: number } | undefined {
    const view = this.#follow?.view;
    const last = view?.missing.at(-1);
    if (view === undefined || last === undefined || last.beforeSeq !== null) return undefined;
    return view.endSeq > last.afterSeq ? { afterSeq: last.afterSeq, beforeSeq: view.endSeq + 1 } : undefined;
  }

  isMissing(afterSeq: number, beforeSeq: number): boolean {
    const parts = this.#follow?.view.missing ?? [];
    return parts.some((part) => part.afterSeq < beforeSeq - 1 && (part.beforeSeq ?? Infinity) > afterSeq + 1);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Hears what was pushed as it happened. */
  onLive(listener: (change: HistoryChange) => void): () => void {
    this.#liveListeners.add(listener);
    return () => this.#liveListeners.delete(listener);
  }

  /** Loads the page before; answers how many messages it brought, 0 when there are none or it failed (see `olderError`). */
  loadOlder(): Promise<number> {
    const follow = this.#follow;
    if (follow === undefined || !follow.view.hasOlder || follow.view.isFull) return Promise.resolve(0);
    this.#older ??= this.#askOlder(follow);
    return this.#older;
  }

  /** Asks again for everything that is missing or failed. */
  retry(): void {
    this.#error = undefined;
    this.#olderError = undefined;
    this.#follow?.retry();
    this.#changed();
  }

  save(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    if (this.#follow !== undefined && this.timeline.rows.length > 0) this.#keeper.save(this.#follow.view);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.save();
    this.#isStopped = true;
    for (const end of this.#ends.splice(0)) end();
    this.#client.unfollow(this.sessionId);
  }

  async #askOlder(follow: SessionFollow): Promise<number> {
    this.#olderError = undefined;
    this.#changed();
    try {
      return await follow.loadOlder();
    } catch (error) {
      // Whatever it is, scrolling on must be possible and the reader must be told.
      this.#olderError = error as RemoteRequestError;
      return 0;
    } finally {
      this.#older = undefined;
      this.#changed();
    }
  }

  #take(change: HistoryChange): void {
    this.#isAnswered = true;
    this.#error = undefined;
    if (change.wasReset) this.timeline.reset(change.view.messages);
    else this.timeline.take(change.view.messages, change.added);
    if (change.isLive) for (const listener of this.#liveListeners) listener(change);
    this.#saveTimer ??= setTimeout(() => this.save(), SAVE_DELAY_MS);
    this.#ownRows = this.#readOwn();
    this.#changed();
  }

  #settled(): void {
    this.#isAnswered = true;
    this.#error = undefined;
    this.save();
    this.#changed();
  }

  #failed(error: RemoteRequestError): void {
    this.#error = error;
    this.#changed();
  }

  /** A session can be followed from its acknowledgement on ([PROMPT-17]): before it the server did not know it. */
  #retryFailed(): void {
    if (this.#error !== undefined) this.retry();
  }

  #accepted(frame: RemoteServerMessageOf<"ack">): void {
    const { session_id: sessionId, prompt_id: promptId, mode_applied: mode, queue_position: position } = frame;
    if (sessionId !== this.sessionId || promptId === undefined) return;
    const state = frame.state ?? (mode === "queue" ? "queued" : "running");
    this.#status(sessionId, promptId, { state, ...(position === undefined ? {} : { queue_position: position }) });
    this.#retryFailed();
  }

  #status(sessionId: string, promptId: string, status: PromptStatus): void {
    if (sessionId !== this.sessionId) return;
    this.#statuses.set(promptId, status);
    this.#ownChanged();
  }

  #ownChanged(): void {
    const before = this.#ownRows;
    this.#ownRows = this.#readOwn();
    for (const promptId of this.#statuses.keys()) {
      if (!this.#ownRows.some(({ prompt }) => prompt.promptId === promptId)) this.#statuses.delete(promptId);
    }
    if (before.length > 0 || this.#ownRows.length > 0) this.#changed();
  }

  #readOwn(): readonly OwnRow[] {
    const own = this.#client.ownPrompts(this.sessionId);
    if (own.length === 0) return noRows;
    const outbox = new Map(this.#client.prompts.map((prompt) => [prompt.promptId, prompt.state]));
    return own.map((prompt) => {
      const key = `prompt:${prompt.promptId}`;
      return { type: "own", key, prompt, state: this.#stateOf(prompt.promptId, outbox.get(prompt.promptId)) };
    });
  }

  #stateOf(promptId: string, state: "keeping" | "waiting" | "sent" | "accepted" | undefined): OwnPromptState {
    if (state === "keeping" || state === "waiting") {
      return { name: this.#client.state.name === "ready" ? "waiting" : "offline" };
    }
    if (state === "sent") return { name: "sent" };
    const status = this.#statuses.get(promptId);
    return status?.state === "queued" ? { name: "queued", position: status.queue_position } : { name: "running" };
  }

  #changed(): void {
    if (this.#isStopped) return;
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
