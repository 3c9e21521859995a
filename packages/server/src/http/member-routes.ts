import type { MemberBody, MemberId, PeerBody, PublicKey } from "@parlatory/protocol";
import type { MemberRow } from "../store/store.ts";
import { mayCall } from "./caller.ts";
import type { HttpDeps } from "./http-deps.ts";
import { toInstant, toOptionalInstant } from "./instants.ts";
import type { RouteHandlers } from "./route-handlers.ts";
import { toSnakeCase } from "./snake-case.ts";

/** [HTTP-9]. */
export function memberRoutes(
  deps: Pick<HttpDeps, "members" | "listPeers">,
): Pick<RouteHandlers, "listPeers" | "listMembers" | "addMember" | "revokeMember"> {
  return {
    listPeers({ mesh, query, caller }) {
      const peers = deps.listPeers(mesh.id, {
        group: query.group,
        includeOffline: query.include_offline ?? false,
        withProcess: mayCall(caller, "admin"),
      });
      return { body: { peers: peers.map((peer) => toSnakeCase(peer) as PeerBody) } };
    },
    listMembers({ mesh }) {
      return { body: { members: deps.members.list(mesh.id).map(toMemberBody) } };
    },
    async addMember({ mesh, body, caller }) {
      const { added, member } = await deps.members.add(
        { meshId: mesh.id, pubkey: body.peer_pubkey as PublicKey, displayName: body.display_name, role: body.role },
        caller.actor,
      );
      return { status: added ? 201 : 200, body: toMemberBody(member) };
    },
    async revokeMember({ mesh, params, caller }) {
      await deps.members.revoke(mesh.id, (params["id"] ?? "") as MemberId, caller.actor);
      return { body: { ok: true } };
    },
  };
}

function toMemberBody(member: MemberRow): MemberBody {
  return {
    id: member.id,
    pubkey: member.pubkey,
    display_name: member.displayName,
    role: member.role,
    joined_at: toInstant(member.joinedAt),
    last_seen_at: toInstant(member.lastSeenAt),
    revoked_at: toOptionalInstant(member.revokedAt),
  };
}
