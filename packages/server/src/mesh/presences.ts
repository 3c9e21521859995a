/**
 * The registry of presences: who is here, under which identity, with which name, groups and status. It knows leases,
 * identities and the status rule; it must not know sockets (only the connection port), mail or SQL. Whoever has to
 * react to a change registers a listener; listeners run in the order of registration, inside the change.
 */
import {
  MESH_LIMITS,
  RESERVED_GROUP,
  WireError,
  isGroupName,
  type AgentInfo,
  type Capability,
  type GroupEntry,
  type HelloFrame,
  type MeshId,
  type PeerStatus,
  type PresenceId,
  type PublicKey,
} from "@parlatory/protocol";
import type { BootSnapshot, MemberRow } from "../store/store.ts";
import type { Directory } from "./directory.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { PresenceConnection } from "./ports.ts";
import type { Clock } from "../ports.ts";
import {
  fromPresenceRow,
  identityOf,
  isLive,
  toDisplayName,
  toPresenceRow,
  type Presence,
  type StatusSource,
} from "./presence.ts";

export interface PresenceListener {
  /** A connection was attached; `hello_ack` was not sent yet. */
  attached?(presence: Presence, resumed: boolean): void;
  /** `hello_ack` was sent: mail may flow. */
  ready?(presence: Presence): void;
  /** The connection is gone; the presence may come back within its lease. */
  detached?(presence: Presence, connection: PresenceConnection): void;
  /** Live no more: clean close or end of the lease. Comes once per life as a live presence. */
  left?(presence: Presence): void;
  /** The lease ended: identity and attributes are forgotten. */
  ended?(presence: Presence): void;
  /** The status became more open: mail that was held may go ([STAT-7]). */
  opened?(presence: Presence): void;
  /** Something shown in the peer list changed. */
  updated?(presence: Presence): void;
}

export interface AttachRequest {
  meshId: MeshId;
  member: MemberRow;
  hello: HelloFrame;
  capabilities: Capability[];
  modern: boolean;
  hookTokenHash: string;
  connection: PresenceConnection;
}

export interface PresencesOptions {
  clock: Clock;
  createId: () => string;
  brokerId: string;
  leaseMs: number;
  directory: Directory;
  commit: Pick<GroupCommit, "addPresence" | "removePresence" | "addMemberSeen">;
}

const STATUS_OPENNESS: Record<PeerStatus, number> = { idle: 1, working: 0, dnd: 0 };
const SOURCE_RANK: Record<StatusSource, number> = { inferred: 0, manual: 1, hook: 2 };

export class Presences {
  readonly #options: PresencesOptions;
  readonly #byId = new Map<PresenceId, Presence>();
  readonly #byMesh = new Map<MeshId, Set<Presence>>();
  readonly #byIdentity = new Map<string, Presence>();
  /** By mesh, then by key: looked up for every delivery, so no text is made for it. */
  readonly #bySessionKey = new Map<MeshId, Map<PublicKey, Presence>>();
  readonly #byMember = new Map<string, Set<Presence>>();
  readonly #byHookToken = new Map<string, Set<Presence>>();
  readonly #listeners: PresenceListener[] = [];

  constructor(options: PresencesOptions) {
    this.#options = options;
  }

  /** Brings back the presences of an earlier run of this broker, all dropped ([PRES-5]). */
  restore(boot: Pick<BootSnapshot, "presences" | "brokerHeartbeats">): void {
    for (const row of boot.presences) {
      const member = this.#options.directory.member(row.memberId);
      if (member === undefined || member.revokedAt !== undefined) {
        this.#options.commit.removePresence(row.id);
        continue;
      }
      const droppedAt = boot.brokerHeartbeats.get(row.brokerId) ?? row.connectedAt;
      this.#add(fromPresenceRow(row, member.pubkey, droppedAt, this.#options.leaseMs));
    }
  }

  listen(listener: PresenceListener): void {
    this.#listeners.push(listener);
  }

  get(id: PresenceId): Presence | undefined {
    return this.#byId.get(id);
  }

  /** Every presence of a mesh whose lease has not ended, control presences too. */
  ofMesh(meshId: MeshId): Iterable<Presence> {
    return this.#byMesh.get(meshId) ?? [];
  }

  all(): Iterable<Presence> {
    return this.#byId.values();
  }

  get count(): number {
    return this.#byId.size;
  }

  bySessionKey(meshId: MeshId, sessionPubkey: PublicKey): Presence | undefined {
    return this.#bySessionKey.get(meshId)?.get(sessionPubkey);
  }

  ofMember(memberId: string): Iterable<Presence> {
    return this.#byMember.get(memberId) ?? [];
  }

  ofHookToken(tokenHash: string): Iterable<Presence> {
    return this.#byHookToken.get(tokenHash) ?? [];
  }

  /** The presence this hello would re-attach to, if its lease still runs. */
  findResumable(meshId: MeshId, memberId: string, hello: HelloFrame): Presence | undefined {
    const identity = hello.presence === "control" ? undefined : identityOf(hello);
    return identity === undefined ? undefined : this.#byIdentity.get(identityKey(meshId, memberId, identity));
  }

  countLive(meshId: MeshId): number {
    let live = 0;
    for (const presence of this.ofMesh(meshId)) if (isLive(presence)) live++;
    return live;
  }

  countControl(meshId: MeshId): number {
    let control = 0;
    for (const presence of this.ofMesh(meshId)) if (presence.kind === "control") control++;
    return control;
  }

  /**
   * Gives a connection its presence: a new one, or the one of the same identity within its lease ([PRES-1]). The
   * older connection of that identity is closed `session_replaced` ([PRES-2]). All checks of the hello come before.
   */
  attach(request: AttachRequest): { presence: Presence; resumed: boolean } {
    const { meshId, member, hello, connection } = request;
    const now = this.#options.clock.now();
    const known = this.findResumable(meshId, member.id, hello);
    const resumed = known !== undefined;
    const presence = known ?? this.#create(request, now);
    if (known !== undefined) {
      if (known.connection !== undefined) {
        const old = known.connection;
        this.#detach(known, old, false);
        old.close(1000, "session_replaced");
      }
      this.#applyHello(known, request);
    } else {
      this.#add(presence);
    }
    presence.connection = connection;
    presence.ready = false;
    presence.attachedAt = now;
    presence.detachedAt = undefined;
    presence.closedCleanly = false;
    presence.leaseUntil = Number.POSITIVE_INFINITY;
    for (const listener of this.#listeners) listener.attached?.(presence, resumed);
    return { presence, resumed };
  }

  /** To be called right after `hello_ack` was sent. */
  markReady(presence: Presence, connection: PresenceConnection): void {
    if (presence.connection !== connection) return;
    presence.ready = true;
    for (const listener of this.#listeners) listener.ready?.(presence);
  }

  /** The connection is gone. `clean`: by the client's own close frame ([PRES-3]). Stale connections are ignored. */
  detach(presence: Presence, connection: PresenceConnection, clean: boolean): void {
    if (presence.connection !== connection) return;
    this.#detach(presence, connection, clean);
    this.#options.commit.addMemberSeen(presence.memberId, this.#options.clock.now());
    if (presence.kind === "control") {
      this.#end(presence);
      return;
    }
    if (clean) for (const listener of this.#listeners) listener.left?.(presence);
    else this.#updated(presence);
    this.#store(presence);
  }

  /** Ends a presence at once: revoked member, displaced session key, archived mesh. */
  expel(presence: Presence, code: number, reason: string): void {
    const { connection } = presence;
    const wasLive = isLive(presence);
    if (connection !== undefined) {
      this.#detach(presence, connection, true);
      connection.close(code, reason);
    }
    if (wasLive) for (const listener of this.#listeners) listener.left?.(presence);
    this.#end(presence);
  }

  /** The write rule of [STAT-2]. Returns whether the stored status is now the one asked for. */
  setStatus(presence: Presence, status: PeerStatus, source: StatusSource): boolean {
    const now = this.#options.clock.now();
    if (presence.status === status) {
      presence.statusWrittenAt = now;
      if (SOURCE_RANK[source] > SOURCE_RANK[presence.statusSource]) presence.statusSource = source;
      this.#store(presence);
      return true;
    }
    if (presence.status === "dnd" && source === "hook") return false;
    const before = presence.status;
    presence.status = status;
    presence.statusSource = source;
    presence.statusSince = now;
    presence.statusWrittenAt = now;
    this.#updated(presence);
    if (STATUS_OPENNESS[status] > STATUS_OPENNESS[before]) {
      for (const listener of this.#listeners) listener.opened?.(presence);
    }
    return true;
  }

  setSummary(presence: Presence, summary: string): void {
    presence.summary = summary === "" ? undefined : summary;
    this.#updated(presence);
  }

  setAgentInfo(presence: Presence, agentInfo: AgentInfo): void {
    presence.agentInfo = agentInfo;
    this.#updated(presence);
  }

  /** Raises `bad_group`, `reserved_group`, `limit_reached`, `forbidden` ([GRP-1] to [GRP-4], [PRES-6]). */
  joinGroup(presence: Presence, name: string, role: string | undefined): GroupEntry[] {
    checkGroupName(name);
    if (presence.kind === "control") throw new WireError("forbidden", "a control connection cannot be in a group");
    const entry: GroupEntry = role === undefined || role === "" ? { name } : { name, role };
    const at = presence.groups.findIndex((group) => group.name === name);
    if (at < 0 && presence.groups.length >= MESH_LIMITS.groupsPerPresence) {
      throw new WireError("limit_reached", undefined, { limit: MESH_LIMITS.groupsPerPresence });
    }
    presence.groups =
      at < 0 ? [...presence.groups, entry] : presence.groups.map((group, i) => (i === at ? entry : group));
    this.#updated(presence);
    return presence.groups;
  }

  /** Leaving a group one is not in changes nothing ([GRP-4]). */
  leaveGroup(presence: Presence, name: string): GroupEntry[] {
    checkGroupName(name);
    const left = presence.groups.filter((group) => group.name !== name);
    if (left.length !== presence.groups.length) {
      presence.groups = left;
      this.#updated(presence);
    }
    return presence.groups;
  }

  /** `pattern` is an exact key or a prefix ending in `*` ([STATE-8]). Raises `limit_reached`. */
  watch(presence: Presence, pattern: string): string[] {
    if (!presence.watches.includes(pattern)) {
      if (presence.watches.length >= MESH_LIMITS.stateWatches) {
        throw new WireError("limit_reached", undefined, { limit: MESH_LIMITS.stateWatches });
      }
      presence.watches = [...presence.watches, pattern];
      this.#store(presence);
    }
    return presence.watches;
  }

  unwatch(presence: Presence, pattern: string): string[] {
    presence.watches = presence.watches.filter((watched) => watched !== pattern);
    this.#store(presence);
    return presence.watches;
  }

  /** Ends leases that ran out and lets `working` age ([PRES-3], [PRES-4], [STAT-2], [STAT-3]). */
  sweep(): { ended: number; aged: number } {
    const now = this.#options.clock.now();
    const counts = { ended: 0, aged: 0 };
    for (const presence of [...this.#byId.values()]) {
      if (presence.connection === undefined && presence.leaseUntil <= now) {
        if (!presence.closedCleanly) for (const listener of this.#listeners) listener.left?.(presence);
        this.#end(presence);
        counts.ended++;
        continue;
      }
      const ttlMs = this.#options.directory.policies(presence.meshId).workingTtlSeconds * 1000;
      if (presence.status !== "working" || now - presence.statusWrittenAt < ttlMs) continue;
      presence.status = "idle";
      presence.statusSource = "inferred";
      presence.statusSince = now;
      presence.statusWrittenAt = now;
      this.#updated(presence);
      for (const listener of this.#listeners) listener.opened?.(presence);
      counts.aged++;
    }
    return counts;
  }

  /** The row as it should be stored now, for the transaction of a hello. */
  toRow(presence: Presence): ReturnType<typeof toPresenceRow> {
    const leaseUntil = Number.isFinite(presence.leaseUntil) ? presence.leaseUntil : 0;
    return { ...toPresenceRow(presence, this.#options.brokerId), leaseUntil };
  }

  #create(request: AttachRequest, now: number): Presence {
    const { meshId, member, hello } = request;
    const id = this.#options.createId() as PresenceId;
    const kind = hello.presence ?? "session";
    return {
      id,
      meshId,
      memberId: member.id,
      memberPubkey: member.pubkey,
      kind,
      identity: kind === "control" ? `control/${id}` : (identityOf(hello) ?? `presence/${id}`),
      displayName: toDisplayName(hello.displayName) ?? member.displayName,
      role: hello.role === "" ? undefined : hello.role,
      groups: kind === "control" ? [] : normalizeGroups(hello.groups ?? []),
      summary: undefined,
      status: "idle",
      statusSource: "inferred",
      statusSince: now,
      statusWrittenAt: now,
      sessionPubkey: kind === "control" ? undefined : (hello.sessionPubkey as PublicKey | undefined),
      sessionId: hello.sessionId,
      claudeSessionId: hello.claudeSessionId,
      pid: hello.pid,
      parentPid: hello.parentPid,
      cwd: hello.cwd,
      client: hello.client,
      agentInfo: hello.agentInfo,
      modern: request.modern,
      capabilities: request.capabilities,
      hookTokenHashes: [request.hookTokenHash],
      watches: [],
      connection: undefined,
      ready: false,
      connectedAt: now,
      attachedAt: now,
      detachedAt: undefined,
      closedCleanly: false,
      leaseUntil: Number.POSITIVE_INFINITY,
    };
  }

  /** Fields present in the new hello replace the old ones; the rest survives ([PRES-1]). */
  #applyHello(presence: Presence, request: AttachRequest): void {
    const { hello } = request;
    this.#unindex(presence);
    presence.displayName = toDisplayName(hello.displayName) ?? presence.displayName;
    if (hello.role !== undefined) presence.role = hello.role === "" ? undefined : hello.role;
    if (hello.groups !== undefined) presence.groups = normalizeGroups(hello.groups);
    presence.sessionId = hello.sessionId ?? presence.sessionId;
    presence.claudeSessionId = hello.claudeSessionId ?? presence.claudeSessionId;
    presence.pid = hello.pid ?? presence.pid;
    presence.parentPid = hello.parentPid ?? presence.parentPid;
    presence.cwd = hello.cwd ?? presence.cwd;
    presence.client = hello.client ?? presence.client;
    presence.agentInfo = hello.agentInfo ?? presence.agentInfo;
    presence.modern = request.modern;
    presence.capabilities = request.capabilities;
    presence.hookTokenHashes = [...new Set([request.hookTokenHash, ...presence.hookTokenHashes])].slice(0, 2);
    this.#index(presence);
  }

  #detach(presence: Presence, connection: PresenceConnection, clean: boolean): void {
    presence.connection = undefined;
    presence.ready = false;
    presence.detachedAt = this.#options.clock.now();
    presence.closedCleanly = clean;
    presence.leaseUntil = presence.detachedAt + this.#options.leaseMs;
    for (const listener of this.#listeners) listener.detached?.(presence, connection);
  }

  #end(presence: Presence): void {
    if (!this.#byId.has(presence.id)) return;
    this.#byId.delete(presence.id);
    remove(this.#byMesh, presence.meshId, presence);
    remove(this.#byMember, presence.memberId, presence);
    this.#unindex(presence);
    if (presence.kind === "session") this.#options.commit.removePresence(presence.id);
    for (const listener of this.#listeners) listener.ended?.(presence);
  }

  #add(presence: Presence): void {
    this.#byId.set(presence.id, presence);
    add(this.#byMesh, presence.meshId, presence);
    add(this.#byMember, presence.memberId, presence);
    this.#index(presence);
  }

  #index(presence: Presence): void {
    this.#byIdentity.set(identityKey(presence.meshId, presence.memberId, presence.identity), presence);
    if (presence.sessionPubkey !== undefined) {
      let keys = this.#bySessionKey.get(presence.meshId);
      if (keys === undefined) this.#bySessionKey.set(presence.meshId, (keys = new Map<PublicKey, Presence>()));
      keys.set(presence.sessionPubkey, presence);
    }
    for (const hash of presence.hookTokenHashes) add(this.#byHookToken, hash, presence);
  }

  #unindex(presence: Presence): void {
    const key = identityKey(presence.meshId, presence.memberId, presence.identity);
    if (this.#byIdentity.get(key) === presence) this.#byIdentity.delete(key);
    const { meshId, sessionPubkey } = presence;
    if (sessionPubkey !== undefined && this.bySessionKey(meshId, sessionPubkey) === presence) {
      this.#bySessionKey.get(meshId)?.delete(sessionPubkey);
    }
    for (const hash of presence.hookTokenHashes) remove(this.#byHookToken, hash, presence);
  }

  #updated(presence: Presence): void {
    this.#store(presence);
    for (const listener of this.#listeners) listener.updated?.(presence);
  }

  #store(presence: Presence): void {
    if (presence.kind === "session" && this.#byId.has(presence.id)) {
      this.#options.commit.addPresence(this.toRow(presence));
    }
  }
}

/** Checks a group name given to join or leave. Raises `reserved_group`, `bad_group`. */
function checkGroupName(name: string): void {
  if (name === RESERVED_GROUP) throw new WireError("reserved_group", undefined, { field: "name" });
  if (!isGroupName(name)) throw new WireError("bad_group", undefined, { field: "name" });
}

/** The groups of a hello: `all` dropped, the last of equal names wins, empty roles absent ([GRP-2], [GRP-3]). */
function normalizeGroups(groups: readonly GroupEntry[]): GroupEntry[] {
  const byName = new Map<string, GroupEntry>();
  for (const { name, role } of groups) {
    if (name !== RESERVED_GROUP) byName.set(name, role === undefined || role === "" ? { name } : { name, role });
  }
  return [...byName.values()];
}

function identityKey(meshId: string, memberId: string, identity: string): string {
  return `${meshId}/${memberId}/${identity}`;
}

function add<Key, Value>(index: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const set = index.get(key);
  if (set === undefined) index.set(key, new Set([value]));
  else set.add(value);
}

function remove<Key, Value>(index: Map<Key, Set<Value>>, key: Key, value: Value): void {
  const set = index.get(key);
  if (set === undefined) return;
  set.delete(value);
  if (set.size === 0) index.delete(key);
}
