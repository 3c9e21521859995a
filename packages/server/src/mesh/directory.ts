import { invariant, type MemberId, type MeshId, type MeshPolicies, type PublicKey } from "@parlatory/protocol";
import type { BootSnapshot, MemberRow, MeshRow, SessionRow } from "../store/store.ts";

/**
 * Meshes, members and remembered session keys, in memory, as last committed. Writers change the store first and then
 * note the result here; readers never wait.
 */
export class Directory {
  readonly #meshes = new Map<MeshId, MeshRow>();
  readonly #meshBySlug = new Map<string, MeshId>();
  readonly #members = new Map<MemberId, MemberRow>();
  readonly #membersByMesh = new Map<MeshId, Map<PublicKey, MemberRow>>();
  readonly #sessions = new Map<MeshId, Map<PublicKey, SessionRow>>();

  constructor(boot: Pick<BootSnapshot, "meshes" | "members" | "sessions">) {
    for (const mesh of boot.meshes) this.noteMesh(mesh);
    for (const member of boot.members) this.noteMember(member);
    for (const session of boot.sessions) this.noteSession(session);
  }

  meshes(): MeshRow[] {
    return [...this.#meshes.values()].filter((mesh) => mesh.archivedAt === undefined);
  }

  /** An archived mesh is not found. */
  mesh(idOrSlug: string): MeshRow | undefined {
    const mesh =
      this.#meshes.get(idOrSlug as MeshId) ?? this.#meshes.get(this.#meshBySlug.get(idOrSlug) ?? ("" as MeshId));
    return mesh?.archivedAt === undefined ? mesh : undefined;
  }

  policies(meshId: MeshId): MeshPolicies {
    const mesh = this.#meshes.get(meshId);
    invariant(mesh !== undefined, "policies were asked of an unknown mesh");
    return mesh.policies;
  }

  member(id: MemberId): MemberRow | undefined {
    return this.#members.get(id);
  }

  memberByKey(meshId: MeshId, pubkey: PublicKey): MemberRow | undefined {
    return this.#membersByMesh.get(meshId)?.get(pubkey);
  }

  members(meshId: MeshId): MemberRow[] {
    return [...(this.#membersByMesh.get(meshId)?.values() ?? [])];
  }

  session(meshId: MeshId, sessionPubkey: PublicKey): SessionRow | undefined {
    return this.#sessions.get(meshId)?.get(sessionPubkey);
  }

  sessions(meshId: MeshId): SessionRow[] {
    return [...(this.#sessions.get(meshId)?.values() ?? [])];
  }

  noteMesh(mesh: MeshRow): void {
    this.#meshes.set(mesh.id, mesh);
    if (mesh.archivedAt === undefined) this.#meshBySlug.set(mesh.slug, mesh.id);
    else if (this.#meshBySlug.get(mesh.slug) === mesh.id) this.#meshBySlug.delete(mesh.slug);
  }

  noteMember(member: MemberRow): void {
    this.#members.set(member.id, member);
    let byKey = this.#membersByMesh.get(member.meshId);
    if (byKey === undefined) this.#membersByMesh.set(member.meshId, (byKey = new Map()));
    byKey.set(member.pubkey, member);
  }

  noteSession(session: SessionRow): void {
    let byKey = this.#sessions.get(session.meshId);
    if (byKey === undefined) this.#sessions.set(session.meshId, (byKey = new Map()));
    byKey.set(session.sessionPubkey, session);
  }

  /** Forgets session keys not used since `before`; live ones are noted again by whoever holds them. */
  forgetSessions(before: number, isLive: (session: SessionRow) => boolean): number {
    let forgotten = 0;
    for (const byKey of this.#sessions.values()) {
      for (const [key, session] of byKey) {
        if (session.lastSeenAt >= before || isLive(session)) continue;
        byKey.delete(key);
        forgotten++;
      }
    }
    return forgotten;
  }
}
