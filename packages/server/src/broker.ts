/**
 * The mesh room of one broker, put together on an open store: what remembers, what decides, what delivers, and the jobs
 * that keep it tidy. It must not know sockets or HTTP, and it reads no clock and no environment of its own.
 *
 * Life: open (restored from the store) → started (jobs run) → stopping (no new sends) → closed (everything written).
 */
import { createTimeOrderedId, type BrokerId } from "@parlatory/protocol";
import { toLimits, type ServerConfig } from "./config.ts";
import { ApiTokens } from "./mesh/api-tokens.ts";
import { Audit } from "./mesh/audit.ts";
import { Delivery } from "./mesh/delivery/delivery.ts";
import { LedgerJournal } from "./mesh/delivery/ledger-journal.ts";
import { Directory } from "./mesh/directory.ts";
import { EventLog } from "./mesh/event-log.ts";
import { GroupCommit } from "./mesh/group-commit.ts";
import { Hellos } from "./mesh/hello.ts";
import { HookDesk } from "./mesh/hooks.ts";
import { Invites } from "./mesh/invites.ts";
import { JoinDesk } from "./mesh/join-desk.ts";
import { Members } from "./mesh/members.ts";
import { MemoryBoard } from "./mesh/memory-board.ts";
import { MeshAdmin } from "./mesh/mesh-admin.ts";
import { MessageLog } from "./mesh/message-log.ts";
import { PeerEvents } from "./mesh/peer-events.ts";
import { PeerList } from "./mesh/peer-list.ts";
import type { Clock, Log, RandomBytes, Scheduler } from "./ports.ts";
import { Presences } from "./mesh/presences.ts";
import { RouteWatch } from "./mesh/route-watch.ts";
import { SessionKeys } from "./mesh/session-keys.ts";
import { StateBoard } from "./mesh/state-board.ts";
import type { Metrics } from "./observability/metrics.ts";
import { startJobs, type Jobs } from "./jobs.ts";
import type { Store } from "./store/store.ts";

export interface BrokerOptions {
  config: ServerConfig;
  store: Store;
  clock: Clock;
  scheduler: Scheduler;
  randomBytes: RandomBytes;
  log: Log;
  metrics: Metrics;
}

export type Broker = Awaited<ReturnType<typeof openBroker>>;

/** Loads what the store holds and puts the parts together. Raises StoreUnavailableError. */
export async function openBroker(options: BrokerOptions) {
  const { config, store, clock, scheduler, randomBytes, log, metrics } = options;
  const createId = (): string => createTimeOrderedId(clock.now(), randomBytes);
  const brokerId = createId() as BrokerId;
  const limits = toLimits(config);

  const boot = await store.loadBoot(clock.now());
  const directory = new Directory(boot);
  const journal = new LedgerJournal(() => commit.noteBackground());
  const commit: GroupCommit = new GroupCommit({
    store,
    clock,
    scheduler,
    log,
    metrics,
    takeSteps: () => journal.take(),
    onBatchSettled: () => delivery.handleBatchSettled(),
    onReachable: () => delivery.handleReachable(),
  });
  const events = new EventLog({ clock, commit, lastSeq: boot.lastEventSeq });
  const routes = new RouteWatch();
  const presences = new Presences({ clock, createId, brokerId, leaseMs: config.leaseMs, directory, commit });
  const delivery: Delivery = new Delivery({
    clock,
    scheduler,
    createId,
    log,
    limits,
    metrics,
    directory,
    presences,
    commit,
    journal,
    store,
    boot,
    onRouted: (message, keys) => {
      if (routes.isWatched(message.meshId)) routes.note(message.meshId, { from: message.senderPubkey, to: keys() });
    },
    onLogged: (message) => {
      events.emit(message.meshId, "message_logged", {
        id: message.id,
        sender_name: message.senderName,
        target_spec: message.targetSpec,
        kind: message.kind,
        priority: message.priority,
        text: message.logText ?? "",
        created_at: new Date(message.createdAt).toISOString(),
      });
    },
  });
  const sessionKeys = new SessionKeys({ clock, directory, presences, commit, sessionMemoryMs: config.sessionMemoryMs });
  const peerEvents = new PeerEvents({ clock, createId, presences, events });
  presences.listen(sessionKeys);
  presences.listen(peerEvents);

  const audit = new Audit({ store, clock });
  const mail = {
    memberRevoked: (memberId: Parameters<Directory["member"]>[0]) => {
      const member = directory.member(memberId);
      if (member !== undefined) delivery.memberRevoked(member);
    },
    meshArchived: (meshId: Parameters<Delivery["meshArchived"]>[0]) => delivery.meshArchived(meshId),
  };
  const hookDesk = new HookDesk({ clock, presences, directory, metrics, ratePerMinute: config.hookRatePerMinute });
  const hellos = new Hellos({
    clock,
    randomBytes,
    directory,
    presences,
    sessionKeys,
    commit,
    delivery,
    store,
    applyPendingHook: (presence) => hookDesk.applyPending(presence),
  });
  const shared = { store, clock, scheduler, createId, directory, presences, events, audit, mail };

  presences.restore(boot);
  // From here on they are dropped since a known instant, whatever becomes of the heartbeat of the earlier broker.
  for (const presence of presences.all()) {
    if (presence.kind === "session") commit.addPresence(presences.toRow(presence));
  }
  const restored = await delivery.restore();
  // Leases that ran out while nobody was here end before the first hello.
  presences.sweep();
  log.info("the mesh was restored", {
    meshes: directory.meshes().length,
    presences: presences.count,
    messages: restored,
  });

  let jobs: Jobs | undefined;
  return {
    brokerId,
    directory,
    presences,
    delivery,
    commit,
    events,
    routes,
    hellos,
    hookDesk,
    audit,
    peerList: new PeerList({ presences, directory }),
    states: new StateBoard({ store, clock, scheduler, presences, events, metrics }),
    memories: new MemoryBoard({ store, clock, scheduler, randomBytes, directory, events, audit, metrics }),
    members: new Members(shared),
    invites: new Invites(shared),
    joinDesk: new JoinDesk({ ...shared, log }),
    meshAdmin: new MeshAdmin(shared),
    messageLog: new MessageLog({ store, directory, scheduler }),
    apiTokens: new ApiTokens({ ...shared, randomBytes }),

    /** `url` is where this broker is reached. */
    async start(url: string): Promise<void> {
      await store.heartbeat(brokerId, clock.now(), url);
      await commit.drain();
      await Promise.all([...boot.brokerHeartbeats.keys()].map((id) => store.removeBroker(id)));
      jobs = startJobs({
        config,
        store,
        clock,
        scheduler,
        log,
        metrics,
        presences,
        sessionKeys,
        delivery,
        commit,
        brokerId,
        url,
      });
    },

    /** Takes no more sends and writes what was accepted ([WS-8]). */
    async drain(): Promise<void> {
      jobs?.stop();
      delivery.stop();
      await commit.drain();
    },

    /** To be called when no connection is left: writes the last rows and leaves no heartbeat behind. */
    async close(): Promise<void> {
      jobs?.stop();
      for (const presence of [...presences.all()]) {
        if (presence.connection !== undefined) presences.detach(presence, presence.connection, false);
      }
      await commit.drain();
      if (!commit.isDown) await store.removeBroker(brokerId);
      commit.close();
    },
  };
}
