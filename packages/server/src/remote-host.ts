/**
 * Holds the remote: opens it when somebody first needs it, and from then on with every start of this home, because an earlier
 * server may have left something to take up. Until then it costs no memory, so that a server that is only a mesh stays small.
 * It knows when to open; it must not know what a remote consists of.
 *
 * States: waiting (no store yet) → ready → opening → open → closed.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { RemoteServices } from "./gateway/remote/remote-services.ts";
import type { Remote, RemoteOptions } from "./remote.ts";
import type { Devices } from "./sessions/devices/devices.ts";
import { StoreUnavailableError, type Store } from "./store/store.ts";

/** Made when a remote opens for the first time. */
const HISTORY_FOLDER = "command-history";

export type RemoteHostOptions = Omit<RemoteOptions, "store" | "url">;

export class RemoteHost {
  readonly #options: RemoteHostOptions;
  #store: Store | undefined;
  #url = "";
  #opening: Promise<Remote> | undefined;
  #isClosed = false;

  constructor(options: RemoteHostOptions) {
    this.#options = options;
  }

  /** The database answers; `url` is where this server listens. */
  async start(store: Store, url: string): Promise<void> {
    this.#store = store;
    this.#url = url;
    const { log } = this.#options;
    try {
      // A remote of this home once ran: it may have left prompts, locks, questions, agents or commands. The store is not
      // asked for them, because that would cost a mesh the memory of a second thread.
      if (existsSync(join(this.#options.home, HISTORY_FOLDER))) await this.#open();
    } catch (error) {
      log.error("what an earlier server left could not be taken up yet; the first client tries again", { error });
    }
  }

  /** Raises StoreUnavailableError while the database has not answered. */
  readonly services = async (): Promise<RemoteServices> => (await this.#open()).services;

  readonly devices = async (): Promise<Devices> => (await this.#open()).devices;

  /** Runs have `remote.drain_s` to end ([CONN-13]). */
  async drain(): Promise<void> {
    this.#isClosed = true;
    await (await this.#opened())?.drain();
  }

  /** To be called when no socket is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await (await this.#opened())?.stop();
  }

  #open(): Promise<Remote> {
    const store = this.#store;
    if (store === undefined || this.#isClosed) {
      return Promise.reject(new StoreUnavailableError("the database has not answered yet, or the server stops"));
    }
    this.#opening ??= this.#load(store).catch((error: unknown) => {
      // The next one who needs it tries again.
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #load(store: Store): Promise<Remote> {
    const { clock, log } = this.#options;
    const startedAt = clock.now();
    const { openRemote } = await import("./remote.ts");
    const remote = await openRemote({ ...this.#options, url: this.#url, store });
    log.info("the remote is open", { openedInMs: clock.now() - startedAt });
    return remote;
  }

  #opened(): Promise<Remote | undefined> {
    return this.#opening?.catch(() => undefined) ?? Promise.resolve(undefined);
  }
}
