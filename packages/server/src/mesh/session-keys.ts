import { WireError, type PublicKey } from "@parlatory/protocol";
import type { MemberRow, SessionRow } from "../store/store.ts";
import type { Directory } from "./directory.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Clock } from "../ports.ts";
import { isLive, type Presence } from "./presence.ts";
import type { PresenceListener, Presences } from "./presences.ts";
import { toShownGroups } from "./shown-groups.ts";

export interface SessionKeysOptions {
  clock: Clock;
  directory: Directory;
  presences: Pick<Presences, "bySessionKey" | "all">;
  commit: Pick<GroupCommit, "submit">;
  sessionMemoryMs: number;
}

/** Whose session key is whose, and when members and session keys were last seen ([HELLO-6], [PEER-3]). */
export class SessionKeys implements PresenceListener {
  readonly #options: SessionKeysOptions;

  constructor(options: SessionKeysOptions) {
    this.#options = options;
  }

  /**
   * Tells whom this claim would displace, if it may be made at all. Raises `session_key_taken` for the member key of
   * another member, and for a key of another member that is remembered, unless that one is unproven and this one proven.
   */
  checkClaim(member: MemberRow, sessionPubkey: PublicKey, proven: boolean): { displaced: Presence | undefined } {
    const { directory, presences, clock, sessionMemoryMs } = this.#options;
    const owner = directory.memberByKey(member.meshId, sessionPubkey);
    if (owner !== undefined && owner.id !== member.id) {
      throw new WireError("session_key_taken", "this session key is the member key of another member");
    }
    const holder = presences.bySessionKey(member.meshId, sessionPubkey);
    const row = directory.session(member.meshId, sessionPubkey);
    const isRemembered = row !== undefined && row.lastSeenAt > clock.now() - sessionMemoryMs;
    const holderId = holder?.memberId ?? (isRemembered ? row.memberId : member.id);
    if (holderId === member.id) return { displaced: undefined };
    if (!proven || row?.proven === true) throw new WireError("session_key_taken");
    return { displaced: holder };
  }

  /** The row of a claim that was accepted; to be written with the hello. */
  claim(presence: Presence, sessionPubkey: PublicKey, proven: boolean): SessionRow {
    const known = this.#options.directory.session(presence.meshId, sessionPubkey);
    const row = toSessionRow(presence, sessionPubkey, this.#options.clock.now(), proven || isProvenBy(known, presence));
    this.#options.directory.noteSession(row);
    return row;
  }

  attached(presence: Presence): void {
    this.#noteMemberSeen(presence);
  }

  updated(presence: Presence): void {
    this.#note(presence);
  }

  detached(presence: Presence): void {
    this.#noteMemberSeen(presence);
    const row = this.#note(presence);
    if (row !== undefined) this.#options.commit.submit({ session: row, settle: () => undefined });
  }

  /** Renews the rows of live sessions long before they could be forgotten; returns how many. */
  refresh(): number {
    const staleBefore = this.#options.clock.now() - this.#options.sessionMemoryMs / 4;
    let refreshed = 0;
    for (const presence of this.#options.presences.all()) {
      if (!isLive(presence) || presence.sessionPubkey === undefined) continue;
      const known = this.#options.directory.session(presence.meshId, presence.sessionPubkey);
      if (known === undefined || known.lastSeenAt >= staleBefore) continue;
      const row = this.#note(presence);
      if (row === undefined) continue;
      this.#options.commit.submit({ session: row, settle: () => undefined });
      refreshed++;
    }
    return refreshed;
  }

  /** Forgets keys not used for the session memory; returns how many. */
  forgetUnused(): number {
    const { directory, clock, presences, sessionMemoryMs } = this.#options;
    const before = clock.now() - sessionMemoryMs;
    return directory.forgetSessions(
      before,
      (session) => presences.bySessionKey(session.meshId, session.sessionPubkey) !== undefined,
    );
  }

  #note(presence: Presence): SessionRow | undefined {
    const key = presence.sessionPubkey;
    if (key === undefined) return undefined;
    const known = this.#options.directory.session(presence.meshId, key);
    if (known === undefined || known.memberId !== presence.memberId) return undefined;
    const row = toSessionRow(presence, key, this.#options.clock.now(), known.proven);
    this.#options.directory.noteSession(row);
    return row;
  }

  #noteMemberSeen(presence: Presence): void {
    const member = this.#options.directory.member(presence.memberId);
    if (member !== undefined) this.#options.directory.noteMember({ ...member, lastSeenAt: this.#options.clock.now() });
  }
}

function isProvenBy(row: SessionRow | undefined, presence: Presence): boolean {
  return row !== undefined && row.memberId === presence.memberId && row.proven;
}

function toSessionRow(presence: Presence, sessionPubkey: PublicKey, lastSeenAt: number, proven: boolean): SessionRow {
  return {
    meshId: presence.meshId,
    sessionPubkey,
    memberId: presence.memberId,
    proven,
    displayName: presence.displayName,
    groups: toShownGroups(presence.groups),
    features: [...presence.capabilities],
    lastSeenAt,
  };
}
