/**
 * The open connections of one endpoint: their heartbeat while they live, and their end when the server stops. It knows no
 * protocol.
 */
import { CLOSE } from "@parlatory/protocol";
import type { Clock, Scheduler } from "../ports.ts";
import type { Connection } from "./connection.ts";

export interface OpenConnectionsOptions {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly pingIntervalMs: number;
  readonly deadAfterMs: number;
}

/** The heartbeat looks at least this many times per ping interval, so that pings are spread. */
const BEATS_PER_INTERVAL = 10;
/** How long a stopping server waits for the close frames of its clients. */
const CLOSE_WAIT_MS = 500;

export class OpenConnections<Session> {
  readonly #options: OpenConnectionsOptions;
  readonly #sessions = new Map<Connection, Session>();
  #cancelBeat: (() => void) | undefined;
  #emptied: (() => void) | undefined;

  constructor(options: OpenConnectionsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  add(connection: Connection, session: Session): void {
    this.#sessions.set(connection, session);
  }

  remove(connection: Connection): void {
    this.#sessions.delete(connection);
    if (this.#sessions.size === 0) this.#emptied?.();
  }

  startHeartbeat(): void {
    this.#scheduleBeat(this.#beatMs);
  }

  /** Closes every connection 1001; resolves when all are gone, at the latest after half a second ([WS-8]). */
  async close(): Promise<void> {
    this.#cancelBeat?.();
    const open = [...this.#sessions.keys()];
    if (open.length === 0) return;
    const { promise: emptied, resolve } = Promise.withResolvers<void>();
    this.#emptied = resolve;
    const { code, reason } = CLOSE.shuttingDown;
    for (const connection of open) connection.close(code, reason);
    const cancel = this.#options.scheduler.after(CLOSE_WAIT_MS, () => {
      for (const connection of this.#sessions.keys()) connection.terminate();
    });
    await emptied;
    cancel();
  }

  #scheduleBeat(afterMs: number): void {
    const { scheduler, clock, pingIntervalMs, deadAfterMs } = this.#options;
    this.#cancelBeat = scheduler.after(afterMs, () => {
      const now = clock.now();
      let next = this.#beatMs;
      // A connection that stays silent is ended when its time is over, not at the beat after it ([PRES-4], [CONN-10]).
      for (const connection of this.#sessions.keys()) {
        next = Math.min(next, connection.beat(now, pingIntervalMs, deadAfterMs));
      }
      this.#scheduleBeat(Math.max(1, next));
    });
  }

  get #beatMs(): number {
    const { pingIntervalMs, deadAfterMs } = this.#options;
    return Math.max(1, Math.min(pingIntervalMs, deadAfterMs) / BEATS_PER_INTERVAL);
  }
}
