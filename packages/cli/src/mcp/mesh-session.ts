/**
 * This session's place in one mesh: one `MeshClient`, opened in the background and opened again with a fresh key when another
 * process took the identity ([CRYPTO-4]). It must not know MCP. States: opening -> open -> replaced -> opening … | closed.
 */
import type { IncomingMessage, MeshClient, StateChange } from "@parlatory/client";
import type { AgentInfo } from "@parlatory/protocol";
import { ToolError } from "./tool-error.ts";

export interface MeshSessionOptions {
  slug: string;
  meshId: string;
  /** Makes the client, not connected yet. `fresh`: with a new key that is not the stored one. */
  open: (fresh: boolean) => Promise<MeshClient>;
  /** `digest`: came as an answer to the fetch after the hello ([MCP-11]). Throws when the message cannot be taken. */
  onMessage: (message: IncomingMessage, session: MeshSession, digest: boolean) => void;
  onStateChange: (change: StateChange, session: MeshSession) => void;
  /** Mail that came to the identity this session has lost. */
  onReplaced: (session: MeshSession) => void;
  log: (line: string) => void;
}

/** Two processes of one session would otherwise replace each other without end. */
const REOPEN_DELAY_MS = 2_000;

export class MeshSession {
  readonly slug: string;
  readonly meshId: string;
  readonly #options: MeshSessionOptions;
  #client: MeshClient | undefined;
  #opening: Promise<MeshClient>;
  #reopenTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #lowFetched = false;
  #fetchingLow = false;

  constructor(options: MeshSessionOptions) {
    this.slug = options.slug;
    this.meshId = options.meshId;
    this.#options = options;
    this.#opening = this.#open(false);
  }

  /** The client, connected or not; throws a ToolError when it cannot be made. */
  async client(): Promise<MeshClient> {
    try {
      return await this.#opening;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ToolError("mesh_unusable", `mesh '${this.slug}' cannot be used: ${reason}`, "run `parl doctor`", {
        cause,
      });
    }
  }

  /** The client if it is connected at this moment. */
  get connected(): MeshClient | undefined {
    return this.#client?.state.name === "ready" ? this.#client : undefined;
  }

  /** Best effort: what could not be said now is said by the next hello. */
  async setAgentInfo(agentInfo: AgentInfo): Promise<void> {
    await this.#opening.then((client) => client.setAgentInfo(agentInfo)).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#reopenTimer);
    const client = this.#client ?? (await this.#opening.catch(() => undefined));
    await client?.close();
  }

  #open(fresh: boolean): Promise<MeshClient> {
    const opening = this.#openClient(fresh);
    // Said by whoever asks for the client; unasked it must not end the process.
    opening.catch((cause: unknown) =>
      this.#options.log(`mesh '${this.slug}': ${cause instanceof Error ? cause.message : String(cause)}`),
    );
    return opening;
  }

  async #openClient(fresh: boolean): Promise<MeshClient> {
    const { open, onMessage, onStateChange, log } = this.#options;
    const client = await open(fresh);
    this.#client = client;
    client.on("message", (message) => onMessage(message, this, this.#isDigest(message)));
    client.on("stateChange", (change) => onStateChange(change, this));
    client.on("ready", (info) => {
      if (info.mailbox.low > 0 && !this.#lowFetched) void this.#fetchLow(client);
    });
    client.on("warning", (warning) => {
      if (warning.kind === "undecryptable") {
        log(`mesh '${this.slug}': a message from key ${warning.senderPubkey} could not be opened: ${warning.reason}`);
      } else log(`mesh '${this.slug}': ${warning.message}`);
    });
    client.on("ended", (reason) => {
      if (reason.kind !== "closed") log(`mesh '${this.slug}': ${reason.message}`);
      if (reason.kind === "session_replaced") this.#replaced();
    });
    if (!this.#closed) client.connect();
    return client;
  }

  #isDigest(message: IncomingMessage): boolean {
    return this.#fetchingLow && message.pulled && message.priority === "low";
  }

  /** Low-priority mail is never pushed ([STAT-8]); once per process it is fetched, to join the next hand-over. */
  async #fetchLow(client: MeshClient): Promise<void> {
    this.#lowFetched = true;
    this.#fetchingLow = true;
    try {
      await client.pull();
    } catch (cause) {
      this.#lowFetched = false;
      this.#options.log(
        `mesh '${this.slug}': waiting mail was not fetched: ${cause instanceof Error ? cause.message : String(cause)}`,
      );
    } finally {
      this.#fetchingLow = false;
    }
  }

  #replaced(): void {
    this.#options.onReplaced(this);
    if (this.#closed) return;
    this.#reopenTimer = setTimeout(() => {
      if (!this.#closed) this.#opening = this.#open(true);
    }, REOPEN_DELAY_MS);
  }
}
