import type { DeliveryState, MemberId, MeshId, MessageId } from "@parlatory/protocol";
import {
  LEDGER_BUCKET,
  StoreUnavailableError,
  type BootSnapshot,
  type CommitBatch,
  type DuplicateMessage,
  type LedgerStepRow,
  type MemberRow,
  type MeshRow,
  type MessageBody,
  type MessageLedger,
  type NewMessage,
  type PresenceRow,
  type RecipientRow,
  type SessionRow,
  type StepRecord,
  type Store,
  type UnsettledMessage,
} from "../../src/store/store.ts";

export type Outage = "none" | "refuses" | "hangs-written" | "hangs-lost";

type DeliveryStore = Pick<
  Store,
  "commit" | "ping" | "readBodies" | "readLedger" | "settleMessages" | "findDuplicate" | "loadUnsettled" | "loadBoot"
>;

/** The part of the store that delivery uses, in memory, with outages a test can switch on. Survives a broker's crash. */
export class MemoryStore implements DeliveryStore {
  outage: Outage = "none";
  readonly meshes: MeshRow[] = [];
  readonly members: MemberRow[] = [];
  readonly messages = new Map<MessageId, NewMessage>();
  readonly #presences = new Map<string, PresenceRow>();
  readonly #sessions = new Map<string, SessionRow>();
  readonly #recipients = new Map<number, RecipientRow>();
  readonly #settledAt = new Map<MessageId, number>();
  readonly #bodies = new Map<MessageId, MessageBody>();
  #steps: LedgerStepRow[] = [];

  /** Resolves, rejects or hangs as the outage says. */
  #answer(): Promise<void> {
    switch (this.outage) {
      case "none":
        return Promise.resolve();
      case "refuses":
        return Promise.reject(new StoreUnavailableError("the test database is down"));
      case "hangs-written":
      case "hangs-lost":
        return new Promise(() => undefined);
    }
  }

  async commit(batch: CommitBatch): Promise<DuplicateMessage[]> {
    if (this.outage === "hangs-written") this.#apply(batch);
    await this.#answer();
    return this.#apply(batch);
  }

  async ping(): Promise<void> {
    await (this.outage === "none" ? undefined : Promise.reject(new StoreUnavailableError("the test database is down")));
  }

  async readBodies(meshId: MeshId, seqs: readonly number[]): Promise<Map<number, MessageBody>> {
    await this.#answer();
    const wanted = new Set(seqs);
    const found = new Map<number, MessageBody>();
    for (const message of this.messages.values()) {
      const body = this.#bodies.get(message.id);
      if (message.meshId === meshId && wanted.has(message.seq) && body !== undefined) found.set(message.seq, body);
    }
    return found;
  }

  async readLedger(messageId: MessageId): Promise<MessageLedger | undefined> {
    await this.#answer();
    return this.ledgerNow(messageId);
  }

  recipientsOf(rids: readonly number[]): RecipientRow[] {
    return rids.flatMap((rid) => this.#recipients.get(rid) ?? []);
  }

  /** The ledger as stored, whatever the outage. */
  ledgerNow(messageId: MessageId): MessageLedger | undefined {
    const message = this.messages.get(messageId);
    if (message === undefined) return undefined;
    const deliveries = message.recipients.map((rid) => {
      const recipient = this.#recipients.get(rid);
      if (recipient === undefined) throw new Error("a recipient number was committed without its row");
      return { recipient, steps: this.#stepsOf(rid, message.seq) };
    });
    return { message, deliveries };
  }

  async settleMessages(meshId: MeshId, seqs: readonly number[], settledAt: number): Promise<void> {
    await this.#answer();
    const settled = new Set(seqs);
    for (const message of this.messages.values()) {
      if (message.meshId !== meshId || !settled.has(message.seq)) continue;
      this.#settledAt.set(message.id, settledAt);
      this.#bodies.delete(message.id);
    }
  }

  async findDuplicate(
    meshId: MeshId,
    memberId: MemberId,
    clientMessageId: string,
  ): Promise<DuplicateMessage["original"] | undefined> {
    await this.#answer();
    return this.#duplicateOf(meshId, memberId, clientMessageId);
  }

  async loadUnsettled(meshId: MeshId, afterSeq: number, limit: number): Promise<UnsettledMessage[]> {
    await this.#answer();
    return [...this.messages.values()]
      .filter((message) => message.meshId === meshId && message.seq > afterSeq && !this.#settledAt.has(message.id))
      .sort((a, b) => a.seq - b.seq)
      .slice(0, limit)
      .map((message) => ({
        message,
        deliveries: message.recipients.map((rid) => ({ rid, steps: this.#stepsOf(rid, message.seq) })),
      }));
  }

  async loadBoot(): Promise<BootSnapshot> {
    const lastMessageSeq = new Map<MeshId, number>();
    for (const { meshId, seq } of this.messages.values()) {
      lastMessageSeq.set(meshId, Math.max(seq, lastMessageSeq.get(meshId) ?? 0));
    }
    return Promise.resolve({
      meshes: this.meshes,
      members: this.members,
      sessions: [...this.#sessions.values()],
      presences: [...this.#presences.values()],
      recipients: [...this.#recipients.values()],
      lastMessageSeq,
      lastEventSeq: new Map(),
      lastRid: Math.max(0, ...this.#recipients.keys()),
      brokerHeartbeats: new Map(),
    });
  }

  #apply(batch: CommitBatch): DuplicateMessage[] {
    for (const id of batch.discard) {
      this.messages.delete(id);
      this.#bodies.delete(id);
    }
    for (const row of batch.recipients) this.#recipients.set(row.rid, row);
    const duplicates: DuplicateMessage[] = [];
    for (const [index, message] of batch.messages.entries()) {
      const { meshId, senderMemberId, clientMessageId } = message;
      const original =
        clientMessageId === undefined ? undefined : this.#duplicateOf(meshId, senderMemberId, clientMessageId);
      if (original !== undefined && original.id !== message.id) {
        duplicates.push({ index, original });
        continue;
      }
      this.messages.set(message.id, message);
      this.#bodies.set(message.id, { nonce: message.nonce, ciphertext: message.ciphertext });
    }
    this.#steps.push(...batch.steps);
    for (const row of batch.presences) this.#presences.set(row.id, row);
    for (const id of batch.removedPresences) this.#presences.delete(id);
    for (const row of batch.sessions) this.#sessions.set(`${row.meshId}/${row.sessionPubkey}`, row);
    return duplicates;
  }

  #duplicateOf(meshId: MeshId, memberId: MemberId, clientMessageId: string): DuplicateMessage["original"] | undefined {
    for (const message of this.messages.values()) {
      if (
        message.meshId !== meshId ||
        message.senderMemberId !== memberId ||
        message.clientMessageId !== clientMessageId
      ) {
        continue;
      }
      return { id: message.id, fingerprint: message.fingerprint ?? "", recipients: message.recipients.length };
    }
    return undefined;
  }

  #stepsOf(rid: number, seq: number): StepRecord[] {
    const bucket = Math.floor(seq / LEDGER_BUCKET);
    return this.#steps
      .filter((row) => row.rid === rid && row.bucket === bucket && covers(row.offsets, seq % LEDGER_BUCKET))
      .map(({ state, reason, at }): { state: DeliveryState; reason: string | undefined; at: number } => ({
        state,
        reason,
        at,
      }));
  }
}

function covers(offsets: string, offset: number): boolean {
  return offsets.split(",").some((range) => {
    const [first, last] = range.split("-").map(Number);
    return first !== undefined && offset >= first && offset <= (last ?? first);
  });
}
