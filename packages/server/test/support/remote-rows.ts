import { randomUUID } from "node:crypto";
import type {
  AcceptRequest,
  AgentProcessRow,
  DeviceRow,
  LeaseRow,
  NewDelivery,
  PermissionRow,
  PromptOutcome,
  PromptRow,
  RemoteSessionRow,
} from "../../src/store/remote-store.ts";
import { T0, publicKey, uniqueId } from "./store-rows.ts";

export function deviceRow(changes: Partial<DeviceRow> = {}): DeviceRow {
  return {
    id: uniqueId("dev-"),
    name: "Anna's phone",
    keyHash: publicKey(),
    pairedAt: T0,
    lastSeenAt: T0,
    lastAddress: "127.0.0.1",
    ...changes,
  };
}

export function remoteSessionRow(changes: Partial<RemoteSessionRow> = {}): RemoteSessionRow {
  return { sessionId: randomUUID(), agent: "claude", workingDirectory: "/home/anna/shop", createdAt: T0, ...changes };
}

export function promptRow(
  sessionId: string,
  changes: Partial<Omit<PromptRow, "position">> = {},
): Omit<PromptRow, "position"> {
  return {
    promptId: randomUUID(),
    sessionId,
    clientSessionId: randomUUID(),
    fingerprint: publicKey(),
    requestJson: JSON.stringify({ text: "Run the tests" }),
    state: "accepted",
    acceptedAt: T0,
    ...changes,
  };
}

export function leaseRow(sessionId: string, changes: Partial<LeaseRow> = {}): LeaseRow {
  return {
    sessionId,
    runId: randomUUID(),
    kind: "prompt",
    serverId: "server-a",
    pid: 4_711,
    pidStartedAt: "123456",
    host: "machine-a",
    takenAt: T0,
    expiresAt: T0 + 15_000,
    ...changes,
  };
}

/** A prompt that runs at once. */
export function runRequest(
  sessionId: string,
  changes: Partial<AcceptRequest> = {},
): AcceptRequest & { lease: LeaseRow } {
  return { prompt: promptRow(sessionId), now: T0, ...changes, lease: changes.lease ?? leaseRow(sessionId) };
}

/** A prompt that waits. */
export function queueRequest(sessionId: string, changes: Partial<AcceptRequest> = {}): AcceptRequest {
  return { prompt: promptRow(sessionId), maxQueued: 20, now: T0, ...changes };
}

export function delivery(clientSessionId: string, changes: Partial<NewDelivery> = {}): NewDelivery {
  const messageId = changes.messageId ?? randomUUID();
  return { messageId, clientSessionId, documentJson: JSON.stringify({ text: messageId }), ...changes };
}

export function outcomeOf(promptId: string, changes: Partial<PromptOutcome> = {}): PromptOutcome {
  return { promptId, state: "succeeded", outcomeJson: `{"ok":true}`, finishedAt: T0 + 1_000, ...changes };
}

export function permissionRow(changes: Partial<PermissionRow> = {}): PermissionRow {
  return {
    requestId: randomUUID(),
    sessionId: randomUUID(),
    runId: randomUUID(),
    toolName: "Bash",
    inputJson: `{"command":"npm publish"}`,
    createdAt: T0,
    expiresAt: T0 + 600_000,
    ...changes,
  };
}

export function agentProcessRow(changes: Partial<AgentProcessRow> = {}): AgentProcessRow {
  return {
    host: uniqueId("host-"),
    pid: 4_712,
    pidStartedAt: "123457",
    serverId: "server-a",
    sessionId: randomUUID(),
    mark: randomUUID(),
    startedAt: T0,
    ...changes,
  };
}
