/**
 * The store port: everything the server keeps across restarts. Two implementations (SQLite, PostgreSQL) pass one
 * conformance suite. It knows rows and transactions; it knows nothing of sockets, presences that are connected, gates
 * or timers.
 *
 * Every promise rejects with `StoreUnavailableError` when the database cannot be reached or refuses to write (disk
 * full, connection lost) and with nothing else that a caller could act on. A promise that resolved is durable as far
 * as the configured durability says ([LIM-15]). Instants are milliseconds since the epoch.
 */
import type {
  DeliveryState,
  Encryption,
  InviteId,
  MemberId,
  MemoryId,
  MeshId,
  MeshPolicies,
  MessageId,
  PresenceId,
  Priority,
  PublicKey,
  TokenId,
} from "@parlatory/protocol";
import type { RemoteStore } from "./remote-store.ts";

/** The database cannot be used right now; the same call may succeed later ([DB-5], [FRM-7]). */
export class StoreUnavailableError extends Error {
  override readonly name = "StoreUnavailableError";
}

export type MemberRole = "admin" | "member";

export interface MeshRow {
  id: MeshId;
  slug: string;
  name: string;
  ownerPubkey: PublicKey;
  policies: MeshPolicies;
  createdAt: number;
  archivedAt?: number | undefined;
}

export interface MemberRow {
  id: MemberId;
  meshId: MeshId;
  pubkey: PublicKey;
  displayName: string;
  role: MemberRole;
  joinedAt: number;
  lastSeenAt: number;
  revokedAt?: number | undefined;
}

export interface GroupRow {
  name: string;
  role?: string | undefined;
}

/** What is remembered of a session key for 7 days after its last use ([HELLO-6]). */
export interface SessionRow {
  meshId: MeshId;
  sessionPubkey: PublicKey;
  memberId: MemberId;
  proven: boolean;
  displayName: string;
  groups: GroupRow[];
  features: string[];
  lastSeenAt: number;
}

export interface PresenceRow {
  id: PresenceId;
  meshId: MeshId;
  memberId: MemberId;
  /** `sessionPubkey`, else claudeSessionId, else sessionId: unique per (mesh, member) ([PRES-1]). */
  identity: string;
  brokerId: string;
  /** Everything shown in the peer list and kept over a re-attach, as one JSON document owned by the mesh room. */
  attributes: string;
  connectedAt: number;
  /** Absent while connected. */
  detachedAt?: number | undefined;
  /** Only a clean close sets it: no longer live, attributes kept until the lease ends ([PRES-3]). */
  closedCleanly: boolean;
  leaseUntil: number;
}

/** Recipients have small integers, so that a recipient list of a hundred costs a few hundred bytes a message. */
export interface RecipientRow {
  rid: number;
  meshId: MeshId;
  kind: "session" | "member" | "presence";
  /** Session key, member key or presence id. */
  key: string;
  name: string;
}

export interface MessageRow {
  id: MessageId;
  meshId: MeshId;
  /** Position in the mesh's log, from 1, in commit order; given by the caller, who is the only writer of the mesh. */
  seq: number;
  senderMemberId: MemberId;
  senderMemberPubkey: PublicKey;
  /** The session key if the sender has one, else its member key. */
  senderPubkey: PublicKey;
  senderName: string;
  targetSpec: string;
  kind: "direct" | "group" | "broadcast";
  priority: Priority;
  enc: Encryption;
  sentAt: string;
  acceptedAt: number;
  createdAt: number;
  expiresAt: number;
  /** Decoded size of the ciphertext in bytes. */
  bytes: number;
  recipients: number[];
  clientMessageId?: string | undefined;
  fingerprint?: string | undefined;
  replyTo?: string | undefined;
  subtype?: string | undefined;
  sig?: string | undefined;
  /** Readable text, only while policy `messageLog` is on and the message is a plaintext multicast. */
  logText?: string | undefined;
}

export interface MessageBody {
  nonce: string;
  ciphertext: string;
}

export interface NewMessage extends MessageRow, MessageBody {}

/** Positions of the mesh log are grouped by this many, so that one ledger row can tell a whole run of messages. */
export const LEDGER_BUCKET = 256;

/**
 * One step that a run of deliveries of one recipient took at one instant. `offsets` are positions within the bucket as
 * ranges in text: `0-99,104`. The bucket of a message is floor(seq / LEDGER_BUCKET).
 */
export interface LedgerStepRow {
  meshId: MeshId;
  rid: number;
  bucket: number;
  offsets: string;
  state: DeliveryState;
  reason?: string | undefined;
  at: number;
}

export type EventType =
  | "peer_joined"
  | "peer_left"
  | "peer_updated"
  | "state_change"
  | "memory_stored"
  | "memory_forgotten"
  | "message_logged"
  | "policy_changed"
  | "invite_changed"
  | "member_changed";

export interface EventRow {
  meshId: MeshId;
  /** Strictly rising per mesh, across restarts ([HTTP-17]). Given by the caller. */
  seq: number;
  type: EventType;
  /** snake_case JSON text. */
  data: string;
  at: number;
}

/** All writes of the hot path in one transaction, applied in the order of the fields and of the entries. */
export interface CommitBatch {
  /**
   * Messages of an earlier batch whose commit was given up on, because the database did not say whether it succeeded.
   * They were refused to their senders, so they go first, with everything that hangs on them ([SEND-4]).
   */
  discard: MessageId[];
  recipients: RecipientRow[];
  messages: NewMessage[];
  steps: LedgerStepRow[];
  presences: PresenceRow[];
  removedPresences: PresenceId[];
  sessions: SessionRow[];
  /** Hellos seen, for replay refusal over a restart. `key` is a hash over public key, timestamp and signature. */
  helloSeen: { key: string; at: number }[];
  events: EventRow[];
  /** Presences whose last sign of life is to be noted on their member. */
  memberSeen: { id: MemberId; at: number }[];
}

/** A message that was not stored because its member had used the clientMessageId before ([SEND-6]). */
export interface DuplicateMessage {
  /** Index in `CommitBatch.messages`. */
  index: number;
  original: { id: MessageId; fingerprint: string; recipients: number };
}

export interface BootSnapshot {
  meshes: MeshRow[];
  members: MemberRow[];
  sessions: SessionRow[];
  presences: PresenceRow[];
  recipients: RecipientRow[];
  /** Highest positions ever used, so that none is used again. */
  lastMessageSeq: Map<MeshId, number>;
  lastEventSeq: Map<MeshId, number>;
  lastRid: number;
  /** Heartbeat of each broker that did not stop properly: the last sign of life of its presences ([PRES-5]). */
  brokerHeartbeats: Map<string, number>;
}

/** A message with at least one delivery that was not settled when the store was last written. */
export interface UnsettledMessage {
  message: MessageRow;
  /** Per recipient of `message.recipients`: the steps noted so far, oldest first. */
  deliveries: { rid: number; steps: StepRecord[] }[];
}

export interface StepRecord {
  state: DeliveryState;
  reason?: string | undefined;
  at: number;
}

export interface MessageLedger {
  message: MessageRow;
  deliveries: { recipient: RecipientRow; steps: StepRecord[] }[];
}

export interface StateRow {
  key: string;
  /** JSON text as written; absent when deleted. */
  value?: string | undefined;
  version: number;
  updatedBy: string;
  updatedAt: number;
}

export interface StateWrite {
  meshId: MeshId;
  key: string;
  /** JSON text; absent deletes ([STATE-4]). */
  value?: string | undefined;
  ifVersion?: number | undefined;
  /** Compare only with an existing or missing key, for HTTP's `If-None-Match: *`: same as `ifVersion: 0`. */
  updatedByName: string;
  updatedByPresence?: PresenceId | undefined;
  updatedByMember?: MemberId | undefined;
  at: number;
  maxKeys: number;
}

export type StateWriteResult =
  | { outcome: "written"; row: StateRow; deleted: boolean }
  /** A delete of a missing key: nothing changed, nobody is told. */
  | { outcome: "nothing" }
  | { outcome: "conflict"; current?: StateRow | undefined }
  | { outcome: "limit" };

export interface MemoryRow {
  id: MemoryId;
  meshId: MeshId;
  content: string;
  tags: string[];
  memberId: MemberId;
  memberPubkey: PublicKey;
  rememberedBy: string;
  rememberedAt: number;
}

export interface RecalledMemory extends MemoryRow {
  score: number;
}

export type ForgetResult =
  | { outcome: "forgotten"; id: MemoryId }
  | { outcome: "not_found" }
  | { outcome: "ambiguous" }
  | { outcome: "forbidden" };

export interface InviteRow {
  id: InviteId;
  meshId: MeshId;
  tokenHash: string;
  role: MemberRole;
  maxUses: number;
  usedCount: number;
  expiresAt: number;
  createdAt: number;
  revokedAt?: number | undefined;
}

export type JoinOutcome =
  | { outcome: "joined"; member: MemberRow }
  | { outcome: "already_member"; member: MemberRow }
  | {
      outcome:
        | "member_revoked"
        | "invite_not_found"
        | "invite_mesh_mismatch"
        | "invite_revoked"
        | "invite_expired"
        | "invite_exhausted";
    };

export interface ApiTokenRow {
  id: TokenId;
  meshId: MeshId;
  name: string;
  hash: string;
  scope: "read" | "write" | "admin";
  createdAt: number;
  expiresAt?: number | undefined;
  revokedAt?: number | undefined;
}

export interface AuditEntry {
  meshId?: MeshId | undefined;
  actor: string;
  event: string;
  data: Record<string, unknown>;
  at: number;
}

export interface AuditRow extends AuditEntry {
  seq: number;
  prevHash: string;
  hash: string;
}

export interface LoggedMessageRow {
  id: MessageId;
  senderName: string;
  targetSpec: string;
  kind: string;
  priority: Priority;
  text: string;
  createdAt: number;
}

export interface PurgeLimits {
  now: number;
  ledgerMs: number;
  sessionMemoryMs: number;
  replayMemoryMs: number;
  memoryForgottenMs: number;
  messageLogMs: number;
  eventsKeptMs: number;
  eventsKept: number;
  /** At most this many rows of each kind in one call, so that no transaction is long. */
  maxRows: number;
}

export interface Store extends RemoteStore {
  readonly kind: "sqlite" | "postgres";

  /** Everything the broker keeps in memory. Called once, before anything else. */
  loadBoot(now: number): Promise<BootSnapshot>;
  /** Unsettled messages in log order, in pages: call again with the last seq of the page until it is empty. */
  loadUnsettled(meshId: MeshId, afterSeq: number, limit: number): Promise<UnsettledMessage[]>;

  /** Writes one batch in one durable transaction; duplicates are left out and reported, everything else is in. */
  commit(batch: CommitBatch): Promise<DuplicateMessage[]>;
  /** What a member sent under this clientMessageId, while it is remembered ([SEND-6]). */
  findDuplicate(
    meshId: MeshId,
    memberId: MemberId,
    clientMessageId: string,
  ): Promise<DuplicateMessage["original"] | undefined>;
  /** Marks messages whose last delivery settled and deletes their bodies ([DLV-14]). */
  settleMessages(meshId: MeshId, seqs: readonly number[], settledAt: number): Promise<void>;
  /** Bodies by position; positions without a body are absent from the map. */
  readBodies(meshId: MeshId, seqs: readonly number[]): Promise<Map<number, MessageBody>>;
  /** One message with every recipient's path, or undefined when it is unknown or purged. */
  readLedger(messageId: MessageId): Promise<MessageLedger | undefined>;

  heartbeat(brokerId: string, now: number, url: string): Promise<void>;
  /** A broker that stopped properly leaves no heartbeat behind. */
  removeBroker(brokerId: string): Promise<void>;
  isHelloSeen(key: string): Promise<boolean>;

  createMesh(mesh: MeshRow): Promise<"created" | "slug_taken">;
  updatePolicies(meshId: MeshId, policies: MeshPolicies): Promise<void>;
  archiveMesh(meshId: MeshId, at: number): Promise<void>;
  /** Adds a member unless its key is in the mesh already; returns what is there. */
  addMember(member: MemberRow): Promise<{ added: boolean; member: MemberRow }>;
  revokeMember(memberId: MemberId, at: number): Promise<void>;

  createInvite(invite: InviteRow): Promise<void>;
  listInvites(meshId: MeshId): Promise<InviteRow[]>;
  findInvite(tokenHash: string): Promise<InviteRow | undefined>;
  revokeInvite(meshId: MeshId, id: InviteId, at: number): Promise<InviteRow | undefined>;
  /** Counts the use and makes the member in one transaction ([INV-7] from `invite_not_found` on, [INV-8]). */
  joinWithInvite(request: {
    tokenHash: string;
    /** The mesh the token names, if the whole token was sent. */
    meshId?: MeshId | undefined;
    member: Omit<MemberRow, "meshId" | "role">;
    now: number;
  }): Promise<JoinOutcome>;

  getState(meshId: MeshId, key: string): Promise<StateRow | undefined>;
  /** Existing keys in code point order, optionally only those starting with `prefix`. */
  listState(meshId: MeshId, prefix: string): Promise<StateRow[]>;
  writeState(write: StateWrite): Promise<StateWriteResult>;

  addMemory(memory: MemoryRow, maxMemories: number): Promise<"stored" | "limit">;
  /** [MEM-2], [MEM-3], [MEM-7] to [MEM-9]. */
  recall(request: { meshId: MeshId; query: string; tags: readonly string[]; limit: number }): Promise<RecalledMemory[]>;
  /** Newest first; `next` is the id to pass as `before` ([MEM-4]). */
  listMemories(request: {
    meshId: MeshId;
    limit: number;
    before?: string | undefined;
    tags?: readonly string[] | undefined;
  }): Promise<{ memories: MemoryRow[]; next: MemoryId | undefined }>;
  /** `memberId` absent: an administrator ([MEM-5]). */
  forget(request: {
    meshId: MeshId;
    idOrPrefix: string;
    memberId?: MemberId | undefined;
    at: number;
  }): Promise<ForgetResult>;

  createToken(token: ApiTokenRow): Promise<void>;
  findToken(hash: string): Promise<ApiTokenRow | undefined>;
  listTokens(meshId: MeshId): Promise<ApiTokenRow[]>;
  revokeToken(meshId: MeshId, id: TokenId, at: number): Promise<boolean>;

  /** Appends to the hash chain: `hash` = hex SHA-256 of the previous hash + canonical JSON of the entry ([OBS-3]). */
  appendAudit(entry: AuditEntry): Promise<AuditRow>;
  listAudit(request: { meshId?: MeshId | undefined; since?: number | undefined; limit: number }): Promise<AuditRow[]>;
  /** Recomputes the whole chain; `at` is the first seq that does not fit. */
  verifyAudit(): Promise<{ chain: "ok" } | { chain: "broken"; at: number }>;

  /** Events with `seq` > after, oldest first. `firstSeq` is the oldest kept, 0 when none. */
  readEvents(
    meshId: MeshId,
    after: number,
    limit: number,
  ): Promise<{ events: EventRow[]; firstSeq: number; lastSeq: number }>;
  listLoggedMessages(meshId: MeshId, before: string | undefined, limit: number): Promise<LoggedMessageRow[]>;

  /** Deletes what has passed its retention; returns how many rows of each kind went. */
  purge(limits: PurgeLimits): Promise<Record<string, number>>;
  /** Consistent copy of the whole database into a new file while in use (SQLite only). */
  backupTo(path: string): Promise<void>;
  /** Rejects while the database cannot be used. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
