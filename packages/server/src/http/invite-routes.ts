import type { InviteBody, InviteId } from "@parlatory/protocol";
import type { InviteRow } from "../store/store.ts";
import type { HttpDeps } from "./http-deps.ts";
import { toOptionalInstant } from "./instants.ts";
import type { RouteHandlers } from "./route-handlers.ts";

/** [HTTP-13]. */
export function inviteRoutes(
  deps: Pick<HttpDeps, "invites">,
): Pick<RouteHandlers, "listInvites" | "createInvite" | "revokeInvite"> {
  return {
    async listInvites({ mesh }) {
      return { body: { invites: (await deps.invites.list(mesh.id)).map(toBody) } };
    },
    async createInvite({ mesh, body, caller }) {
      const { token_hash, role, max_uses, expires_at } = body;
      const invite = await deps.invites.create(
        { meshId: mesh.id, tokenHash: token_hash, role, maxUses: max_uses, expiresAt: expires_at * 1000 },
        caller.actor,
      );
      return { body: toBody(invite) };
    },
    async revokeInvite({ mesh, params, caller }) {
      return { body: toBody(await deps.invites.revoke(mesh.id, (params["id"] ?? "") as InviteId, caller.actor)) };
    },
  };
}

function toBody(invite: InviteRow): InviteBody {
  return {
    id: invite.id,
    role: invite.role,
    max_uses: invite.maxUses,
    used_count: invite.usedCount,
    expires_at: Math.floor(invite.expiresAt / 1000),
    revoked_at: toOptionalInstant(invite.revokedAt),
  };
}
