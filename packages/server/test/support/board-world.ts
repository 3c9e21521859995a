import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createTimeOrderedId,
  negotiateCapabilities,
  type HelloFrame,
  type MemberId,
  type MeshId,
  type MeshPolicies,
  type PublicKey,
} from "@parlatory/protocol";
import { ApiTokens } from "../../src/mesh/api-tokens.ts";
import { Audit } from "../../src/mesh/audit.ts";
import { Directory } from "../../src/mesh/directory.ts";
import { EventLog } from "../../src/mesh/event-log.ts";
import { GroupCommit } from "../../src/mesh/group-commit.ts";
import { HookDesk } from "../../src/mesh/hooks.ts";
import { Invites } from "../../src/mesh/invites.ts";
import { JoinDesk } from "../../src/mesh/join-desk.ts";
import { Members } from "../../src/mesh/members.ts";
import { MemoryBoard } from "../../src/mesh/memory-board.ts";
import { MeshAdmin } from "../../src/mesh/mesh-admin.ts";
import { MessageLog } from "../../src/mesh/message-log.ts";
import { noMetrics, type PresenceConnection } from "../../src/mesh/ports.ts";
import type { Clock, Log, Scheduler } from "../../src/ports.ts";
import type { Presence } from "../../src/mesh/presence.ts";
import { Presences } from "../../src/mesh/presences.ts";
import { RouteWatch } from "../../src/mesh/route-watch.ts";
import { StateBoard } from "../../src/mesh/state-board.ts";
import { openSqliteStore } from "../../src/store/sqlite/open-sqlite-store.ts";
import type { MemberRow, Store } from "../../src/store/store.ts";
import { testKey, type TestKey } from "./keys.ts";

/** The time of day, which a test may move on. */
export class ShiftedClock implements Clock {
  #shiftMs = 0;

  now(): number {
    return Date.now() + this.#shiftMs;
  }

  advance(ms: number): void {
    this.#shiftMs += ms;
  }
}

const realScheduler: Scheduler = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};

/** The far end of a connection: keeps what was sent to it. */
export class Inbox implements PresenceConnection {
  static #last = 0;
  readonly id = ++Inbox.#last;
  readonly texts: string[] = [];
  closed: { code: number; reason: string } | undefined;

  send(frame: string | Buffer): void {
    this.texts.push(frame.toString());
  }

  flush(): void {}

  bufferedBytes(): number {
    return 0;
  }

  confirmFlushed(_settleMs: number, done: (confirmed: boolean) => void): void {
    done(true);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  frames(type: string): Record<string, unknown>[] {
    return this.texts
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .filter((frame) => frame["type"] === type);
  }
}

export interface LogLine {
  level: string;
  msg: string;
  fields: Record<string, unknown> | undefined;
}

export type BoardWorld = Awaited<ReturnType<typeof openBoardWorld>>;

export interface BoardWorldOptions {
  /** Stands between the boards and the real store, for a test of what happens when the store fails. */
  wrapStore?: (store: Store) => Store;
  scheduler?: Scheduler;
  maxKeys?: number;
  maxMemories?: number;
  hookRatePerMinute?: number;
  /** Opens the store in the folder of the world; the default is SQLite. */
  openStore?: (folder: string) => Promise<Store>;
  /** An existing database; the default is a new one that goes with the world. */
  directory?: string;
}

/** All boards on a real SQLite store, without sockets. */
export async function openBoardWorld(options: BoardWorldOptions = {}) {
  const folder = options.directory ?? mkdtempSync(join(tmpdir(), "parl-boards-"));
  const openStore =
    options.openStore ?? ((path) => openSqliteStore({ path: join(path, "parl.db"), durability: "normal" }));
  const opened = await openStore(folder);
  const store = options.wrapStore?.(opened) ?? opened;
  const clock = new ShiftedClock();
  const scheduler = options.scheduler ?? realScheduler;
  const boot = await store.loadBoot(clock.now());
  const logLines: LogLine[] = [];
  const note = (level: string) => (msg: string, fields?: Record<string, unknown>) =>
    void logLines.push({ level, msg, fields });
  const log: Log = { debug: note("debug"), info: note("info"), warn: note("warn"), error: note("error") };
  const hookResults: string[] = [];
  const metrics = {
    stateWrite: () => undefined,
    memoryStored: () => undefined,
    hookRequest: (result: string) => void hookResults.push(result),
  };
  const createId = () => createTimeOrderedId(clock.now(), randomBytes);
  const directory = new Directory(boot);
  const commit = new GroupCommit({
    store,
    clock,
    scheduler,
    metrics: noMetrics,
    log,
    takeSteps: () => [],
    onBatchSettled: () => undefined,
    onReachable: () => undefined,
  });
  const presences = new Presences({ clock, createId, brokerId: "broker-1", leaseMs: 90_000, directory, commit });
  const events = new EventLog({ clock, commit, lastSeq: boot.lastEventSeq });
  const routes = new RouteWatch();
  const audit = new Audit({ store, clock });
  const mail = { revoked: [] as MemberId[], archived: [] as MeshId[] };
  const mailKeeper = {
    memberRevoked: (id: MemberId) => void mail.revoked.push(id),
    meshArchived: (id: MeshId) => void mail.archived.push(id),
  };
  const base = {
    store,
    clock,
    scheduler,
    log,
    createId,
    randomBytes,
    directory,
    presences,
    events,
    audit,
    metrics,
    mail: mailKeeper,
  };
  const states = new StateBoard({ ...base, maxKeys: options.maxKeys });
  const memories = new MemoryBoard({ ...base, maxMemories: options.maxMemories });
  const members = new Members(base);
  const invites = new Invites(base);
  const joinDesk = new JoinDesk(base);
  const hookDesk = new HookDesk({ ...base, ratePerMinute: options.hookRatePerMinute });
  const meshAdmin = new MeshAdmin(base);
  const apiTokens = new ApiTokens(base);
  const messageLog = new MessageLog(base);
  const owner = testKey(3);
  let slugs = 0;

  const createMesh = async (policies: Partial<MeshPolicies> = {}, by: TestKey = owner) => {
    const result = await meshAdmin.create({ slug: `mesh-${++slugs}`, ownerPubkey: by.pubkey, policies }, "test");
    if (result.outcome !== "created") throw new Error("the slug of a test mesh was taken");
    return result.mesh;
  };

  const addMember = async (meshId: MeshId, key: TestKey, role: "admin" | "member" = "member"): Promise<MemberRow> => {
    const { member } = await members.add(
      { meshId, pubkey: key.pubkey, displayName: `name-${key.pubkey.slice(0, 4)}`, role },
      "test",
    );
    return member;
  };

  /** A connected session of a member, ready for pushes. */
  const attach = (
    member: MemberRow,
    hello: Partial<HelloFrame> & { hookTokenHash?: string } = {},
  ): { presence: Presence; inbox: Inbox } => {
    const inbox = new Inbox();
    const { hookTokenHash = `hash-${inbox.id}`, ...fields } = hello;
    const frame: HelloFrame = {
      type: "hello",
      meshId: member.meshId,
      memberId: member.id,
      pubkey: member.pubkey,
      timestamp: clock.now(),
      signature: "",
      ...fields,
    };
    const { presence } = presences.attach({
      meshId: member.meshId,
      member,
      hello: frame,
      capabilities: negotiateCapabilities(fields.capabilities ?? []),
      modern: fields.capabilities !== undefined,
      hookTokenHash,
      connection: inbox,
    });
    presences.markReady(presence, inbox);
    return { presence, inbox };
  };

  const eventsOf = async (meshId: MeshId) => {
    await commit.drain();
    await commit.drain();
    const { events: rows } = await store.readEvents(meshId, 0, 1_000);
    return rows.map(({ type, data }) => ({ type, data: JSON.parse(data) as Record<string, unknown> }));
  };

  const close = async () => {
    await commit.drain();
    commit.close();
    await opened.close();
    if (options.directory === undefined) rmSync(folder, { recursive: true, force: true });
  };

  return {
    ...base,
    routes,
    folder,
    boot,
    commit,
    states,
    memories,
    members,
    invites,
    joinDesk,
    hookDesk,
    meshAdmin,
    apiTokens,
    messageLog,
    owner,
    mailSeen: mail,
    logLines,
    hookResults,
    createMesh,
    addMember,
    attach,
    eventsOf,
    close,
  };
}

export function author(
  member: MemberRow,
  displayName = member.displayName,
): {
  meshId: MeshId;
  memberId: MemberId;
  memberPubkey: PublicKey;
  displayName: string;
} {
  return { meshId: member.meshId, memberId: member.id, memberPubkey: member.pubkey, displayName };
}
