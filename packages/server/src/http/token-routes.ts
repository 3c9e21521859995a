import type { ApiTokenBody, TokenId } from "@parlatory/protocol";
import type { ApiTokenRow } from "../store/store.ts";
import type { HttpDeps } from "./http-deps.ts";
import { HttpError } from "./http-error.ts";
import { toInstant, toOptionalInstant } from "./instants.ts";
import type { RouteHandlers } from "./route-handlers.ts";

/** [HTTP-14]. */
export function tokenRoutes(
  deps: Pick<HttpDeps, "apiTokens">,
): Pick<RouteHandlers, "listTokens" | "createToken" | "revokeToken"> {
  return {
    async listTokens({ mesh }) {
      return { body: { tokens: (await deps.apiTokens.list(mesh.id)).map(toBody) } };
    },
    async createToken({ mesh, body, caller }) {
      const expiresAt = body.expires_at === undefined ? undefined : Date.parse(body.expires_at);
      if (Number.isNaN(expiresAt)) {
        throw new HttpError("bad_request", "`expires_at` is no date", { field: "expires_at" });
      }
      const { token, secret } = await deps.apiTokens.create(
        { meshId: mesh.id, name: body.name, scope: body.scope, expiresAt },
        caller.actor,
      );
      return { body: { ...toBody(token), token: secret } };
    },
    async revokeToken({ mesh, params, caller }) {
      await deps.apiTokens.revoke(mesh.id, (params["id"] ?? "") as TokenId, caller.actor);
      return { body: { ok: true } };
    },
  };
}

function toBody(token: ApiTokenRow): ApiTokenBody {
  return {
    id: token.id,
    name: token.name,
    scope: token.scope,
    created_at: toInstant(token.createdAt),
    expires_at: toOptionalInstant(token.expiresAt),
    revoked_at: toOptionalInstant(token.revokedAt),
  };
}
