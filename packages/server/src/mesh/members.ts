import { CLOSE, WireError, type MemberId, type MeshId, type PublicKey } from "@parlatory/protocol";
import type { MemberRole, MemberRow, Store } from "../store/store.ts";
import { AnswerDeadline } from "./answer-deadline.ts";
import type { Audit } from "./audit.ts";
import type { Directory } from "./directory.ts";
import type { EventLog } from "./event-log.ts";
import type { Clock, Scheduler } from "../ports.ts";
import { toDisplayName } from "./presence.ts";
import type { Presences } from "./presences.ts";

/** Whoever keeps mail of members; told after the members' connections are closed ([INV-9]). */
export interface MailKeeper {
  memberRevoked(memberId: MemberId): void;
  meshArchived(meshId: MeshId): void;
}

export interface MembersOptions {
  store: Pick<Store, "addMember" | "revokeMember">;
  clock: Clock;
  scheduler: Scheduler;
  createId: () => string;
  directory: Pick<Directory, "member" | "members" | "noteMember">;
  presences: Pick<Presences, "ofMember" | "expel">;
  events: Pick<EventLog, "emit">;
  audit: Pick<Audit, "note">;
  mail: Pick<MailKeeper, "memberRevoked">;
  answerMs?: number | undefined;
}

/** The members of each mesh as administrators change them. Joining by invite is the join desk's. */
export class Members {
  readonly #options: MembersOptions;
  readonly #deadline: AnswerDeadline;

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#deadline = new AnswerDeadline({ scheduler: options.scheduler, limitMs: options.answerMs });
  }

  /** All members, revoked ones too, in the order they joined. */
  list(meshId: MeshId): MemberRow[] {
    return this.#options.directory
      .members(meshId)
      .toSorted((a, b) => a.joinedAt - b.joinedAt || (a.id < b.id ? -1 : 1));
  }

  /** Adds a key, or finds it there already. Raises `bad_request`, `member_revoked`, `storage_unavailable`. */
  async add(
    request: { meshId: MeshId; pubkey: PublicKey; displayName: string; role: MemberRole },
    actor: string,
  ): Promise<{ added: boolean; member: MemberRow }> {
    const displayName = toDisplayName(request.displayName);
    if (displayName === undefined) {
      throw new WireError("bad_request", "`display_name` has no visible character", { field: "display_name" });
    }
    return this.#deadline.within(async () => {
      const { store, clock, createId, directory, events, audit } = this.#options;
      const now = clock.now();
      const row: MemberRow = { ...request, id: createId() as MemberId, displayName, joinedAt: now, lastSeenAt: now };
      const { added, member } = await store.addMember(row);
      directory.noteMember(member);
      if (member.revokedAt !== undefined) throw new WireError("member_revoked");
      if (added) {
        events.emit(member.meshId, "member_changed", memberEvent(member, "added"));
        await audit.note({
          meshId: member.meshId,
          actor,
          event: "member_added",
          data: { id: member.id, pubkey: member.pubkey, role: member.role },
        });
      }
      return { added, member };
    });
  }

  /** Closes the member's connections and keeps the key out for good ([INV-9]). Raises `not_found`, `storage_unavailable`. */
  async revoke(meshId: MeshId, id: MemberId, actor: string): Promise<void> {
    const known = this.#options.directory.member(id);
    if (known?.meshId !== meshId) throw new WireError("not_found");
    if (known.revokedAt !== undefined) return;
    await this.#deadline.within(async () => {
      const { store, clock, directory, presences, events, audit, mail } = this.#options;
      const now = clock.now();
      await store.revokeMember(id, now);
      const member: MemberRow = { ...(directory.member(id) ?? known), revokedAt: now };
      directory.noteMember(member);
      for (const presence of [...presences.ofMember(id)]) {
        presences.expel(presence, CLOSE.revoked.code, CLOSE.revoked.reason);
      }
      mail.memberRevoked(id);
      events.emit(meshId, "member_changed", memberEvent(member, "revoked"));
      await audit.note({ meshId, actor, event: "member_revoked", data: { id, pubkey: member.pubkey } });
    });
  }
}

/** What the event `member_changed` says. */
export function memberEvent(member: MemberRow, change: "added" | "joined" | "revoked"): Record<string, unknown> {
  return { id: member.id, pubkey: member.pubkey, display_name: member.displayName, role: member.role, change };
}
