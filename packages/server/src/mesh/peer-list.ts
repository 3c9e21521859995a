import type { AgentInfo, MeshId, Peer } from "@parlatory/protocol";
import type { MemberRow } from "../store/store.ts";
import type { Directory } from "./directory.ts";
import { isLive, routingKey, type Presence } from "./presence.ts";
import type { Presences } from "./presences.ts";
import { toShownGroups } from "./shown-groups.ts";

export interface PeerFilter {
  /** Group name with or without `@`; `@all` and `*` filter nothing ([PEER-1]). */
  group?: string | undefined;
  includeOffline?: boolean | undefined;
}

export interface PeerListOptions {
  presences: Pick<Presences, "ofMesh" | "ofMember">;
  directory: Pick<Directory, "member" | "members" | "sessions">;
}

interface View {
  /** Where somebody works and as which process is shown to whom this says yes. */
  seesPrivate: (presence: Presence) => boolean;
  /** Dropped presences within their lease are shown ([PEER-2]). */
  seesDropped: boolean;
  self: Presence | undefined;
}

/** Who is there, as told to clients and over HTTP ([PEER-1] to [PEER-3]). */
export class PeerList {
  readonly #presences: PeerListOptions["presences"];
  readonly #directory: PeerListOptions["directory"];

  constructor(options: PeerListOptions) {
    this.#presences = options.presences;
    this.#directory = options.directory;
  }

  /** The list as this presence may see it; legacy callers get connected presences only. */
  forPresence(caller: Presence, filter: PeerFilter): Peer[] {
    const isAdmin = this.#directory.member(caller.memberId)?.role === "admin";
    const view: View = {
      seesPrivate: (presence) => isAdmin || presence.memberId === caller.memberId,
      seesDropped: caller.modern,
      self: caller,
    };
    const includeOffline = caller.modern && filter.includeOffline === true;
    return this.#list(caller.meshId, { ...filter, includeOffline }, view);
  }

  /** The list for a holder of a token; `admin` tells whether its scope is `admin` ([HTTP-9]). */
  forToken(meshId: MeshId, admin: boolean, filter: PeerFilter): Peer[] {
    return this.#list(meshId, filter, { seesPrivate: () => admin, seesDropped: true, self: undefined });
  }

  #list(meshId: MeshId, filter: PeerFilter, view: View): Peer[] {
    const group = groupName(filter.group);
    const shown = [...this.#presences.ofMesh(meshId)]
      .filter((presence) => isLive(presence) && (presence.connection !== undefined || view.seesDropped))
      .filter((presence) => group === undefined || presence.groups.some(({ name }) => name === group))
      .sort((a, b) => a.connectedAt - b.connectedAt);
    const rows = shown.map((presence) => this.#toPeer(presence, view));
    return filter.includeOffline === true ? [...rows, ...this.#offline(meshId, group)] : rows;
  }

  #toPeer(presence: Presence, view: View): Peer {
    const member = this.#directory.member(presence.memberId);
    const { cwd, pid, claudeSessionId } = presence;
    return {
      pubkey: routingKey(presence),
      displayName: presence.displayName,
      role: presence.role ?? null,
      groups: toShownGroups(presence.groups),
      summary: presence.summary ?? null,
      status: presence.status,
      statusSource: presence.statusSource,
      statusSince: toInstant(presence.statusSince),
      presenceId: presence.id,
      sessionId: presence.sessionId ?? null,
      connectedAt: toInstant(presence.connectedAt),
      connected: presence.connection !== undefined,
      online: true,
      memberId: presence.memberId,
      memberPubkey: presence.memberPubkey,
      memberRole: member?.role ?? "member",
      client: presence.client ?? null,
      host: presence.agentInfo?.host ?? null,
      capabilities: withoutHost(presence.agentInfo),
      features: presence.capabilities,
      ...(view.seesPrivate(presence)
        ? {
            ...(cwd === undefined ? {} : { cwd }),
            ...(pid === undefined ? {} : { pid }),
            ...(claudeSessionId === undefined ? {} : { claudeSessionId }),
          }
        : {}),
      ...(presence === view.self ? { you: true } : {}),
    };
  }

  /** One row for each unrevoked member without a live presence ([PEER-3]). */
  #offline(meshId: MeshId, group: string | undefined): Peer[] {
    const lastGroups = this.#lastGroups(meshId);
    const rows: Peer[] = [];
    for (const member of this.#directory.members(meshId)) {
      if (member.revokedAt !== undefined || this.#isHere(member)) continue;
      const groups = lastGroups.get(member.id)?.groups ?? [];
      if (group !== undefined && !groups.some(({ name }) => name === group)) continue;
      rows.push({
        online: false,
        memberId: member.id,
        memberPubkey: member.pubkey,
        pubkey: member.pubkey,
        displayName: member.displayName,
        groups,
        lastSeenAt: toInstant(member.lastSeenAt),
      });
    }
    return rows;
  }

  #isHere(member: MemberRow): boolean {
    for (const presence of this.#presences.ofMember(member.id)) if (isLive(presence)) return true;
    return false;
  }

  #lastGroups(meshId: MeshId): Map<string, { groups: Peer["groups"]; at: number }> {
    const last = new Map<string, { groups: Peer["groups"]; at: number }>();
    for (const session of this.#directory.sessions(meshId)) {
      if ((last.get(session.memberId)?.at ?? Number.NEGATIVE_INFINITY) >= session.lastSeenAt) continue;
      last.set(session.memberId, { groups: toShownGroups(session.groups), at: session.lastSeenAt });
    }
    return last;
  }
}

function groupName(filter: string | undefined): string | undefined {
  if (filter === undefined || filter === "*" || filter === "@all") return undefined;
  return filter.startsWith("@") ? filter.slice(1) : filter;
}

function withoutHost(agentInfo: AgentInfo | undefined): Record<string, string> {
  const entries = Object.entries(agentInfo ?? {}).filter(
    ([name, value]) => name !== "host" && typeof value === "string",
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
