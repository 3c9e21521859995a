/** What is known of a session before a run: from the store where we keep something of it, else from the catalog. */
import type { RemoteSessionRow, RemoteStore } from "../../store/remote-store.ts";
import type { SessionCatalog } from "../catalog.ts";
import { REMOTE_PERMISSION_MODES, type RemotePermissionMode } from "../run-requests.ts";
import { isPlaceholder } from "./working-directory.ts";

export interface KnownSession {
  readonly sessionId: string;
  readonly agent: string;
  /** Undefined when it cannot be told ([WATCH-8]). */
  readonly workingDirectory: string | undefined;
  readonly createdAt: number;
  /** Absent: there is nothing of it but the agent's own record. */
  readonly row?: RemoteSessionRow | undefined;
}

export class SessionFacts {
  readonly #store: Pick<RemoteStore, "findSession" | "addSession">;
  readonly #catalog: Pick<SessionCatalog, "find" | "tail">;

  constructor(options: {
    store: Pick<RemoteStore, "findSession" | "addSession">;
    catalog: Pick<SessionCatalog, "find" | "tail">;
  }) {
    this.#store = options.store;
    this.#catalog = options.catalog;
  }

  /** Undefined: neither the store nor the catalog knows it; its agent may. */
  async look(sessionId: string): Promise<KnownSession | undefined> {
    const row = await this.#store.findSession(sessionId);
    if (row !== undefined) {
      const { agent, createdAt } = row;
      return { sessionId, agent, createdAt, row, workingDirectory: usable(row.workingDirectory) };
    }
    const summary = await this.#catalog.find(sessionId);
    if (summary === undefined) return undefined;
    const { agent, createdAt } = summary;
    return { sessionId, agent, createdAt, workingDirectory: usable(summary.workingDirectory) };
  }

  /** A session of which the agent alone kept something gets a row, which says that the agent has it. */
  async rowOf(known: KnownSession): Promise<RemoteSessionRow> {
    if (known.row !== undefined) return known.row;
    const { row } = await this.#store.addSession({
      sessionId: known.sessionId,
      agent: known.agent,
      agentSessionId: known.sessionId,
      workingDirectory: known.workingDirectory ?? "",
      createdAt: known.createdAt,
    });
    return row;
  }

  /**
   * Whether the agent has it already. Only a session that was made here and never reached its agent may begin: nothing ever
   * starts afresh under an id that was to be continued ([PROMPT-2]).
   */
  async hasBegun(sessionId: string, row: RemoteSessionRow | undefined): Promise<boolean> {
    if (row === undefined || row.agentSessionId !== undefined) return true;
    const tail = await this.#catalog.tail(sessionId);
    return tail !== undefined && tail.length > 0;
  }
}

export function permissionModeOf(row: RemoteSessionRow | undefined): RemotePermissionMode {
  return REMOTE_PERMISSION_MODES.find((mode) => mode === row?.permissionMode) ?? "default";
}

function usable(directory: string): string | undefined {
  return directory === "" || isPlaceholder(directory) ? undefined : directory;
}
