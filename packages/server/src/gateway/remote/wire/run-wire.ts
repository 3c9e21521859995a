/** Prompts, locks and permission questions as the wire has them. */
import { toWireTime, type RemoteServerMessageOf } from "@parlatory/protocol/remote";
import type {
  PendingPermission,
  PromptStatus,
  ResolvedPermission,
  SessionLockedError,
} from "../../../sessions/run-desk.ts";
import type { AcceptedPrompt, KnownPrompt } from "../../../sessions/run-requests.ts";

export function toPromptAck(accepted: AcceptedPrompt | KnownPrompt): RemoteServerMessageOf<"ack"> {
  const { queuePosition, systemPromptApplied } = accepted;
  return {
    type: "ack",
    message: "Processing prompt...",
    session_id: accepted.sessionId,
    prompt_id: accepted.promptId,
    created: accepted.created,
    agent: accepted.agent,
    working_directory: accepted.workingDirectory,
    mode_applied: accepted.modeApplied,
    ...(queuePosition === undefined ? {} : { queue_position: queuePosition }),
    ...(systemPromptApplied === undefined ? {} : { system_prompt_applied: systemPromptApplied }),
    ...(accepted.outcome === "duplicate" ? { duplicate: true as const, state: accepted.state } : {}),
  };
}

export function toPromptStatus(status: PromptStatus): RemoteServerMessageOf<"prompt_status"> {
  return {
    type: "prompt_status",
    prompt_id: status.promptId,
    session_id: status.sessionId,
    state: status.state,
    ...(status.queuePosition === undefined ? {} : { queue_position: status.queuePosition }),
  };
}

export function toSessionLocked(locked: SessionLockedError): RemoteServerMessageOf<"session_locked"> {
  const { holder, runId, since, isRunAlive } = locked.lock;
  return {
    type: "session_locked",
    message: locked.message,
    session_id: locked.sessionId,
    holder,
    ...(runId === undefined ? {} : { run_id: runId }),
    ...(since === undefined ? {} : { since: toWireTime(since) }),
    ...(isRunAlive === undefined ? {} : { run_alive: isRunAlive }),
  };
}

export function toSessionKilled(sessionId: string): RemoteServerMessageOf<"session_killed"> {
  return { type: "session_killed", session_id: sessionId, message: "Session process terminated" };
}

export function toPermissionRequest(request: PendingPermission): RemoteServerMessageOf<"permission_request"> {
  return {
    type: "permission_request",
    request_id: request.requestId,
    session_id: request.sessionId,
    run_id: request.runId,
    tool_name: request.toolName,
    // The tool's own, key for key ([NAME-2]).
    input: request.input,
    summary: request.summary,
    created_at: toWireTime(request.createdAt),
    expires_at: toWireTime(request.expiresAt),
    ...(request.replaces === undefined ? {} : { replaces: request.replaces }),
  };
}

export function toPermissionResolved(resolved: ResolvedPermission): RemoteServerMessageOf<"permission_resolved"> {
  const { by } = resolved;
  return {
    type: "permission_resolved",
    request_id: resolved.requestId,
    session_id: resolved.sessionId,
    decision: resolved.decision,
    scope: resolved.scope,
    by: by === null ? null : { device_id: by.deviceId, device_name: by.deviceName },
    reason: resolved.reason,
    at: toWireTime(resolved.at),
  };
}
