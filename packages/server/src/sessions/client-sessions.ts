import type { Clock } from "../ports.ts";
import type { ClientSessionRow, RemoteStore } from "../store/remote-store.ts";

export interface ClientSessionState {
  readonly currentSessionId: string | undefined;
  readonly directory: string | undefined;
  readonly hidden: readonly string[];
}

export interface ClientSessionsOptions {
  readonly store: Pick<RemoteStore, "openClientSession" | "findClientSession" | "updateClientSession" | "setHidden">;
  readonly clock: Clock;
}

/** What client sessions own durably ([RDLV-7]). Which sockets serve one is known elsewhere and kept nowhere. */
export class ClientSessions {
  readonly #options: ClientSessionsOptions;

  constructor(options: ClientSessionsOptions) {
    this.#options = options;
  }

  /** Makes it where it is new. Opening is what counts as its use ([RDLV-6]). */
  async open(id: string): Promise<ClientSessionState> {
    const { store, clock } = this.#options;
    const { row, hidden } = await store.openClientSession(id, clock.now());
    return { ...toState(row), hidden };
  }

  /** Without making it. */
  async find(id: string): Promise<Omit<ClientSessionState, "hidden"> | undefined> {
    const row = await this.#options.store.findClientSession(id);
    return row === undefined ? undefined : toState(row);
  }

  async setDirectory(id: string, directory: string): Promise<void> {
    await this.#options.store.updateClientSession(id, { directory });
  }

  /** The session that a `compact_session` of this client session means ([PROMPT-5]). */
  async setCurrent(id: string, sessionId: string): Promise<void> {
    await this.#options.store.updateClientSession(id, { currentSessionId: sessionId });
  }

  async setHidden(id: string, sessionId: string, isHidden: boolean): Promise<void> {
    await this.#options.store.setHidden(id, sessionId, isHidden);
  }
}

function toState({ currentSessionId, directory }: ClientSessionRow): Omit<ClientSessionState, "hidden"> {
  return { currentSessionId, directory };
}
