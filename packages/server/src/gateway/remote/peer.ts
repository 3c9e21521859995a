/**
 * One connected client behind a socket, as handlers and pushes see it: who it is, what it can take, what it follows. It
 * writes frames; it knows nothing of frames that come in.
 *
 * A push about a prompt waits while the prompt's `ack` is under way, which is the first answer to it ([PROMPT-8]); results
 * wait while a `connect` is carried out, whose replays come first ([RDLV-3]).
 */
import { REMOTE_LIMITS, type RemoteServerMessage } from "@parlatory/protocol/remote";
import type { Asker } from "../../sessions/run-desk.ts";
import { ClientSession } from "./client-session.ts";
import type { Outbox } from "./outbox.ts";
import type { CommandFeeds } from "./pushes/command-feeds.ts";
import type { Subscription } from "./pushes/subscription.ts";
import type { RemoteDevice } from "./remote-device.ts";

export interface PeerOptions {
  readonly outbox: Outbox;
  readonly device: RemoteDevice;
  /** Where the client reaches this server, as far as its upgrade told. */
  readonly serverOrigin?: string | undefined;
  /** Ends the socket of a device that was revoked ([AUTH-7]). */
  readonly refuse: () => void;
}

export class Peer {
  readonly outbox: Outbox;
  device: RemoteDevice;
  readonly subscriptions = new Map<string, Subscription<Peer>>();
  /** Set while the peer is open. */
  feeds: CommandFeeds | undefined;
  recentLimit: number = REMOTE_LIMITS.recentSessions;
  /** The newest `recent_sessions` frame, to tell whether another says anything new ([SESS-3]). */
  shownRecent = "";
  /** When it was sent. */
  recentShownAt = Number.NEGATIVE_INFINITY;
  readonly serverOrigin: string | undefined;
  readonly refuse: () => void;
  #clientSession = new ClientSession<Peer>("");
  #isOpen = true;
  #replayed: ReadonlySet<string> = new Set();
  #heldResults: { messageId: string; send: () => void }[] | undefined;
  readonly #heldPrompts = new Map<string, (() => void)[]>();
  #drained: (() => void)[] = [];

  constructor(options: PeerOptions) {
    this.outbox = options.outbox;
    this.device = options.device;
    this.serverOrigin = options.serverOrigin;
    this.refuse = options.refuse;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get clientSession(): ClientSession<Peer> {
    return this.#clientSession;
  }

  /** Belongs to that client session from now on ([CONN-7]). Done by the audience. */
  moveTo(clientSession: ClientSession<Peer>): void {
    this.#clientSession = clientSession;
  }

  get asker(): Asker {
    return { clientSessionId: this.#clientSession.id, deviceId: this.device.id, deviceName: this.device.name };
  }

  isHidden(sessionId: string): boolean {
    return this.#clientSession.hidden.has(sessionId);
  }

  send(message: RemoteServerMessage): void {
    this.outbox.send(message);
  }

  /** From here on results wait until `releaseResults`. */
  holdResults(): void {
    this.#heldResults ??= [];
  }

  /** `replayed`: messages that the connect has just sent; their responses are not sent again. */
  releaseResults(replayed: ReadonlySet<string>): void {
    this.#replayed = replayed;
    const held = this.#heldResults ?? [];
    this.#heldResults = undefined;
    for (const { messageId, send } of held) this.pushResult(messageId, send);
  }

  /** Sends what belongs to a result, unless the newest connect has told it already ([RDLV-6]). */
  pushResult(messageId: string, send: () => void): void {
    if (this.#heldResults !== undefined) this.#heldResults.push({ messageId, send });
    else if (!this.#replayed.has(messageId)) send();
  }

  /** The `ack` of this prompt is under way: pushes about it wait until `releasePrompt`. */
  holdPrompt(promptId: string): void {
    this.#heldPrompts.set(promptId, this.#heldPrompts.get(promptId) ?? []);
  }

  releasePrompt(promptId: string): void {
    const held = this.#heldPrompts.get(promptId) ?? [];
    this.#heldPrompts.delete(promptId);
    for (const send of held) send();
  }

  pushAboutPrompt(promptId: string, send: () => void): void {
    const held = this.#heldPrompts.get(promptId);
    if (held === undefined) send();
    else held.push(send);
  }

  /** Whether live messages to it are to be forgotten rather than buffered ([RLIM-5]). */
  get isSlow(): boolean {
    return this.outbox.waitingBytes >= REMOTE_LIMITS.pauseLiveAboveBytes;
  }

  /** Resolves when a large answer may be made: not while much of others still waits to be read. */
  async whenRoomy(): Promise<void> {
    while (this.#isOpen && this.isSlow) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /** What waited was read. */
  handleDrained(): void {
    for (const subscription of this.subscriptions.values()) subscription.handleDrained();
    this.feeds?.handleDrained();
    this.#wakeWaiting();
  }

  close(): void {
    this.#isOpen = false;
    this.#heldResults = undefined;
    this.#heldPrompts.clear();
    this.#wakeWaiting();
  }

  #wakeWaiting(): void {
    const waiting = this.#drained;
    this.#drained = [];
    for (const resolve of waiting) resolve();
  }
}
