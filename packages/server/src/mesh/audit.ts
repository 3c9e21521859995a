import type { MeshId } from "@parlatory/protocol";
import type { AuditRow, Store } from "../store/store.ts";
import type { Clock } from "../ports.ts";

export type AuditEvent =
  | "mesh_created"
  | "mesh_archived"
  | "policy_changed"
  | "message_log_switched"
  | "invite_created"
  | "invite_revoked"
  | "member_joined"
  | "member_added"
  | "member_revoked"
  | "token_created"
  | "token_revoked"
  | "memory_forgotten"
  | "state_deleted";

export interface AuditNote {
  meshId?: MeshId | undefined;
  /** `admin-token`, `owner`, `token:<id>`, `member:<id>` or `invite:<id>`: never a secret. */
  actor: string;
  event: AuditEvent;
  data: Record<string, unknown>;
}

export type ChainVerdict = { chain: "ok" } | { chain: "broken"; at: number };

/** The hash-chained record of what administrators and members did to a mesh ([OBS-3]). */
export class Audit {
  readonly #store: Pick<Store, "appendAudit" | "listAudit" | "verifyAudit">;
  readonly #clock: Clock;

  constructor(options: { store: Pick<Store, "appendAudit" | "listAudit" | "verifyAudit">; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  async note(note: AuditNote): Promise<void> {
    await this.#store.appendAudit({ ...note, at: this.#clock.now() });
  }

  /** Entries of one mesh with `seq` above `since`, oldest first. */
  list(meshId: MeshId, since: number, limit: number): Promise<AuditRow[]> {
    return this.#store.listAudit({ meshId, since, limit });
  }

  /** Recomputes the chain of the whole broker; `at` is the first entry that does not fit. */
  verify(): Promise<ChainVerdict> {
    return this.#store.verifyAudit();
  }
}
