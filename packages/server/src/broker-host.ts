/**
 * Holds the store and the broker on it. A database that cannot be reached when the server starts does not stop it: the
 * server answers that it is degraded, and this keeps trying ([DB-5], [HTTP-6]). It knows when to try; it must not know
 * what a broker consists of, sockets or HTTP.
 *
 * States: opening (no broker yet, tried again and again) → open → closed.
 */
import { openBroker, type Broker, type BrokerOptions } from "./broker.ts";
import { StoreUnavailableError, type Store } from "./store/store.ts";

export interface BrokerHostOptions extends Omit<BrokerOptions, "store"> {
  openStore: () => Promise<Store>;
  /** Whether a store that does not answer at start is waited for: a server of its own may come later, a file will not. */
  waitsForStore: boolean;
  /** The broker is open and its jobs run. */
  onStarted: (broker: Broker, store: Store, url: string) => void;
  /** The store answered at last, but may not be used: locked by another broker, or of another version. */
  onRefused: (error: unknown) => void;
}

const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 30_000;
/** How long a start waits for a store that may come later. */
const FIRST_ANSWER_MS = 5_000;

export class BrokerHost {
  readonly #options: BrokerHostOptions;
  #store: Store | undefined;
  #broker: Broker | undefined;
  #isStarted = false;
  #isClosed = false;
  #url: string | undefined;
  #attempt: Promise<void> | undefined;
  #retryMs = RETRY_FIRST_MS;
  #cancelRetry: (() => void) | undefined;

  constructor(options: BrokerHostOptions) {
    this.#options = options;
  }

  /** Undefined until the store has answered. */
  get broker(): Broker | undefined {
    return this.#isStarted ? this.#broker : undefined;
  }

  /** Opens the store, its lock first ([DB-4]). Raises whatever forbids to use it; waits for one that is merely down. */
  async open(): Promise<void> {
    const { scheduler, waitsForStore } = this.#options;
    this.#attempt = this.#tryOpen();
    if (!waitsForStore) return this.#attempt;
    const { promise: waitedEnough, resolve } = Promise.withResolvers<void>();
    const cancel = scheduler.after(FIRST_ANSWER_MS, resolve);
    try {
      await Promise.race([this.#attempt, waitedEnough]);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    } finally {
      cancel();
    }
  }

  /** The server listens: the broker may take part as soon as it is there. Raises StoreUnavailableError for a file. */
  async start(url: string): Promise<void> {
    this.#url = url;
    if (this.#broker !== undefined) {
      await this.#startBroker(this.#broker);
      return;
    }
    void this.#attempt?.catch((error: unknown) => this.#handleFailure(error));
  }

  /** Takes no more sends and writes what was accepted ([WS-8]). */
  async drain(): Promise<void> {
    await this.#broker?.drain();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry?.();
    await this.#broker?.close();
    await this.#store?.close();
  }

  async #tryOpen(): Promise<void> {
    if (this.#store === undefined) {
      const opened = await this.#options.openStore();
      if (this.#isClosed) {
        await opened.close();
        return;
      }
      this.#store = opened;
    }
    const { openStore: _, waitsForStore: __, onStarted: ___, onRefused: ____, ...options } = this.#options;
    this.#broker = await openBroker({ ...options, store: this.#store });
    if (this.#url !== undefined && !this.#isClosed) await this.#startBroker(this.#broker);
  }

  async #startBroker(broker: Broker): Promise<void> {
    if (this.#isStarted || this.#url === undefined || this.#store === undefined) return;
    await broker.start(this.#url);
    this.#isStarted = true;
    this.#options.onStarted(broker, this.#store, this.#url);
  }

  #handleFailure(error: unknown): void {
    if (this.#isClosed) return;
    if (!(error instanceof StoreUnavailableError)) {
      this.#options.onRefused(error);
      return;
    }
    this.#options.log.warn("the database does not answer; trying again", { error, retryMs: this.#retryMs });
    this.#cancelRetry = this.#options.scheduler.after(this.#retryMs, () => {
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MOST_MS);
      this.#attempt = this.#broker === undefined ? this.#tryOpen() : this.#startBroker(this.#broker);
      this.#attempt.catch((failure: unknown) => this.#handleFailure(failure));
    });
  }
}
