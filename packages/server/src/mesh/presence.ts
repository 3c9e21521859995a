import type {
  AgentInfo,
  Capability,
  GroupEntry,
  HelloFrame,
  MemberId,
  MeshId,
  PeerStatus,
  PresenceId,
  PublicKey,
} from "@parlatory/protocol";
import type { PresenceRow } from "../store/store.ts";
import type { PresenceConnection } from "./ports.ts";

export type StatusSource = "hook" | "manual" | "inferred";

/** What a presence shows and keeps over a re-attach ([PRES-1]). Stored as one JSON document. */
export interface PresenceAttributes {
  displayName: string;
  role: string | undefined;
  groups: GroupEntry[];
  summary: string | undefined;
  status: PeerStatus;
  statusSource: StatusSource;
  /** Since when the status holds. */
  statusSince: number;
  /** Last write of the status, which renews the TTL of `working` ([STAT-2], [STAT-3]). */
  statusWrittenAt: number;
  sessionPubkey: PublicKey | undefined;
  sessionId: string | undefined;
  claudeSessionId: string | undefined;
  pid: number | undefined;
  parentPid: number | undefined;
  cwd: string | undefined;
  client: { name: string; version: string } | undefined;
  agentInfo: AgentInfo | undefined;
  modern: boolean;
  capabilities: Capability[];
  /** SHA-256 of the newest two hook tokens, newest first ([HELLO-8]). */
  hookTokenHashes: string[];
  watches: string[];
}

/**
 * One running client of a member. Its life: attached (has a connection) → detached (lost or cleanly closed, attributes
 * kept until the lease ends) → attached again, or ended. Only `Presences` moves it; others read it.
 */
export interface Presence extends PresenceAttributes {
  readonly id: PresenceId;
  readonly meshId: MeshId;
  readonly memberId: MemberId;
  readonly memberPubkey: PublicKey;
  readonly kind: "session" | "control";
  readonly identity: string;
  connection: PresenceConnection | undefined;
  /** True once `hello_ack` was sent on the present connection: nothing is pushed before ([WS-5]). */
  ready: boolean;
  readonly connectedAt: number;
  /** Start of the present connection. */
  attachedAt: number;
  detachedAt: number | undefined;
  closedCleanly: boolean;
  leaseUntil: number;
}

/** The key that routes to a presence: its session key, else the member key. */
export function routingKey(presence: Pick<Presence, "sessionPubkey" | "memberPubkey">): PublicKey {
  return presence.sessionPubkey ?? presence.memberPubkey;
}

export function hasCapability(presence: Pick<PresenceAttributes, "capabilities">, capability: Capability): boolean {
  return presence.capabilities.includes(capability);
}

/** Live: the connection is open, or was lost without a close frame less than one lease ago ([PRES-3]). */
export function isLive(presence: Presence): boolean {
  if (presence.kind === "control") return false;
  return presence.connection !== undefined || !presence.closedCleanly;
}

/** Tells whether mail of this priority may be pushed now ([STAT-6]). */
export function isGateOpen(presence: Presence, priority: "now" | "next" | "low"): boolean {
  if (presence.kind === "control") return false;
  if (priority === "now") return true;
  if (presence.status !== "idle") return false;
  return priority === "next" || !hasCapability(presence, "pull");
}

/** Session identity within (mesh, member), or undefined when the client gave none ([PRES-1]). */
export function identityOf(hello: HelloFrame): string | undefined {
  return hello.sessionPubkey ?? hello.claudeSessionId ?? hello.sessionId;
}

const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/gu;

/** A name as shown to others: no control characters, at most 64 characters; undefined when nothing is left. */
export function toDisplayName(text: string | undefined): string | undefined {
  const clean = [...(text ?? "").replace(CONTROL_CHARACTERS, "").trim()].slice(0, 64).join("");
  return clean === "" ? undefined : clean;
}

export function toPresenceRow(presence: Presence, brokerId: string): PresenceRow {
  const attributes: PresenceAttributes = {
    displayName: presence.displayName,
    role: presence.role,
    groups: presence.groups,
    summary: presence.summary,
    status: presence.status,
    statusSource: presence.statusSource,
    statusSince: presence.statusSince,
    statusWrittenAt: presence.statusWrittenAt,
    sessionPubkey: presence.sessionPubkey,
    sessionId: presence.sessionId,
    claudeSessionId: presence.claudeSessionId,
    pid: presence.pid,
    parentPid: presence.parentPid,
    cwd: presence.cwd,
    client: presence.client,
    agentInfo: presence.agentInfo,
    modern: presence.modern,
    capabilities: presence.capabilities,
    hookTokenHashes: presence.hookTokenHashes,
    watches: presence.watches,
  };
  return {
    id: presence.id,
    meshId: presence.meshId,
    memberId: presence.memberId,
    identity: presence.identity,
    brokerId,
    attributes: JSON.stringify(attributes),
    connectedAt: presence.connectedAt,
    detachedAt: presence.detachedAt,
    closedCleanly: presence.closedCleanly,
    leaseUntil: presence.leaseUntil,
  };
}

/** Rebuilds a presence found at start: dropped, at its broker's last sign of life ([PRES-5]). */
export function fromPresenceRow(
  row: PresenceRow,
  memberPubkey: PublicKey,
  droppedAt: number,
  leaseMs: number,
): Presence {
  const attributes = JSON.parse(row.attributes) as PresenceAttributes;
  const detachedAt = row.detachedAt ?? droppedAt;
  return {
    ...attributes,
    // JSON has no undefined: absent keys are set, so that every presence has the same shape.
    role: attributes.role,
    summary: attributes.summary,
    id: row.id,
    meshId: row.meshId,
    memberId: row.memberId,
    memberPubkey,
    kind: "session",
    identity: row.identity,
    connection: undefined,
    ready: false,
    connectedAt: row.connectedAt,
    attachedAt: row.connectedAt,
    detachedAt,
    closedCleanly: row.closedCleanly,
    leaseUntil: detachedAt + leaseMs,
  };
}
