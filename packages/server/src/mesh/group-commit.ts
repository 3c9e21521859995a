/**
 * Group commit: everything that arrives while one transaction is being written goes into the next one.
 *
 * Two kinds of writes. An *entry* has somebody waiting for it: it is settled in the order of submission, once, after
 * its transaction is durable or given up. *Background* rows have nobody waiting (ledger steps, presence rows, events):
 * they ride along with the next transaction, wait at most `backgroundMs`, and survive a database outage in memory.
 *
 * States: up (writing or idle) and down (a write failed or took too long). While down, entries are refused at once;
 * the database is probed until it answers, then background rows are written and `onReachable` is called.
 * A batch that was given up on may still have been written, so its messages are discarded with the next one ([SEND-4]).
 */
import { invariant, type MessageId, type PresenceId } from "@parlatory/protocol";
import {
  StoreUnavailableError,
  type CommitBatch,
  type DuplicateMessage,
  type EventRow,
  type LedgerStepRow,
  type NewMessage,
  type PresenceRow,
  type RecipientRow,
  type SessionRow,
  type Store,
} from "../store/store.ts";
import type { Clock, MeshLog, MeshMetrics, Scheduler } from "./ports.ts";

export type CommitOutcome =
  | { ok: true; duplicate: DuplicateMessage["original"] | undefined }
  | { ok: false; error: StoreUnavailableError };

export interface CommitEntry {
  message?: NewMessage;
  presence?: PresenceRow;
  session?: SessionRow;
  helloSeen?: { key: string; at: number };
  /** Called once, in the order of submission. Must not throw. */
  settle(outcome: CommitOutcome): void;
}

export interface GroupCommitOptions {
  store: Pick<Store, "commit" | "ping">;
  clock: Clock;
  scheduler: Scheduler;
  metrics: MeshMetrics;
  log: MeshLog;
  /** Ledger rows noted since the last call; taken into each transaction. */
  takeSteps: () => LedgerStepRow[];
  /** After all entries of one transaction were settled. */
  onBatchSettled: () => void;
  /** The database answers again after an outage ([DLV-19]). */
  onReachable: () => void;
  backgroundMs?: number;
  giveUpMs?: number;
  maxBatch?: number;
}

const PROBE_FIRST_MS = 500;
const PROBE_MOST_MS = 30_000;
const MAX_WAITING_EVENTS = 10_000;

export class GroupCommit {
  readonly #options: Required<GroupCommitOptions>;
  #entries: CommitEntry[] = [];
  #recipients: RecipientRow[] = [];
  #steps: LedgerStepRow[] = [];
  #events: EventRow[] = [];
  readonly #presences = new Map<PresenceId, PresenceRow>();
  readonly #removedPresences = new Set<PresenceId>();
  readonly #memberSeen = new Map<CommitBatch["memberSeen"][number]["id"], number>();
  #discard: MessageId[] = [];
  #writing = false;
  #scheduled = false;
  #cancelBackground: (() => void) | undefined;
  #down = false;
  #probeMs = PROBE_FIRST_MS;
  #cancelProbe: (() => void) | undefined;
  #closed = false;
  #drained: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = { backgroundMs: 40, giveUpMs: 4_000, maxBatch: 2_000, ...options };
  }

  get isDown(): boolean {
    return this.#down;
  }

  /** Entries waiting for a transaction, the one being written not counted. */
  get waiting(): number {
    return this.#entries.length;
  }

  submit(entry: CommitEntry): void {
    if (this.#down || this.#closed) {
      entry.settle({ ok: false, error: new StoreUnavailableError("the database does not answer; it is being probed") });
      return;
    }
    this.#entries.push(entry);
    if (entry.presence !== undefined) this.#presences.set(entry.presence.id, entry.presence);
    this.#schedule();
  }

  addRecipient(row: RecipientRow): void {
    this.#recipients.push(row);
  }

  addPresence(row: PresenceRow): void {
    this.#removedPresences.delete(row.id);
    this.#presences.set(row.id, row);
    this.noteBackground();
  }

  removePresence(id: PresenceId): void {
    this.#presences.delete(id);
    this.#removedPresences.add(id);
    this.noteBackground();
  }

  addEvent(row: EventRow): void {
    if (this.#events.length >= MAX_WAITING_EVENTS) this.#events.shift();
    this.#events.push(row);
    this.noteBackground();
  }

  addMemberSeen(id: CommitBatch["memberSeen"][number]["id"], at: number): void {
    this.#memberSeen.set(id, at);
    this.noteBackground();
  }

  /** Tells that there is background work: steps in the ledger journal, or rows given above. */
  noteBackground(): void {
    if (this.#cancelBackground !== undefined || this.#scheduled || this.#closed) return;
    this.#cancelBackground = this.#options.scheduler.after(this.#options.backgroundMs, () => {
      this.#cancelBackground = undefined;
      this.#flush();
    });
  }

  /** Resolves when everything handed over so far is written, or at once while the database is down. */
  async drain(): Promise<void> {
    // The transaction under way may have begun before the last rows came, so the one after it is waited for too.
    for (let round = 0; round < 2; round++) {
      this.#flush();
      if (!this.#writing) return;
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelBackground?.();
    this.#cancelProbe?.();
  }

  #schedule(): void {
    if (this.#writing || this.#scheduled) return;
    this.#scheduled = true;
    this.#options.scheduler.soon(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#writing || this.#down || this.#closed) return;
    const entries =
      this.#entries.length <= this.#options.maxBatch ? this.#entries : this.#entries.slice(0, this.#options.maxBatch);
    this.#entries = entries === this.#entries ? [] : this.#entries.slice(this.#options.maxBatch);
    const { batch, messageEntries } = this.#takeBatch(entries);
    if (isEmpty(batch)) return;
    this.#cancelBackground?.();
    this.#cancelBackground = undefined;
    this.#writing = true;
    const startedAt = this.#options.clock.now();
    let over = false;
    const cancelGiveUp = this.#options.scheduler.after(this.#options.giveUpMs, () => {
      if (over) return;
      over = true;
      this.#fail(
        batch,
        entries,
        new StoreUnavailableError(`a transaction took longer than ${this.#options.giveUpMs} ms`),
      );
    });
    this.#options.store.commit(batch).then(
      (duplicates) => {
        if (over) return;
        over = true;
        cancelGiveUp();
        this.#options.metrics.commit((this.#options.clock.now() - startedAt) / 1000, batch.messages.length);
        this.#succeed(entries, messageEntries, duplicates);
      },
      (error: unknown) => {
        if (over) return;
        over = true;
        cancelGiveUp();
        this.#fail(
          batch,
          entries,
          error instanceof StoreUnavailableError
            ? error
            : new StoreUnavailableError("the transaction failed", { cause: error }),
        );
      },
    );
  }

  #takeBatch(entries: readonly CommitEntry[]): { batch: CommitBatch; messageEntries: CommitEntry[] } {
    const messageEntries: CommitEntry[] = [];
    const batch: CommitBatch = {
      discard: this.#discard,
      recipients: this.#recipients,
      messages: [],
      steps: [...this.#steps, ...this.#options.takeSteps()],
      presences: [],
      removedPresences: [...this.#removedPresences],
      sessions: [],
      helloSeen: [],
      events: this.#events,
      memberSeen: [...this.#memberSeen].map(([id, at]) => ({ id, at })),
    };
    for (const entry of entries) {
      if (entry.message !== undefined) {
        batch.messages.push(entry.message);
        messageEntries.push(entry);
      }
      if (entry.session !== undefined) batch.sessions.push(entry.session);
      if (entry.helloSeen !== undefined) batch.helloSeen.push(entry.helloSeen);
    }
    batch.presences = [...this.#presences.values()];
    this.#discard = [];
    this.#recipients = [];
    this.#steps = [];
    this.#events = [];
    this.#presences.clear();
    this.#removedPresences.clear();
    this.#memberSeen.clear();
    return { batch, messageEntries };
  }

  #succeed(
    entries: readonly CommitEntry[],
    messageEntries: readonly CommitEntry[],
    duplicates: readonly DuplicateMessage[],
  ): void {
    this.#writing = false;
    this.#options.metrics.storeUp(true);
    const originals = new Map<CommitEntry, DuplicateMessage["original"]>();
    for (const duplicate of duplicates) {
      const entry = messageEntries[duplicate.index];
      invariant(entry !== undefined, "the store reported a duplicate that was not in the batch");
      originals.set(entry, duplicate.original);
    }
    for (const entry of entries) this.#guard(() => entry.settle({ ok: true, duplicate: originals.get(entry) }));
    if (entries.length > 0) this.#guard(() => this.#options.onBatchSettled());
    if (this.#entries.length > 0) this.#flush();
    this.#release();
  }

  #fail(batch: CommitBatch, entries: readonly CommitEntry[], error: StoreUnavailableError): void {
    this.#writing = false;
    this.#down = true;
    this.#options.metrics.storeUp(false);
    // Rows with nobody waiting are kept for the next transaction; writing one twice changes nothing.
    this.#discard = [...batch.discard, ...batch.messages.map((message) => message.id), ...this.#discard];
    this.#recipients = [...batch.recipients, ...this.#recipients];
    this.#steps = [...batch.steps, ...this.#steps];
    this.#events = [...batch.events, ...this.#events].slice(-MAX_WAITING_EVENTS);
    for (const row of batch.presences) {
      if (!this.#presences.has(row.id) && !this.#removedPresences.has(row.id)) this.#presences.set(row.id, row);
    }
    for (const id of batch.removedPresences) if (!this.#presences.has(id)) this.#removedPresences.add(id);
    for (const { id, at } of batch.memberSeen) if (!this.#memberSeen.has(id)) this.#memberSeen.set(id, at);
    const waiting = this.#entries;
    this.#entries = [];
    for (const entry of [...entries, ...waiting]) this.#guard(() => entry.settle({ ok: false, error }));
    this.#guard(() => this.#options.onBatchSettled());
    this.#release();
    this.#probe();
  }

  #probe(): void {
    if (this.#closed) return;
    this.#cancelProbe = this.#options.scheduler.after(this.#probeMs, () => {
      this.#probeMs = Math.min(this.#probeMs * 2, PROBE_MOST_MS);
      this.#options.store.ping().then(
        () => {
          if (this.#closed) return;
          this.#down = false;
          this.#probeMs = PROBE_FIRST_MS;
          this.#options.metrics.storeUp(true);
          this.#flush();
          this.#options.onReachable();
        },
        () => this.#probe(),
      );
    });
  }

  /** One defect must not keep the others of a transaction without their answer. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error("a defect while a transaction was settled", {
        error: error instanceof Error ? error.stack : "unknown",
      });
    }
  }

  #release(): void {
    const drained = this.#drained;
    this.#drained = [];
    for (const resolve of drained) resolve();
  }
}

function isEmpty(batch: CommitBatch): boolean {
  return Object.values(batch).every((rows: readonly unknown[]) => rows.length === 0);
}
