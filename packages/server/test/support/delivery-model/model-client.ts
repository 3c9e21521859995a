import type { Priority, PublicKey, PushFrame } from "@parlatory/protocol";
import type { PresenceConnection } from "../../../src/mesh/ports.ts";
import type { Presence } from "../../../src/mesh/presence.ts";
import type { HeldTime } from "../held-time.ts";

export interface ClientProfile {
  name: string;
  member: number;
  modern: boolean;
  hasSessionKey: boolean;
  groups: string[];
}

/** One running client of the model; it outlives its connections and the broker's crashes. */
export interface ModelClient {
  profile: ClientProfile;
  memberPubkey: PublicKey;
  sessionPubkey: PublicKey | undefined;
  connection: ModelConnection | undefined;
  presence: Presence | undefined;
  /** Ids handed to the user, kept over restarts ([DLV-4]). */
  handled: Set<string>;
}

/** What a connection tells of itself and asks. */
export interface ConnectionWatcher {
  /** A push was written to it. */
  pushed(connection: ModelConnection, push: PushFrame): void;
  /** Messages offered on it and not settled. */
  offeredOn(connection: ModelConnection): string[];
  /** These were flushed and proven read. */
  confirmed(connection: ModelConnection, messageIds: readonly string[]): void;
}

/** A connection that can be clogged and cut, and that flushes at once. */
export class ModelConnection implements PresenceConnection {
  readonly id: number;
  readonly client: ModelClient;
  readonly #watcher: ConnectionWatcher;
  readonly #time: HeldTime;
  readonly #confirmations = new Set<(confirmed: boolean) => void>();
  isOpen = true;
  isClogged = false;

  constructor(id: number, client: ModelClient, watcher: ConnectionWatcher, time: HeldTime) {
    this.id = id;
    this.client = client;
    this.#watcher = watcher;
    this.#time = time;
  }

  send(frame: string | Buffer): void {
    if (!this.isOpen) return;
    const parsed = JSON.parse(frame.toString()) as PushFrame | { type: "other" };
    if (parsed.type === "push") this.#watcher.pushed(this, parsed);
  }

  flush(): void {}

  bufferedBytes(): number {
    return this.isClogged ? 2 * 1024 * 1024 : 0;
  }

  confirmFlushed(settleMs: number, done: (confirmed: boolean) => void): void {
    if (!this.isOpen) return done(false);
    this.#confirmations.add(done);
    const flushed = this.#watcher.offeredOn(this);
    this.#time.after(settleMs, () => {
      if (!this.#confirmations.delete(done)) return;
      this.#watcher.confirmed(this, flushed);
      done(this.isOpen);
    });
  }

  close(): void {
    this.isOpen = false;
    for (const done of this.#confirmations) done(false);
    this.#confirmations.clear();
  }
}

/** The recipients of the ledger this client stands for, each as `kind/key`. */
export function recipientKeysOf(client: ModelClient): string[] {
  const keys = [`member/${client.memberPubkey}`];
  if (client.sessionPubkey !== undefined) keys.push(`session/${client.sessionPubkey}`);
  if (client.presence !== undefined) keys.push(`presence/${client.presence.id}/${client.memberPubkey}`);
  return keys;
}

/** The gate of [STAT-6], written down again: a model that asked the product could not contradict it. */
export function mayBePushed(presence: Presence, priority: Priority): boolean {
  if (presence.status !== "idle") return priority === "now";
  return priority !== "low" || !presence.capabilities.includes("pull");
}
