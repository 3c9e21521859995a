/**
 * One client session of the remote on one connection that is made again when it is lost. Joins the parts: link (hello,
 * connect, reconnect), requests, answers, prompts, followed sessions, locks. It must not know files, processes or the
 * environment: those come in as ports.
 * States: `RemoteConnectionState` in remote-client-events.ts. `connect` starts it, `close` ends it for good. A connection
 * has caught up when the messages that follow `connected` have come ([CONN-5]): only then prompts are sent again, so that
 * none goes whose answer is already on its way.
 */
import {
  REMOTE_LIMITS,
  lowerUuid,
  type RemoteClientMessageOf,
  type RemoteServerMessage,
  type RemoteServerMessageOf,
} from "@parlatory/protocol/remote";
import { WhenReady } from "../connection/when-ready.ts";
import { silentLogger, type Logger } from "../logger.ts";
import { RecentIds } from "../receiving/received-ids.ts";
import { TypedEmitter } from "../typed-emitter.ts";
import type { RemoteAnswer } from "./delivery/remote-answer.ts";
import { CommandCalls } from "./calls/command-calls.ts";
import { DeviceCalls } from "./calls/device-calls.ts";
import { FileCalls } from "./calls/file-calls.ts";
import { PermissionCalls } from "./calls/permission-calls.ts";
import { SessionCalls } from "./calls/session-calls.ts";
import { Deliveries } from "./delivery/deliveries.ts";
import { FollowedSessions, type FollowOptions } from "./history/followed-sessions.ts";
import type { SessionFollow } from "./history/session-follow.ts";
import { connectMessage } from "./link/connect-message.ts";
import { RemoteLink } from "./link/remote-link.ts";
import { remoteEndError, untilRemoteReady } from "./link/until-remote-ready.ts";
import { OwnPrompts, type OwnPrompt } from "./prompts/own-prompts.ts";
import { toPromptMessage, type PromptHandle, type PromptInput } from "./prompts/prompt-input.ts";
import { PromptOutbox, type OutboxPrompt } from "./prompts/prompt-outbox.ts";
import { memoryPromptStore, type StoredPrompt } from "./prompts/prompt-store.ts";
import { randomUuid } from "./random-uuid.ts";
import type { RemoteClientEvents, RemoteConnectionState, RemoteReadyInfo } from "./remote-client-events.ts";
import type { RemoteClientOptions } from "./remote-client-options.ts";
import { remoteUrl } from "./remote-url.ts";
import { RemoteRequestError, refusalOf } from "./requests/remote-request-error.ts";
import { RemoteRequests } from "./requests/remote-requests.ts";
import { SessionLocks, type SessionLock } from "./sessions/session-locks.ts";

const DEFAULTS = {
  connectTimeoutMs: 10_000,
  connectWaitMs: 5_000,
  requestTimeoutMs: 10_000,
  stuckAfterMs: 300_000,
  maxPrompts: 200,
  drainMs: 1_000,
} as const;
/** So many sessions that stand in no list are asked for one by one after a reconnect. */
const MAX_STATE_QUESTIONS = 50;

export class RemoteClient {
  /** Lists, names, modes, interrupting, killing, compacting. */
  readonly sessions: SessionCalls;
  readonly permissions: PermissionCalls;
  readonly commands: CommandCalls;
  readonly files: FileCalls;
  /** Listing, revoking, pairing. */
  readonly devices: DeviceCalls;
  readonly #options: RemoteClientOptions;
  readonly #logger: Logger;
  readonly #events: TypedEmitter<RemoteClientEvents>;
  readonly #link: RemoteLink;
  readonly #whenReady: WhenReady;
  readonly #requests: RemoteRequests;
  readonly #deliveries: Deliveries;
  readonly #outbox: PromptOutbox;
  readonly #ownPrompts = new OwnPrompts();
  readonly #follows: FollowedSessions;
  readonly #locks: SessionLocks;
  readonly #connectWaitMs: number;
  #loading: Promise<void> | undefined;
  /** Sessions listed since `connected`, until the client has caught up. */
  #listed: Set<string> | undefined;
  #isCaughtUp = false;

  constructor(options: RemoteClientOptions) {
    this.#options = options;
    const { platform, timing = {} } = options;
    const { clock } = platform;
    this.#logger = options.logger ?? silentLogger;
    this.#events = new TypedEmitter(this.#logger);
    this.#connectWaitMs = timing.connectWaitMs ?? DEFAULTS.connectWaitMs;
    this.#whenReady = new WhenReady(clock);
    this.#link = new RemoteLink(
      {
        url: remoteUrl(options.url),
        platform,
        logger: this.#logger,
        reconnect: options.reconnect ?? true,
        connectTimeoutMs: timing.connectTimeoutMs ?? DEFAULTS.connectTimeoutMs,
        pingIntervalMs: timing.pingIntervalMs ?? REMOTE_LIMITS.pingIntervalMs,
        deadAfterMs: timing.deadAfterMs ?? REMOTE_LIMITS.deadAfterMs,
        connectMessage: () => connectMessage(options),
      },
      { stateChanged: (state, before) => this.#stateChanged(state, before), frame: (frame) => this.#frame(frame) },
    );
    this.#requests = new RemoteRequests({
      clock,
      requestTimeoutMs: timing.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
      write: (text, written, expired) => this.#whenUsable(text, written, expired),
    });
    this.#locks = new SessionLocks({
      now: () => clock.now(),
      stuckAfterMs: timing.stuckAfterMs ?? DEFAULTS.stuckAfterMs,
      changed: (sessionId, lock) => void this.#events.emit("lock", { sessionId, lock }),
    });
    this.#deliveries = new Deliveries({
      storedIds: options.storedAnswerIds ?? new RecentIds(),
      storedIdsKnown: options.storedAnswersKnown ?? Promise.resolve(),
      store: options.storeAnswer ?? (() => undefined),
      stored: (delivery, isNew) => {
        if ("dropped" in delivery) return isNew ? void this.#events.emit("answersLost", delivery) : undefined;
        this.settle(delivery);
        if (isNew) this.#events.emit("answer", delivery);
      },
      acknowledge: (messageId) => this.#tellNow({ type: "message_ack", message_id: messageId }),
      failed: (messageId, cause) => void this.#events.emit("warning", { kind: "answer_unstored", messageId, cause }),
    });
    this.#outbox = new PromptOutbox({
      store: options.promptStore ?? memoryPromptStore,
      maxPrompts: options.maxPrompts ?? DEFAULTS.maxPrompts,
      send: (prompt) => this.#sendPrompt(prompt),
      changed: () => void this.#events.emit("prompts", undefined),
      storeFailed: (promptId, cause) => void this.#events.emit("warning", { kind: "prompt_unstored", promptId, cause }),
    });
    this.#follows = new FollowedSessions({
      requests: this.#requests,
      maxMessages: options.maxMessages,
      unsubscribe: (sessionId) => void this.#tellNow({ type: "unsubscribe", session_id: sessionId }),
      changed: (change) => {
        const replaced = this.#ownPrompts.replaceBy(change.sessionId, change.added);
        this.#events.emit("history", change);
        if (replaced.length > 0) this.#events.emit("prompts", undefined);
      },
      settled: (sessionId) => void this.#events.emit("historySettled", { sessionId }),
      failed: (sessionId, error) => void this.#events.emit("historyFailed", { sessionId, error }),
    });
    this.sessions = new SessionCalls(this.#requests, (sessionId) => this.#locks.lock(sessionId));
    this.permissions = new PermissionCalls(this.#requests, () => void this.#events.emit("permissions", undefined));
    this.commands = new CommandCalls(this.#requests);
    this.files = new FileCalls(this.#requests, () => this.#createId());
    this.devices = new DeviceCalls(this.#requests);
  }

  get state(): RemoteConnectionState {
    return this.#link.state;
  }

  /** What the server tells every connection unasked has come, the list of sessions last. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp;
  }

  /** Prompts without an outcome, in the order of writing. */
  get prompts(): readonly OutboxPrompt[] {
    return this.#outbox.prompts;
  }

  /** Starts connecting in the background and returns at once. Calling it again changes nothing. */
  connect(): void {
    this.#load();
    this.#link.start();
  }

  /** Resolves when the link is usable. Rejects with `RemoteRequestError` when it ended, or after `timeoutMs`. */
  untilReady(timeoutMs: number = this.#connectWaitMs): Promise<RemoteReadyInfo> {
    return untilRemoteReady(this, this.#options.platform.clock, timeoutMs);
  }

  /** The app came forward: reconnects at once, or looks whether the connection is still alive ([CLIENT-1]). */
  wake(): void {
    this.#link.wake();
  }

  /** Lets what is being stored come to its end (at most 1 s), says goodbye, and gives everything up that waits. */
  async close(): Promise<void> {
    const { promise: timeUp, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.platform.clock.startTimer(DEFAULTS.drainMs, resolve);
    await Promise.race([Promise.all([this.#deliveries.drain(), this.#outbox.drain()]), timeUp]);
    timer.cancel();
    await this.#link.close();
  }

  /** Adds a listener; the answer removes it. One that throws is logged and stops nobody else. */
  on<Event extends keyof RemoteClientEvents>(
    event: Event,
    listener: (value: RemoteClientEvents[Event]) => void,
  ): () => void {
    return this.#events.on(event, listener);
  }

  /** Keeps a prompt and sends it, now or when there is a connection, once ([CLIENT-5]). It is shown at once ([CLIENT-8]). */
  prompt(input: PromptInput): PromptHandle {
    this.#load();
    const promptId = input.promptId === undefined ? this.#createId() : lowerUuid(input.promptId);
    const newSessionId = input.newSessionId === undefined ? this.#createId() : lowerUuid(input.newSessionId);
    const sessionId = input.sessionId === undefined ? newSessionId : lowerUuid(input.sessionId);
    const writtenAt = this.#options.platform.clock.now();
    const message = toPromptMessage(input, { promptId, newSessionId });
    const wasOffline = this.state.name !== "ready";
    this.#ownPrompts.show({ promptId, sessionId, text: input.text, writtenAt });
    const handle = this.#outbox.submit({ promptId, sessionId, message, writtenAt, isAccepted: false, wasOffline });
    handle.accepted.catch(() => this.#forgetOwn(promptId));
    return handle;
  }

  /** Takes a prompt back: one that was not sent at once, a queued one at the server. Rejects with `RemoteRequestError`. */
  async cancelPrompt(promptId: string): Promise<void> {
    if (this.#outbox.withdraw(promptId)) return;
    await this.sessions.cancelPrompt(promptId);
  }

  /** Takes over the prompts of another client of this client session that is gone, such as a closed tab ([CLIENT-5]). */
  adopt(prompts: readonly StoredPrompt[]): void {
    this.#outbox.adopt(prompts);
    for (const { promptId, sessionId, message, writtenAt } of prompts) {
      this.#ownPrompts.show({ promptId, sessionId, text: String(message.text), writtenAt });
    }
    this.#events.emit("prompts", undefined);
  }

  /** Ends the prompts of an answer, also of one that another client of this client session took and acknowledged. */
  settle(answer: RemoteAnswer): void {
    this.#outbox.settle(answer);
    for (const promptId of [answer.promptId, ...answer.mergedPromptIds]) this.#ownPrompts.drop(promptId);
  }

  /** Follows a session's history over reconnects until `unfollow`; a session that is followed already is given as it is. */
  follow(sessionId: string, options: FollowOptions = {}): SessionFollow {
    return this.#follows.follow(lowerUuid(sessionId), options, this.state.name === "ready");
  }

  unfollow(sessionId: string): void {
    this.#follows.unfollow(lowerUuid(sessionId));
  }

  /** Own prompts of a session that its log does not show yet; they stand behind its messages ([CLIENT-8]). */
  ownPrompts(sessionId: string): readonly OwnPrompt[] {
    return this.#ownPrompts.of(sessionId);
  }

  /** Present while the session takes no input, as far as is known here ([CLIENT-6]). */
  lockOf(sessionId: string): (SessionLock & { readonly looksStuck: boolean }) | undefined {
    const lock = this.#locks.get(sessionId);
    return lock === undefined ? undefined : { ...lock, looksStuck: this.#locks.looksStuck(sessionId) };
  }

  /** Where sessions and commands of this client session start ([PROMPT-6]); resolves with what can be run there. */
  setDirectory(path: string): Promise<RemoteServerMessageOf<"available_commands">> {
    return this.#requests.ask({ message: { type: "set_directory", path }, answer: "available_commands" });
  }

  /** Resolves with the size in force ([RLIM-1]). */
  async setMaxMessageSize(sizeKb: number): Promise<number> {
    const message = { type: "set_max_message_size", size_kb: sizeKb } as const;
    const { effective_size_kb: effective } = await this.#requests.ask({ message, answer: "ack" });
    return effective ?? sizeKb;
  }

  /** Web Push to this device; one subscription, replaced by the next ([PUSH-1]). */
  async subscribePush(subscription: Pick<RemoteClientMessageOf<"push_subscribe">, "endpoint" | "keys">): Promise<void> {
    await this.#requests.ask({ message: { type: "push_subscribe", ...subscription }, answer: "ack" });
  }

  async unsubscribePush(): Promise<void> {
    await this.#requests.ask({ message: { type: "push_unsubscribe" }, answer: "ack" });
  }

  #createId(): string {
    return randomUuid((count) => this.#options.platform.randomBytes(count));
  }

  /** Prompts of an earlier run of the client; nothing is sent before they are known. */
  #load(): void {
    this.#loading ??= this.#outbox.load().then(
      () => {
        for (const { promptId, sessionId, message, writtenAt } of this.#outbox.prompts) {
          this.#ownPrompts.show({ promptId, sessionId, text: String(message.text), writtenAt });
        }
        if (this.#outbox.prompts.length > 0) this.#events.emit("prompts", undefined);
        if (this.#isCaughtUp) this.#outbox.opened();
      },
      (cause: unknown) => {
        this.#events.emit("warning", { kind: "prompt_unstored", promptId: "", cause });
        if (this.#isCaughtUp) this.#outbox.opened();
      },
    );
  }

  #whenUsable(text: string, written: () => void, expired: (why: string) => void): void {
    const write = (): void => {
      this.#link.write(text);
      written();
    };
    const { state } = this;
    if (state.name === "ready") write();
    else if (state.name === "ended") expired(remoteEndError(state.reason).message);
    else this.#whenReady.add(this.#connectWaitMs, write, () => expired(this.#whyNotUsable()));
  }

  #whyNotUsable(): string {
    const { state } = this;
    if (state.name === "ended") return remoteEndError(state.reason).message;
    if (state.name === "waiting") return `the server could not be reached: ${state.loss.message}`;
    return "the server could not be reached in time";
  }

  #tellNow(message: RemoteClientMessageOf<"message_ack"> | RemoteClientMessageOf<"unsubscribe">): boolean {
    if (this.state.name !== "ready") return false;
    this.#link.write(JSON.stringify(message));
    return true;
  }

  #sendPrompt({ message, promptId, sessionId }: StoredPrompt): void {
    this.#locks.lock(sessionId);
    this.#link.write(JSON.stringify({ ...message, correlation_id: promptId }));
  }

  #forgetOwn(promptId: string): void {
    this.#ownPrompts.drop(promptId);
    this.#events.emit("prompts", undefined);
  }

  #stateChanged(state: RemoteConnectionState, before: RemoteConnectionState): void {
    if (before.name === "ready") this.#disconnected();
    if (state.name === "ready") this.#connected();
    if (state.name === "ended") this.#ended(remoteEndError(state.reason));
    this.#logger.debug("connection", { state: state.name });
    this.#events.emit("connection", state);
    if (state.name === "ready") this.#events.emit("ready", state.info);
    if (state.name === "waiting" && before.name === "ready") this.#events.emit("down", state.loss);
    if (state.name === "ended") this.#events.emit("ended", state.reason);
  }

  #connected(): void {
    this.#listed = new Set();
    this.permissions.connected();
    this.#follows.connected();
    this.#whenReady.runAll();
  }

  #disconnected(): void {
    this.#listed = undefined;
    this.#isCaughtUp = false;
    this.#requests.connectionLost();
    this.#outbox.connectionLost();
    this.#follows.disconnected();
  }

  #ended(error: RemoteRequestError): void {
    this.#whenReady.expireAll();
    this.#outbox.end(error);
    this.commands.end(error);
  }

  #frame(frame: RemoteServerMessage): void {
    try {
      this.#take(frame);
    } catch (cause) {
      this.#events.emit("warning", { kind: "bad_frame", cause });
      return;
    }
    this.#events.emit(frame.type, frame as never);
    if (frame.type !== "session_list" || frame.correlation_id !== undefined) return;
    if (this.#listed !== undefined) this.#caughtUp(this.#listed);
  }

  #take(frame: RemoteServerMessage): void {
    const isAnswer = this.#requests.take(frame);
    this.#locks.take(frame);
    this.permissions.take(frame);
    this.commands.take(frame);
    switch (frame.type) {
      case "response":
        for (const promptId of frame.merged_prompt_ids ?? []) this.#outbox.answered(promptId);
        this.#outbox.answered(frame.prompt_id);
        return this.#deliveries.take(frame);
      case "replay":
        this.#outbox.answered(frame.message.prompt_id);
        return this.#deliveries.take(frame);
      case "replay_gap":
        return this.#deliveries.take(frame);
      case "ack":
        return this.#accepted(frame);
      case "error":
      case "session_locked":
        return this.#refused(frame);
      case "prompt_status":
        if (frame.state === "steered") this.#outbox.steered(frame.prompt_id);
        return;
      case "session_history":
      case "session_updated":
        return this.#follows.take(frame, isAnswer);
      case "recent_sessions":
      case "session_list":
        // What was asked for says nothing about where the client stands.
        if (this.#listed === undefined || frame.correlation_id !== undefined) return;
        for (const session of frame.sessions) {
          this.#listed.add(session.session_id);
          this.#locks.takeListed(session);
        }
        return;
      default:
    }
  }

  /** A prompt has its own id as correlation. */
  #refused(frame: RemoteServerMessageOf<"error"> | RemoteServerMessageOf<"session_locked">): void {
    const promptId = frame.correlation_id;
    const prompt = this.#outbox.prompts.find((each) => each.promptId === promptId);
    if (promptId === undefined || prompt === undefined) return;
    if (!this.#outbox.refuse(promptId, refusalOf(frame)) || frame.type === "session_locked") return;
    // Without an id in `details` nothing runs there, unless another prompt of ours does ([CONN-12]).
    if (frame.details?.["session_id"] === undefined) this.#releaseUnlessBusy(prompt);
  }

  #accepted(ack: RemoteServerMessageOf<"ack">): void {
    this.#outbox.accept(ack);
    const { duplicate, prompt_id: promptId, session_id: sessionId, state } = ack;
    if (duplicate !== true || promptId === undefined || sessionId === undefined) return;
    // What was over when it was sent again makes no run, so nothing else will unlock its session.
    const isOver = state === "finished" || state === "failed" || state === "cancelled";
    if (isOver) this.#releaseUnlessBusy({ promptId, sessionId });
  }

  #releaseUnlessBusy({ promptId, sessionId }: Pick<StoredPrompt, "promptId" | "sessionId">): void {
    const isBusy = this.#outbox.prompts.some(
      (other) => other.sessionId === sessionId && other.promptId !== promptId && isUnderWay(other),
    );
    if (!isBusy) this.#locks.release(sessionId);
  }

  #caughtUp(listed: ReadonlySet<string>): void {
    this.#listed = undefined;
    this.#isCaughtUp = true;
    this.#askForStates(listed);
    this.commands.caughtUp();
    void this.#loading?.then(() => {
      if (this.#isCaughtUp) this.#outbox.opened();
    });
    this.#events.emit("caughtUp", undefined);
  }

  /** Of sessions that are locked here and stand in no list ([CLIENT-6]). */
  #askForStates(listed: ReadonlySet<string>): void {
    const unknown = this.#locks.lockedSessions.filter((sessionId) => !listed.has(sessionId));
    for (const sessionId of unknown.slice(0, MAX_STATE_QUESTIONS)) {
      const sends = this.#locks.get(sessionId)?.sends;
      this.sessions.info(sessionId).then(
        (session) => {
          if (this.#locks.get(sessionId)?.sends === sends) this.#locks.takeListed(session);
        },
        (error: unknown) => {
          // A session that is not there has no run.
          if (error instanceof RemoteRequestError && error.code === "not_found") this.#locks.release(sessionId);
        },
      );
    }
  }
}

function isUnderWay({ state }: OutboxPrompt): boolean {
  return state === "sent" || state === "accepted";
}
