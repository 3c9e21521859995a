/**
 * Group commit: everything that arrives while one transaction is being written goes into the next one.
 *
 * Two kinds of writes. An *entry* has somebody waiting for it: it is settled in the order of submission, once, after
 * its transaction is durable or given up. A large transaction is settled in slices with a turn of the event loop between
 * them, while the next one is being written already ([PERF-7]). *Background* rows have nobody waiting (ledger steps, presence rows, events):
 * they ride along with the next transaction, wait at most `backgroundMs`, and survive a database outage in memory. Steps,
 * which each message brings, ride along only with many entries or when they are due: with one entry they would be most
 * of what its sender waits for ([PERF-1]).
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
import type { MeshMetrics } from "./ports.ts";
import type { Clock, Log, Scheduler } from "../ports.ts";

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
  log: Log;
  /** Ledger rows noted since the last call. */
  takeSteps: () => LedgerStepRow[];
  /** After some or all entries of one transaction were settled, in the same turn. */
  onBatchSettled: () => void;
  /** The database answers again after an outage ([DLV-19]). */
  onReachable: () => void;
  backgroundMs?: number;
  /** From so many entries on a transaction takes the ledger's steps along before they are due. */
  stepsRideFrom?: number;
  giveUpMs?: number;
  maxBatch?: number;
  /** Recipients of the entries settled in one turn of the event loop; an entry counts as twelve more. */
  sliceRecipients?: number;
}

/** Entries whose transaction has ended one way or the other, and which have not all been told so. */
interface Settling {
  readonly entries: readonly CommitEntry[];
  readonly outcomeOf: (entry: CommitEntry) => CommitOutcome;
  next: number;
  /** Waiting until the last of them was told. */
  readonly waiters: (() => void)[];
}

/** What one entry costs to settle, beside its recipients and in their measure: its answer, its row, and a push of its own. */
const ENTRY_WEIGHT = 12;
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
  /** Oldest first. */
  readonly #settling: Settling[] = [];
  #writing = false;
  #scheduled = false;
  #cancelBackground: (() => void) | undefined;
  /** Background rows have waited as long as they may, or somebody waits for them: the next transaction takes all. */
  #isBackgroundDue = false;
  #down = false;
  #probeMs = PROBE_FIRST_MS;
  #cancelProbe: (() => void) | undefined;
  #closed = false;
  #drained: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = {
      backgroundMs: 40,
      stepsRideFrom: 16,
      giveUpMs: 4_000,
      maxBatch: 512,
      sliceRecipients: 768,
      ...options,
    };
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
      const error = new StoreUnavailableError("the database does not answer; it is being probed");
      this.#settleLast({ entries: [entry], waiters: [], outcomeOf: () => ({ ok: false, error }) });
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
    if (this.#cancelBackground !== undefined || this.#isBackgroundDue || this.#closed) return;
    this.#cancelBackground = this.#options.scheduler.after(this.#options.backgroundMs, () => {
      this.#cancelBackground = undefined;
      this.#isBackgroundDue = true;
      this.#flush();
    });
  }

  /** Resolves when everything handed over so far is written and settled; while the database is down, when it is settled. */
  async drain(): Promise<void> {
    // The transaction under way may have begun before the last rows came, so the one after it is waited for too.
    for (let round = 0; round < 2; round++) {
      this.#isBackgroundDue = true;
      this.#flush();
      const waiters = this.#writing ? this.#drained : this.#settling.at(-1)?.waiters;
      if (waiters === undefined) return;
      await new Promise<void>((resolve) => waiters.push(resolve));
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
    // The end of a presence and the end of its mail are written together: mail of one that is gone waits for nobody.
    const takesSteps =
      this.#isBackgroundDue ||
      entries.length === 0 ||
      entries.length >= this.#options.stepsRideFrom ||
      this.#presences.size + this.#removedPresences.size > 0;
    const { batch, messageEntries } = this.#takeBatch(entries, takesSteps);
    if (takesSteps) {
      this.#isBackgroundDue = false;
      this.#cancelBackground?.();
      this.#cancelBackground = undefined;
    }
    if (isEmpty(batch)) return;
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

  #takeBatch(
    entries: readonly CommitEntry[],
    takesSteps: boolean,
  ): { batch: CommitBatch; messageEntries: CommitEntry[] } {
    const messageEntries: CommitEntry[] = [];
    const batch: CommitBatch = {
      discard: this.#discard,
      recipients: this.#recipients,
      messages: [],
      steps: takesSteps ? [...this.#steps, ...this.#options.takeSteps()] : [],
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
    if (takesSteps) this.#steps = [];
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
    const waiters = this.#takeDrained();
    // The next transaction is under way while this one is told to those who wait for it.
    if (this.#entries.length > 0 || this.#isBackgroundDue) this.#flush();
    this.#settleLast({ entries, waiters, outcomeOf: (entry) => ({ ok: true, duplicate: originals.get(entry) }) });
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
    const waiters = this.#takeDrained();
    this.#settleLast({ entries: [...entries, ...waiting], waiters, outcomeOf: () => ({ ok: false, error }) });
    this.#probe();
  }

  /** Settles entries behind all that are being settled; the first ones now, if nothing is before them. */
  #settleLast(ended: Omit<Settling, "next">): void {
    if (this.#settling.push({ ...ended, next: 0 }) === 1) this.#settleSlice();
  }

  #settleSlice(): void {
    const over: (() => void)[] = [];
    let left = this.#options.sliceRecipients;
    let settled = 0;
    for (let first = this.#settling[0]; first !== undefined && left > 0; first = this.#settling[0]) {
      const { entries, outcomeOf } = first;
      for (let entry = entries[first.next]; entry !== undefined && left > 0; entry = entries[first.next]) {
        first.next++;
        settled++;
        left -= ENTRY_WEIGHT + (entry.message?.recipients.length ?? 0);
        this.#settle(entry, outcomeOf(entry));
      }
      if (first.next < entries.length) break;
      this.#settling.shift();
      over.push(...first.waiters);
    }
    if (settled > 0) this.#guard(() => this.#options.onBatchSettled());
    for (const resolve of over) resolve();
    if (this.#settling.length > 0) this.#options.scheduler.soon(() => this.#settleSlice());
  }

  #settle(entry: CommitEntry, outcome: CommitOutcome): void {
    this.#guard(() => entry.settle(outcome));
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

  #takeDrained(): (() => void)[] {
    const drained = this.#drained;
    this.#drained = [];
    return drained;
  }
}

function isEmpty(batch: CommitBatch): boolean {
  return Object.values(batch).every((rows: readonly unknown[]) => rows.length === 0);
}
