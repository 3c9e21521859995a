import { type GroupEntry, type MeshId, type PublicKey } from "@parlatory/protocol";
import type { SessionRow } from "../../store/store.ts";
import type { Directory } from "../directory.ts";
import { hasCapability, isLive, type Presence } from "../presence.ts";
import type { Presences } from "../presences.ts";
import type { CheckedSend } from "./check-send.ts";

/** Somebody a message goes to, before it has a mailbox. */
export interface Addressee {
  kind: "session" | "member" | "presence";
  /** Session key, member key, or `<presence id>/<member key>` for a session without a key of its own. */
  key: string;
  name: string;
  canOpenGroupBox: boolean;
}

interface MemberTraits {
  groups: GroupEntry[];
  canOpenGroupBox: boolean;
  seenAt: number;
}

const PLAINTEXT_MEMORY_MS = 7 * 86_400_000;

/** Who is meant by a target right now (section 5), and what members were last seen to be able to do. */
export class Audience {
  readonly #directory: Directory;
  readonly #presences: Presences;
  readonly #sessionMemoryMs: number;
  /** Of each member: what its last presence held and could open. */
  readonly #traits = new Map<string, MemberTraits>();

  /** `sessionMemoryMs`: how long after its last use mail for a session key is taken. */
  constructor(directory: Directory, presences: Presences, sessionMemoryMs: number) {
    this.#directory = directory;
    this.#presences = presences;
    this.#sessionMemoryMs = sessionMemoryMs;
    for (const mesh of directory.meshes()) {
      for (const session of directory.sessions(mesh.id)) {
        const known = this.#traits.get(session.memberId);
        if (known !== undefined && known.seenAt >= session.lastSeenAt) continue;
        this.#traits.set(session.memberId, {
          groups: session.groups,
          canOpenGroupBox: session.features.includes("group_box"),
          seenAt: session.lastSeenAt,
        });
      }
    }
  }

  /** Remembers what a session of a member held when it was last seen, for when none is here. */
  noteSeen(presence: Presence, seenAt: number): void {
    if (presence.kind === "control") return;
    const known = this.#traits.get(presence.memberId);
    if (known !== undefined && known.seenAt > seenAt) return;
    this.#traits.set(presence.memberId, {
      groups: presence.groups,
      canOpenGroupBox: hasCapability(presence, "group_box"),
      seenAt,
    });
  }

  /** The recipient of a direct message; `self` is the sender's own session key. */
  ofKey(meshId: MeshId, key: PublicKey, sender: Presence, now: number): Addressee | "self" | undefined {
    if (key === sender.sessionPubkey) return "self";
    const presence = this.#presences.bySessionKey(meshId, key);
    if (presence !== undefined && isLive(presence)) return toAddressee(presence);
    const session = this.#directory.session(meshId, key);
    if (session !== undefined && this.#isRemembered(session, now)) {
      return { kind: "session", key, name: session.displayName, canOpenGroupBox: true };
    }
    const member = this.#directory.memberByKey(meshId, key);
    if (member === undefined || member.revokedAt !== undefined) return undefined;
    return { kind: "member", key, name: member.displayName, canOpenGroupBox: true };
  }

  /** Rows are swept now and then only; what is too old by now counts as gone. */
  #isRemembered(session: SessionRow, now: number): boolean {
    return (
      session.lastSeenAt > now - this.#sessionMemoryMs &&
      this.#directory.member(session.memberId)?.revokedAt === undefined
    );
  }

  /** The recipients of a multicast: live sessions but the sender, and absent members if asked ([SEND-2], [SEND-3]). */
  ofMulticast(sender: Presence, send: CheckedSend): Addressee[] {
    const group = send.target.kind === "group" ? send.target.name : undefined;
    const addressees: Addressee[] = [];
    const present = new Set<string>();
    for (const presence of this.#presences.ofMesh(sender.meshId)) {
      if (!isLive(presence)) continue;
      present.add(presence.memberId);
      if (presence === sender) continue;
      if (group !== undefined && !presence.groups.some(({ name }) => name === group)) continue;
      addressees.push(toAddressee(presence));
    }
    if (!send.includeOffline) return addressees;
    for (const member of this.#directory.members(sender.meshId)) {
      if (member.revokedAt !== undefined || present.has(member.id)) continue;
      const traits = this.#traits.get(member.id);
      if (group !== undefined && traits?.groups.some(({ name }) => name === group) !== true) continue;
      addressees.push({
        kind: "member",
        key: member.pubkey,
        name: member.displayName,
        canOpenGroupBox: traits?.canOpenGroupBox ?? true,
      });
    }
    return addressees;
  }

  /** Policy `allowPlaintextGroups` as it stands now ([POL-4]). */
  isPlaintextAllowed(meshId: MeshId, now: number): boolean {
    const policy = this.#directory.policies(meshId).allowPlaintextGroups;
    if (policy !== "auto") return policy;
    for (const presence of this.#presences.ofMesh(meshId)) {
      if (isLive(presence) && !hasCapability(presence, "group_box")) return true;
    }
    for (const member of this.#directory.members(meshId)) {
      if (member.revokedAt !== undefined) continue;
      const traits = this.#traits.get(member.id);
      if (traits !== undefined && !traits.canOpenGroupBox && now - traits.seenAt < PLAINTEXT_MEMORY_MS) return true;
    }
    return false;
  }
}

function toAddressee(presence: Presence): Addressee {
  const canOpenGroupBox = hasCapability(presence, "group_box");
  return presence.sessionPubkey === undefined
    ? { kind: "presence", key: `${presence.id}/${presence.memberPubkey}`, name: presence.displayName, canOpenGroupBox }
    : { kind: "session", key: presence.sessionPubkey, name: presence.displayName, canOpenGroupBox };
}
