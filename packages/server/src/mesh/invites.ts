import { BROKER_ID_PATTERN, WireError, type InviteId, type MeshId } from "@parlatory/protocol";
import type { InviteRow, MemberRole, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { Audit } from "./audit.ts";
import type { EventLog } from "./event-log.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import type { Clock, Scheduler } from "../ports.ts";

export interface InvitesOptions {
  store: Pick<Store, "createInvite" | "findInvite" | "listInvites" | "revokeInvite">;
  clock: Clock;
  scheduler: Scheduler;
  createId: () => string;
  events: Pick<EventLog, "emit">;
  audit: Pick<Audit, "note">;
  answerMs?: number | undefined;
}

export interface NewInvite {
  meshId: MeshId;
  /** Hex SHA-256 of the join secret; the token itself never gets here ([INV-4], [INV-5]). */
  tokenHash: string;
  role: MemberRole;
  maxUses: number;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/** Registered invites of each mesh. Using one is the join desk's. */
export class Invites {
  readonly #options: InvitesOptions;
  readonly #deadline: AnswerDeadline;
  readonly #queue = new KeyedQueue(1_000);

  constructor(options: InvitesOptions) {
    this.#options = options;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
  }

  /** Registers an invite. Raises `bad_request` for a hash registered before, `storage_unavailable`. */
  async create(request: NewInvite, actor: string): Promise<InviteRow> {
    const { store, clock, createId, events, audit } = this.#options;
    return this.#deadline.within(() =>
      this.#queue.run(request.tokenHash, async () => {
        if ((await store.findInvite(request.tokenHash)) !== undefined) {
          throw new WireError("bad_request", "an invite with this `token_hash` is registered already", {
            field: "token_hash",
          });
        }
        const invite: InviteRow = { ...request, id: createId() as InviteId, usedCount: 0, createdAt: clock.now() };
        await store.createInvite(invite);
        events.emit(invite.meshId, "invite_changed", { id: invite.id, change: "created" });
        const data = {
          id: invite.id,
          role: invite.role,
          max_uses: invite.maxUses,
          expires_at: Math.floor(invite.expiresAt / 1000),
        };
        await audit.note({ meshId: invite.meshId, actor, event: "invite_created", data });
        return invite;
      }),
    );
  }

  async list(meshId: MeshId): Promise<InviteRow[]> {
    return this.#deadline.within(() => this.#options.store.listInvites(meshId));
  }

  /** Raises `not_found`, `storage_unavailable`; revoking twice changes nothing more. */
  async revoke(meshId: MeshId, id: InviteId, actor: string): Promise<InviteRow> {
    const { store, clock, events, audit } = this.#options;
    if (!BROKER_ID_PATTERN.test(id)) throw new WireError("not_found");
    return this.#deadline.within(async () => {
      const invite = await store.revokeInvite(meshId, id, clock.now());
      if (invite === undefined) throw new WireError("not_found");
      events.emit(meshId, "invite_changed", { id, change: "revoked" });
      await audit.note({ meshId, actor, event: "invite_revoked", data: { id } });
      return invite;
    });
  }
}
