import type { PermissionRequest } from "@parlatory/client";
import type { CommandContext } from "../harness/context.ts";
import { withRemote } from "./with-remote.ts";

export interface ApprovalRow {
  readonly request_id: string;
  readonly session_id: string;
  readonly tool_name: string;
  readonly summary: string;
  readonly input: unknown;
  readonly input_truncated: boolean;
  readonly created_at: string;
  readonly expires_at: string;
}

export interface ResolvedApproval {
  readonly request_id: string;
  readonly session_id: string;
  readonly decision: "allow" | "deny";
  readonly scope: "once" | "session";
  readonly reason: string;
  readonly device_id: string | null;
  readonly device_name: string | null;
  readonly decided_at: string;
  readonly stood_already: boolean;
}

/** What agents ask for and nobody has answered yet. */
export async function listApprovals(
  context: CommandContext,
  { session, url }: { readonly session: string | undefined; readonly url: string | undefined },
): Promise<{ approvals: readonly ApprovalRow[] }> {
  return withRemote(context, { url, subject: { operation: "list_permissions" } }, async (client) => {
    const pending = await client.permissions.list();
    const wanted = session?.toLowerCase();
    const shown = pending.filter(({ session_id: id }) => wanted === undefined || id === wanted);
    return { approvals: shown.map(toRow) };
  });
}

export interface ApprovalArguments {
  readonly requestId: string;
  readonly decision: "allow" | "deny";
  readonly session: boolean;
  readonly message: string | undefined;
  readonly url: string | undefined;
}

/** The first answer decides; a later one is told what stands ([APPROVE-2]). Errors: `approval_not_found`. */
export async function answerApproval(
  context: CommandContext,
  { requestId, decision, session, message, url }: ApprovalArguments,
): Promise<ResolvedApproval> {
  const subject = { target: requestId, operation: "answer_permission", notFound: "approval_not_found" } as const;
  return withRemote(context, { url, subject }, async (client) => {
    const { deviceId } = await client.untilReady();
    const scope = session ? "session" : "once";
    const resolved = await client.permissions.answer({ requestId, decision, scope, message });
    const isOurs = resolved.reason === "answered" && resolved.by?.device_id === deviceId;
    return {
      request_id: resolved.request_id,
      session_id: resolved.session_id,
      decision: resolved.decision,
      scope: resolved.scope,
      reason: resolved.reason,
      device_id: resolved.by?.device_id ?? null,
      device_name: resolved.by?.device_name ?? null,
      decided_at: resolved.at,
      stood_already: !isOurs || resolved.decision !== decision || resolved.scope !== scope,
    };
  });
}

function toRow(request: PermissionRequest): ApprovalRow {
  return {
    request_id: request.request_id,
    session_id: request.session_id,
    tool_name: request.tool_name,
    summary: request.summary,
    input: request.input,
    input_truncated: request.input_truncated === true,
    created_at: request.created_at,
    expires_at: request.expires_at,
  };
}
