import { MESH_ERROR_CODES, type MeshErrorCode } from "@parlatory/protocol";
import { joinSecretOf, type OpenedInvite } from "../crypto/invite.ts";
import type { MeshEntry, SessionKeyPair } from "../mesh-client-options.ts";
import { httpOrigin } from "./http-origin.ts";
import { HttpUnreachableError, type HttpPort, type HttpResponse } from "./http-port.ts";
import { parseJsonObject } from "./json-body.ts";

export interface JoinInput {
  /** From `crypto.parseInvite`, which checked shape, signature and expiry before any network use ([INV-3]). */
  invite: OpenedInvite;
  /** The member key to register: a fresh one, or the one this mesh knows already ([CLI-9]). */
  memberKey: SessionKeyPair;
  displayName: string;
  http: HttpPort;
  timeoutMs?: number | undefined;
}

export type JoinResult =
  | { ok: true; mesh: MeshEntry; role: "admin" | "member"; alreadyMember: boolean }
  /** `code`: one of [INV-7], `server_unreachable`, `storage_unavailable`, `rate_limited` or `internal`. Store nothing. */
  | { ok: false; code: string; message: string; retryable: boolean };

/** Joins a mesh by invite; only the join secret leaves this machine, never token or root key ([INV-5], [INV-6]). */
export async function joinMesh(input: JoinInput): Promise<JoinResult> {
  const { invite, token } = input.invite;
  let response: HttpResponse;
  try {
    response = await input.http({
      method: "POST",
      url: `${httpOrigin(invite.broker_url)}/join`,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        join_secret: joinSecretOf(token),
        peer_pubkey: input.memberKey.publicKey,
        display_name: input.displayName,
      }),
      timeoutMs: input.timeoutMs,
    });
  } catch (cause) {
    if (!(cause instanceof HttpUnreachableError)) throw cause;
    return { ok: false, code: cause.code, message: cause.message, retryable: true };
  }
  const body = parseJsonObject(response.body);
  if (response.status !== 200 || body?.["ok"] !== true) return refusal(response.status, body);
  const { meshId, memberId } = body;
  if (typeof memberId !== "string" || meshId !== invite.mesh_id) {
    return {
      ok: false,
      code: "internal",
      message: "the broker accepted the invite but named another mesh or no member; nothing was stored",
      retryable: false,
    };
  }
  return {
    ok: true,
    role: invite.role,
    alreadyMember: body["alreadyMember"] === true,
    mesh: {
      meshId: invite.mesh_id,
      memberId,
      slug: invite.mesh_slug,
      pubkey: input.memberKey.publicKey,
      secretKey: input.memberKey.secretKey,
      brokerUrl: invite.broker_url,
      rootKey: invite.mesh_root_key,
    },
  };
}

const CODE_BY_STATUS: Readonly<Record<number, string>> = {
  413: "value_too_large",
  429: "rate_limited",
  503: "storage_unavailable",
};

function refusal(status: number, body: Record<string, unknown> | undefined): JoinResult {
  const error = body?.["error"];
  const code = CODE_BY_STATUS[status] ?? (typeof error === "string" && /^[a-z_]+$/.test(error) ? error : undefined);
  if (code !== undefined) {
    const known = Object.hasOwn(MESH_ERROR_CODES, code) ? MESH_ERROR_CODES[code as MeshErrorCode] : undefined;
    return { ok: false, code, message: known?.message ?? code, retryable: known?.retryable ?? false };
  }
  const message = typeof error === "string" ? error : `the broker answered the join with status ${status}`;
  return { ok: false, code: status === 400 ? "bad_request" : "internal", message, retryable: false };
}
