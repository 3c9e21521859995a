import {
  DEFAULT_POLICIES,
  type InviteId,
  type MemberId,
  type MemoryId,
  type MeshId,
  type MessageId,
  type PresenceId,
  type PublicKey,
  type TokenId,
} from "@parlatory/protocol";
import type {
  ApiTokenRow,
  CommitBatch,
  InviteRow,
  LedgerStepRow,
  MemberRow,
  MemoryRow,
  MeshRow,
  NewMessage,
  PresenceRow,
  RecipientRow,
  SessionRow,
  StateWrite,
} from "../../src/store/store.ts";

/** An instant all rows of the store tests start from; it means nothing. */
export const T0 = Date.UTC(2026, 4, 1, 12, 0, 0, 123);

let lastNumber = 0;

/** Different at every call, so that tests can share one database without meeting each other's rows. */
export function uniqueNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

export function uniqueId(kind: string): string {
  return `${kind}${String(uniqueNumber()).padStart(20 - kind.length, "0")}`;
}

export function publicKey(number = uniqueNumber()): PublicKey {
  return number.toString(16).padStart(64, "0") as PublicKey;
}

export function meshRow(changes: Partial<MeshRow> = {}): MeshRow {
  const id = uniqueId("mesh") as MeshId;
  return {
    id,
    slug: id,
    name: "A mesh",
    ownerPubkey: publicKey(),
    policies: { ...DEFAULT_POLICIES },
    createdAt: T0,
    ...changes,
  };
}

export function memberRow(meshId: MeshId, changes: Partial<MemberRow> = {}): MemberRow {
  return {
    id: uniqueId("member") as MemberId,
    meshId,
    pubkey: publicKey(),
    displayName: "alice",
    role: "member",
    joinedAt: T0,
    lastSeenAt: T0,
    ...changes,
  };
}

export function inviteRow(meshId: MeshId, changes: Partial<InviteRow> = {}): InviteRow {
  return {
    id: uniqueId("invite") as InviteId,
    meshId,
    tokenHash: publicKey(),
    role: "member",
    maxUses: 1,
    usedCount: 0,
    expiresAt: T0 + 3_600_000,
    createdAt: T0,
    ...changes,
  };
}

export function tokenRow(meshId: MeshId, changes: Partial<ApiTokenRow> = {}): ApiTokenRow {
  return {
    id: uniqueId("token") as TokenId,
    meshId,
    name: "ci",
    hash: publicKey(),
    scope: "read",
    createdAt: T0,
    ...changes,
  };
}

export function sessionRow(meshId: MeshId, changes: Partial<SessionRow> = {}): SessionRow {
  return {
    meshId,
    sessionPubkey: publicKey(),
    memberId: uniqueId("member") as MemberId,
    proven: true,
    displayName: "alice",
    groups: [{ name: "frontend", role: "lead" }, { name: "ops" }],
    features: ["client_ack", "pull"],
    lastSeenAt: T0,
    ...changes,
  };
}

export function presenceRow(meshId: MeshId, changes: Partial<PresenceRow> = {}): PresenceRow {
  return {
    id: uniqueId("pres") as PresenceId,
    meshId,
    memberId: uniqueId("member") as MemberId,
    identity: publicKey(),
    brokerId: "broker-0001",
    attributes: '{"status":"idle"}',
    connectedAt: T0,
    closedCleanly: false,
    leaseUntil: T0 + 90_000,
    ...changes,
  };
}

export function recipientRow(meshId: MeshId, changes: Partial<RecipientRow> = {}): RecipientRow {
  return { rid: uniqueNumber(), meshId, kind: "session", key: publicKey(), name: "bob", ...changes };
}

export function messageRow(meshId: MeshId, seq: number, changes: Partial<NewMessage> = {}): NewMessage {
  return {
    id: uniqueId("msg") as MessageId,
    meshId,
    seq,
    senderMemberId: "member-of-sender-000" as MemberId,
    senderMemberPubkey: publicKey(1),
    senderPubkey: publicKey(2),
    senderName: "alice",
    targetSpec: publicKey(3),
    kind: "direct",
    priority: "next",
    enc: "box",
    sentAt: "2026-05-01T12:00:00.000Z",
    acceptedAt: T0,
    createdAt: T0 + 1,
    expiresAt: T0 + 86_400_000,
    bytes: 12,
    recipients: [],
    nonce: "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH",
    ciphertext: "aGVsbG8gd29ybGQh",
    ...changes,
  };
}

export function stepRow(meshId: MeshId, changes: Partial<LedgerStepRow> = {}): LedgerStepRow {
  return { meshId, rid: 0, bucket: 0, offsets: "0-255", state: "accepted", at: T0, ...changes };
}

export function batchOf(changes: Partial<CommitBatch>): CommitBatch {
  return {
    discard: [],
    recipients: [],
    messages: [],
    steps: [],
    presences: [],
    removedPresences: [],
    sessions: [],
    helloSeen: [],
    events: [],
    memberSeen: [],
    ...changes,
  };
}

export function memoryRow(meshId: MeshId, changes: Partial<MemoryRow> = {}): MemoryRow {
  const number = uniqueNumber();
  return {
    id: number.toString(36).padStart(20, "0") as MemoryId,
    meshId,
    content: "a memory",
    tags: [],
    memberId: "member-of-author-000" as MemberId,
    memberPubkey: publicKey(4),
    rememberedBy: "alice",
    rememberedAt: T0 + number,
    ...changes,
  };
}

export function stateWrite(meshId: MeshId, key: string, changes: Partial<StateWrite> = {}): StateWrite {
  return { meshId, key, value: "1", updatedByName: "alice", at: T0, maxKeys: 10_000, ...changes };
}
