import { createTimeOrderedId, type MeshLimits } from "@parlatory/protocol";
import { Delivery } from "../../../src/mesh/delivery/delivery.ts";
import { LedgerJournal } from "../../../src/mesh/delivery/ledger-journal.ts";
import { Directory } from "../../../src/mesh/directory.ts";
import { GroupCommit } from "../../../src/mesh/group-commit.ts";
import { noMetrics } from "../../../src/mesh/ports.ts";
import type { Log } from "../../../src/ports.ts";
import { Presences } from "../../../src/mesh/presences.ts";
import type { HeldTime } from "../held-time.ts";
import type { MemoryStore } from "../memory-store.ts";

/** The parts of a broker that deliver mail, as one life of it between two crashes. */
export interface ModelBroker {
  directory: Directory;
  presences: Presences;
  commit: GroupCommit;
  delivery: Delivery;
}

export interface ModelBrokerOptions {
  time: HeldTime;
  store: MemoryStore;
  limits: MeshLimits;
  /** Numbers no id was made of yet, in any life of the broker. */
  nextNumber: () => number;
  /** The broker logged an error: it met a fault of its own. */
  onFault: (error: Error) => void;
}

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Starts the real delivery core on what the store holds, without sockets and with time standing still. */
export async function startModelBroker(options: ModelBrokerOptions): Promise<ModelBroker> {
  const { time: clock, store, limits, nextNumber, onFault } = options;
  const boot = await store.loadBoot();
  const createId = (): string =>
    createTimeOrderedId(clock.now(), () => Buffer.from(String(nextNumber()).padStart(11, "0").slice(-11)));
  const directory = new Directory(boot);
  const journal = new LedgerJournal(() => commit.noteBackground());
  const commit: GroupCommit = new GroupCommit({
    store,
    clock,
    scheduler: clock,
    metrics: noMetrics,
    log: { ...silent, error: (msg, fields) => onFault(new Error(`${msg}: ${JSON.stringify(fields)}`)) },
    takeSteps: () => journal.take(),
    onBatchSettled: () => delivery.handleBatchSettled(),
    onReachable: () => delivery.handleReachable(),
    // One or two messages at a time, so that everything else happens in the middle of a transaction's settlement too.
    sliceRecipients: 6,
  });
  const presences = new Presences({
    clock,
    createId,
    brokerId: "broker-1",
    leaseMs: limits.leaseMs,
    directory,
    commit,
  });
  presences.restore(boot);
  const delivery: Delivery = new Delivery({
    clock,
    scheduler: clock,
    createId,
    log: silent,
    limits,
    metrics: noMetrics,
    directory,
    presences,
    commit,
    journal,
    store,
    boot,
    onLogged: () => undefined,
  });
  await delivery.restore();
  return { directory, presences, commit, delivery };
}
