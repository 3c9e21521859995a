/**
 * The remote's part of the store port: what the remote keeps across restarts and shares between servers on one store. Both
 * engines implement it and pass the same conformance suite. It knows rows and transactions; it knows nothing of sockets,
 * agents, timers or the files of agents. Promises reject as those of `store.ts` do; one that resolved is durable.
 * Instants are milliseconds since the epoch. Documents (`…Json`) are JSON text owned by the room that writes them.
 */

/** A paired device; the main key has no row. Keys are kept as digests only ([AUTH-3]). */
export interface DeviceRow {
  id: string;
  name: string;
  /** Hex SHA-256 of the key. */
  keyHash: string;
  pairedAt: number;
  lastSeenAt: number;
  lastAddress?: string | undefined;
  revokedAt?: number | undefined;
}

export type PairOutcome = "paired" | "invalid" | "voided";

/** What one installation or window of a client owns ([RDLV-7]). */
export interface ClientSessionRow {
  id: string;
  currentSessionId?: string | undefined;
  directory?: string | undefined;
  lastUsedAt: number;
}

export interface DeliveryRow {
  /** Rising with every message queued for the client session. */
  position: number;
  messageId: string;
  clientSessionId: string;
  kind: "response" | "gap";
  /** What `response` and `replay`, or `replay_gap`, are built from. */
  documentJson: string;
  queuedAt: number;
}

/** The document of a `gap`: what left the queue without having been acknowledged ([RDLV-5]). Written by the store. */
export interface DeliveryGap {
  dropped: number;
  /** When the oldest and the newest of them were queued. */
  oldestAt: number;
  newestAt: number;
  /** Why the last of them left. */
  reason: "count" | "age";
}

export interface NewDelivery {
  messageId: string;
  clientSessionId: string;
  documentJson: string;
}

/** Facts of a session that its agent does not keep. A session of a file alone has no row until one is needed. */
export interface RemoteSessionRow {
  sessionId: string;
  agent: string;
  /** The agent's own id, when it has one that differs. */
  agentSessionId?: string | undefined;
  workingDirectory: string;
  /** Given through this server ([SESS-5]); comes before every other name. */
  name?: string | undefined;
  permissionMode?: string | undefined;
  systemPrompt?: string | undefined;
  /** Who created it by a prompt, for `session_ready` ([PROMPT-17]). */
  createdByClientSessionId?: string | undefined;
  createdAt: number;
}

/** The numbering of a session's log ([HIST-10]), with what [HIST-11] compares. */
export interface SessionNumberingRow {
  sessionId: string;
  logId: string;
  fingerprintJson: string;
}

/**
 * `accepted`: durable, not handed over. `handed`: about to be in the agent's input. `seen`: the agent confirmed it. The
 * rest are outcomes ([CRASH-2], [PROMPT-13]).
 */
export type PromptState =
  | "accepted"
  | "handed"
  | "seen"
  | "steered"
  | "succeeded"
  | "failed"
  | "interrupted"
  | "killed"
  | "cancelled"
  | "lost";

export interface PromptRow {
  promptId: string;
  sessionId: string;
  clientSessionId: string;
  /** Hex SHA-256 over text, target and attachments ([PROMPT-9]). */
  fingerprint: string;
  /** Text, attachments, system prompt, mode, directory, agent: all that a run needs. */
  requestJson: string;
  state: PromptState;
  /** Order among the prompts of its session; an `interrupt` goes before those queued ([PROMPT-10]). */
  position: number;
  runId?: string | undefined;
  acceptedAt: number;
  finishedAt?: number | undefined;
  /** Set with the outcome: what `response` and `replay` are built from, with the message id. */
  outcomeJson?: string | undefined;
  messageId?: string | undefined;
}

export type LeaseKind = "prompt" | "compaction" | "recovery";

/** The lock of a session ([LOCK-1]). */
export interface LeaseRow {
  sessionId: string;
  runId: string;
  kind: LeaseKind;
  serverId: string;
  /** Of the owner, with its start time as the system tells it, so that a reused pid is told apart. */
  pid: number;
  pidStartedAt: string;
  /** Which machine `pid` is of. */
  host: string;
  takenAt: number;
  expiresAt: number;
}

export type LeaseResult = { outcome: "taken"; lease: LeaseRow } | { outcome: "held"; lease: LeaseRow };

/** An agent process that was started, from before it is used until it is known to be gone ([AGENT-13]). */
export interface AgentProcessRow {
  host: string;
  pid: number;
  pidStartedAt: string;
  serverId: string;
  sessionId: string;
  runId?: string | undefined;
  /** What `AGENT_MARK` of the process's environment holds, by which its descendants are found. */
  mark: string;
  startedAt: number;
}

export interface PermissionRow {
  requestId: string;
  sessionId: string;
  runId: string;
  toolName: string;
  inputJson: string;
  createdAt: number;
  expiresAt: number;
  replaces?: string | undefined;
  resolution?: PermissionResolution | undefined;
}

export interface PermissionResolution {
  decision: "allow" | "deny";
  scope: "once" | "session";
  by?: { deviceId: string; deviceName: string } | undefined;
  reason: "answered" | "expired" | "run_ended" | "server_restarted" | "granted";
  at: number;
}

/** One line of our own log of a session whose agent keeps no files ([HIST-1]). */
export interface SessionEventRow {
  sessionId: string;
  /** From 1. */
  seq: number;
  id: string;
  recordJson: string;
}

export interface PushSubscriptionRow {
  deviceId: string;
  endpoint: string;
  p256dh: string;
  auth: string;
  createdAt: number;
}

/** The end of a prompt: outcome, release of the lock and the message to its client session, all or nothing ([PROMPT-12]). */
export interface PromptOutcome {
  promptId: string;
  state: Extract<PromptState, "succeeded" | "failed" | "interrupted" | "killed" | "cancelled" | "lost" | "steered">;
  outcomeJson: string;
  finishedAt: number;
  /** Absent: it holds no lease (cancelled in the queue, steered). Released only if it is of this run. */
  releaseRunId?: string | undefined;
  /** Absent for a steered prompt, which has no response of its own. */
  delivery?: NewDelivery | undefined;
  /** Replaces what the prompt asked for: the attachments are of no use after its end. */
  requestJson?: string | undefined;
}

export interface AcceptRequest {
  prompt: Omit<PromptRow, "position">;
  /** Before those waiting. */
  front?: boolean | undefined;
  /** It runs at once. */
  lease?: LeaseRow | undefined;
  /** It waits behind the run, or with `lease` only if the lock is held, unless as many wait already. */
  maxQueued?: number | undefined;
  now: number;
}

export type AcceptResult =
  /** `queuePosition`: 0 when it has the lock, else its place among those waiting, from 1. */
  | { outcome: "accepted"; queuePosition: number }
  | { outcome: "known"; prompt: PromptRow }
  | { outcome: "locked"; lease: LeaseRow }
  | { outcome: "queue_full" };

export interface RemotePurgeLimits {
  now: number;
  promptMs: number;
  clientSessionMs: number;
  queueMs: number;
  queueMessages: number;
  permissionMs: number;
  /** At most this many rows of each kind in one call, so that no transaction is long. */
  maxRows: number;
}

export interface RemoteStore {
  /** False, and nothing was added, when `maxPending` are pending already; absent: as many as come. */
  addPairCode(code: {
    hash: string;
    createdAt: number;
    expiresAt: number;
    maxPending?: number | undefined;
  }): Promise<boolean>;
  /**
   * Uses a code up and adds the device in one transaction. A wrong, used or expired code counts; the `wrongTries`th one in a
   * row voids every pending code: `voided` ([AUTH-6]).
   */
  pairDevice(request: { codeHash: string; device: DeviceRow; now: number; wrongTries: number }): Promise<PairOutcome>;
  /** Those not revoked, oldest first; with `all`, the revoked too. */
  listDevices(all?: boolean): Promise<DeviceRow[]>;
  touchDevice(id: string, lastSeenAt: number, lastAddress: string): Promise<void>;
  /** False when there is no such device, or it was revoked before. Its push subscription goes too. */
  revokeDevice(id: string, at: number): Promise<boolean>;

  /** Makes it where it is new, notes the use, and returns it with the sessions hidden from it. */
  openClientSession(id: string, now: number): Promise<{ row: ClientSessionRow; hidden: string[] }>;
  /** Without making it or noting a use. */
  findClientSession(id: string): Promise<ClientSessionRow | undefined>;
  updateClientSession(
    id: string,
    change: { currentSessionId?: string | undefined; directory?: string | undefined },
  ): Promise<void>;
  setHidden(clientSessionId: string, sessionId: string, isHidden: boolean): Promise<void>;

  /**
   * Unacknowledged messages in queue order, a gap first. Messages over the bounds leave here, for a gap that is merged with
   * an earlier one under a new `gapMessageId` ([RDLV-5]).
   */
  listDeliveries(request: {
    clientSessionId: string;
    now: number;
    maxMessages: number;
    maxAgeMs: number;
    gapMessageId: string;
  }): Promise<DeliveryRow[]>;
  /** False when nothing waited under that id ([RDLV-2]). */
  acknowledgeDelivery(clientSessionId: string, messageId: string): Promise<boolean>;

  findSession(sessionId: string): Promise<RemoteSessionRow | undefined>;
  listSessions(): Promise<RemoteSessionRow[]>;
  /** Adds it unless it is there; returns what is there. */
  addSession(row: RemoteSessionRow): Promise<{ added: boolean; row: RemoteSessionRow }>;
  updateSession(
    sessionId: string,
    change: Partial<
      Pick<RemoteSessionRow, "agentSessionId" | "workingDirectory" | "name" | "permissionMode" | "systemPrompt">
    >,
  ): Promise<void>;
  listGrants(): Promise<{ sessionId: string; toolName: string }[]>;
  addGrant(sessionId: string, toolName: string, at: number): Promise<void>;
  /** Absent tool: all grants of the session. */
  removeGrants(sessionId: string, toolName?: string): Promise<void>;

  findNumbering(sessionId: string): Promise<SessionNumberingRow | undefined>;
  saveNumbering(row: SessionNumberingRow): Promise<void>;

  /**
   * Records a prompt ([PROMPT-8]). `lease` present: it runs at once, and the lock is taken in the same transaction; a lock
   * that is held leaves nothing recorded, unless `maxQueued` says that it may wait. A prompt waits as long as it has no run
   * id. A prompt id that is known changes nothing.
   */
  acceptPrompt(request: AcceptRequest): Promise<AcceptResult>;
  findPrompt(promptId: string): Promise<PromptRow | undefined>;
  /** Of all prompts that are remembered ([PROMPT-9]), at most `limit`, the newest ones, oldest first. */
  listPromptIds(limit: number): Promise<string[]>;
  /** Prompts without an outcome: of one session in order of their position, or of all. */
  listOpenPrompts(sessionId?: string): Promise<PromptRow[]>;
  /** Moves a prompt from one of `from`; false when it was in another state. `runId` is noted with it. */
  movePrompt(request: {
    promptId: string;
    from: readonly PromptState[];
    to: PromptState;
    runId?: string | undefined;
  }): Promise<boolean>;
  /** False when the prompt has an outcome already: then nothing changed. */
  finishPrompt(outcome: PromptOutcome): Promise<boolean>;

  /**
   * One atomic statement ([LOCK-1]): taken when free, or when the one held has expired and `expectExpired` names its run
   * (its agent is known to be dead [LOCK-4]).
   */
  takeLease(lease: LeaseRow, now: number, expectExpired?: string): Promise<LeaseResult>;
  /** Those of the runs still owned; a run that is missing has lost its lease ([LOCK-3]). */
  renewLeases(request: { serverId: string; runIds: readonly string[]; expiresAt: number }): Promise<string[]>;
  /** False when the session is not locked by this run ([LOCK-2]). */
  releaseLease(sessionId: string, runId: string): Promise<boolean>;
  /** Hands the lease of a run to the next one of the same owner, without a moment in which it is free. */
  passLease(sessionId: string, fromRunId: string, lease: LeaseRow): Promise<boolean>;
  findLease(sessionId: string): Promise<LeaseRow | undefined>;
  listLeases(): Promise<LeaseRow[]>;

  addAgentProcess(row: AgentProcessRow): Promise<void>;
  removeAgentProcess(host: string, pid: number, pidStartedAt: string): Promise<void>;
  listAgentProcesses(host: string): Promise<AgentProcessRow[]>;

  addPermission(row: PermissionRow): Promise<void>;
  findPermission(requestId: string): Promise<PermissionRow | undefined>;
  /** Unresolved ones, oldest first. */
  listPendingPermissions(): Promise<PermissionRow[]>;
  /** The first resolution stands; returns the one that does, undefined for an unknown request ([APPROVE-2]). */
  resolvePermission(
    requestId: string,
    resolution: PermissionResolution,
  ): Promise<{ isFirst: boolean; resolution: PermissionResolution } | undefined>;

  /** Appends records of an agent without files; the numbers go on from the last. A known id is left out. Returns what was added. */
  appendSessionEvents(
    sessionId: string,
    records: readonly { id: string; recordJson: string }[],
  ): Promise<SessionEventRow[]>;
  readSessionEvents(sessionId: string, fromSeq: number, toSeq: number): Promise<SessionEventRow[]>;
  /** Of every session with events: how many, and the first and the newest of them. */
  summarizeSessionEvents(): Promise<
    { sessionId: string; count: number; first: SessionEventRow; last: SessionEventRow }[]
  >;

  savePushSubscription(row: PushSubscriptionRow): Promise<void>;
  /** With `endpoint` only if it is still that one: the device may have subscribed anew. */
  removePushSubscription(deviceId: string, endpoint?: string): Promise<void>;
  listPushSubscriptions(): Promise<PushSubscriptionRow[]>;

  /** Deletes what has passed its time; returns how many rows of each kind went. What leaves a queue is told as a gap. */
  purgeRemote(limits: RemotePurgeLimits): Promise<Record<string, number>>;
}
