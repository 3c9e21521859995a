/**
 * Which sessions somebody drives outside of this server ([LOCK-9]): their files grew by records of no run of ours, do not
 * end in a finished turn, and grew not long ago. What is told between two looks may be old by a moment; a decision looks anew.
 */
import { REMOTE_LIMITS } from "@parlatory/protocol/remote";
import type { Clock, Log, Scheduler } from "../../ports.ts";
import type { SessionCatalog } from "../catalog.ts";

/** An agent's last records may reach its file a moment after it was done. */
const lateRecordsMs = 2_000;

export interface ElsewhereWatchParts {
  readonly catalog: Pick<SessionCatalog, "tail" | "listen">;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** A run of a server on this store has it, or the agent keeps no files: nobody else can write there. */
  readonly isOurs: (sessionId: string) => boolean;
  readonly onChanged: (sessionId: string) => void;
}

export class ElsewhereWatch {
  readonly #parts: ElsewhereWatchParts;
  /** Until when what a session's file gained was ours. */
  readonly #ownUntil = new Map<string, number>();
  /** Sessions driven elsewhere, with what cancels the look at their end. */
  readonly #busy = new Map<string, () => void>();
  readonly #looking = new Map<string, { again: boolean }>();
  #stopListening: () => void = () => undefined;

  constructor(parts: ElsewhereWatchParts) {
    this.#parts = parts;
  }

  /** `ran`: sessions that earlier servers ran; what their files hold now is taken for ours. */
  start(ran: readonly string[]): void {
    for (const sessionId of ran) this.noteOwn(sessionId);
    this.#stopListening = this.#parts.catalog.listen({
      onAppended: (log) => void this.#follow(log.sessionId),
      onReset: (log) => void this.#follow(log.sessionId),
    });
  }

  stop(): void {
    this.#stopListening();
    for (const cancel of this.#busy.values()) cancel();
    this.#busy.clear();
  }

  /** Up to now our own agent wrote there. */
  noteOwn(sessionId: string): void {
    const now = this.#parts.clock.now();
    this.#ownUntil.set(sessionId, now + lateRecordsMs);
    this.#clear(sessionId);
    if (this.#ownUntil.size < 1_000) return;
    for (const [id, until] of this.#ownUntil) {
      if (until + REMOTE_LIMITS.busyElsewhereMs < now) this.#ownUntil.delete(id);
    }
  }

  isBusy(sessionId: string): boolean {
    return this.#busy.has(sessionId);
  }

  /** As the file says now. */
  async look(sessionId: string): Promise<boolean> {
    const { catalog, clock, scheduler, isOurs, log } = this.#parts;
    if (isOurs(sessionId)) return this.#clear(sessionId);
    let tail;
    try {
      tail = await catalog.tail(sessionId);
    } catch (error) {
      log.warn("the end of a session's file could not be read", { sessionId, error });
      return this.isBusy(sessionId);
    }
    if (tail === undefined || tail.isTurnFinished) return this.#clear(sessionId);
    const quietMs = clock.now() - tail.grewAt;
    const wroteItself = tail.grewAt <= (this.#ownUntil.get(sessionId) ?? 0);
    if (wroteItself || quietMs >= REMOTE_LIMITS.busyElsewhereMs) return this.#clear(sessionId);
    const wasBusy = this.#busy.has(sessionId);
    this.#busy.get(sessionId)?.();
    const leftMs = REMOTE_LIMITS.busyElsewhereMs - quietMs;
    this.#busy.set(
      sessionId,
      scheduler.after(leftMs, () => void this.look(sessionId)),
    );
    if (!wasBusy) this.#parts.onChanged(sessionId);
    return true;
  }

  #clear(sessionId: string): false {
    const cancel = this.#busy.get(sessionId);
    if (cancel === undefined) return false;
    cancel();
    this.#busy.delete(sessionId);
    this.#parts.onChanged(sessionId);
    return false;
  }

  /** One look after every growth; growth during a look brings one more. */
  async #follow(sessionId: string): Promise<void> {
    const looking = this.#looking.get(sessionId);
    if (looking !== undefined) {
      looking.again = true;
      return;
    }
    const state = { again: true };
    this.#looking.set(sessionId, state);
    while (state.again) {
      state.again = false;
      await this.look(sessionId);
    }
    this.#looking.delete(sessionId);
  }
}
