import { setTimeout as sleep } from "node:timers/promises";
import type { LoadClient } from "../mesh/load-client.ts";

export interface LinkOptions {
  /** Opens one connection; `prepare` is called before its hello. */
  open: (prepare: (client: LoadClient) => void) => Promise<LoadClient>;
  /** Sets the handlers of a client that has not said hello yet. */
  prepare: (client: LoadClient) => void;
  ready: (client: LoadClient) => void;
}

/** Short, because the runs are: the product's own clients wait longer ([HELLO-9]). */
const RETRY_MS = 25;

/** One client that connects again whenever its connection is gone, until it is told not to. */
export class Link {
  readonly #options: LinkOptions;
  #client: LoadClient | undefined;
  #isWanted = false;
  #isConnecting = false;
  /** Close codes of connections that were lost without being asked for. */
  readonly closeCodes: number[] = [];

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Undefined while not connected. */
  get client(): LoadClient | undefined {
    return this.#client;
  }

  start(): void {
    this.#isWanted = true;
    void this.#connect();
  }

  /** Resolves when there is a connection. */
  async untilReady(): Promise<LoadClient> {
    for (;;) {
      if (this.#client !== undefined) return this.#client;
      await sleep(5);
    }
  }

  /** Cuts the connection; it comes back by itself. */
  lose(): void {
    this.#client?.terminate();
  }

  /** Leaves with a close frame, or without one, and stays away until `start`. */
  async leave(how: "bye" | "lost"): Promise<void> {
    this.#isWanted = false;
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    client.onClosed = () => undefined;
    if (how === "lost") client.terminate();
    else await client.close();
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    while (this.#isWanted && this.#client === undefined) {
      let isOver = false;
      try {
        const client = await this.#options.open((opening) => {
          opening.onClosed = (code) => {
            isOver = true;
            if (this.#client !== opening) return;
            this.closeCodes.push(code);
            this.#client = undefined;
            if (this.#isWanted) void this.#connect();
          };
          this.#options.prepare(opening);
        });
        if (isOver) continue;
        if (!this.#isWanted) {
          client.terminate();
          break;
        }
        this.#client = client;
        this.#options.ready(client);
      } catch {
        // The broker is away, which is what these runs are about.
        await sleep(RETRY_MS);
      }
    }
    this.#isConnecting = false;
  }
}
