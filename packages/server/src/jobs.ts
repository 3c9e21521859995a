import { MESH_LIMITS, type BrokerId } from "@parlatory/protocol";
import type { ServerConfig } from "./config.ts";
import type { Delivery } from "./mesh/delivery/delivery.ts";
import type { GroupCommit } from "./mesh/group-commit.ts";
import type { MeshMetrics } from "./mesh/ports.ts";
import type { Clock, Log, Scheduler } from "./ports.ts";
import type { Presences } from "./mesh/presences.ts";
import type { SessionKeys } from "./mesh/session-keys.ts";
import type { Store } from "./store/store.ts";

export interface JobsOptions {
  config: ServerConfig;
  store: Pick<Store, "heartbeat" | "purge">;
  clock: Clock;
  scheduler: Scheduler;
  log: Log;
  metrics: MeshMetrics;
  presences: Presences;
  sessionKeys: SessionKeys;
  delivery: Pick<Delivery, "tick">;
  commit: Pick<GroupCommit, "isDown">;
  brokerId: BrokerId;
  url: string;
}

export interface Jobs {
  stop(): void;
}

const TICK_MS = 250;
const HEARTBEAT_MS = 10_000;
const PURGE_MS = 60_000;
const PURGE_ROWS = 5_000;

/** Everything that happens by the clock: delivery timeouts, leases, heartbeat, deletion of what is over. */
export function startJobs(options: JobsOptions): Jobs {
  const { config, store, clock, log, metrics, presences, sessionKeys, delivery, commit, brokerId, url } = options;
  const jobs = [
    repeat(options, "tick", TICK_MS, () => delivery.tick()),
    repeat(options, "sweep", config.sweepMs, () => {
      const { ended, aged } = presences.sweep();
      metrics.sweep("leases", ended);
      metrics.sweep("working", aged);
    }),
    repeat(options, "heartbeat", HEARTBEAT_MS, () =>
      commit.isDown ? undefined : store.heartbeat(brokerId, clock.now(), url),
    ),
    repeat(options, "purge", PURGE_MS, async () => {
      if (commit.isDown) return;
      sessionKeys.refresh();
      metrics.sweep("sessions", sessionKeys.forgetUnused());
      const purged = await store.purge({
        now: clock.now(),
        ledgerMs: config.ledgerMs,
        sessionMemoryMs: config.sessionMemoryMs,
        replayMemoryMs: MESH_LIMITS.replayMemoryMs,
        memoryForgottenMs: MESH_LIMITS.memoryForgottenMs,
        messageLogMs: MESH_LIMITS.messageLogMs,
        eventsKeptMs: MESH_LIMITS.eventsKeptMs,
        eventsKept: MESH_LIMITS.eventsKept,
        maxRows: PURGE_ROWS,
      });
      if (Object.values(purged).some((count) => count > 0)) log.debug("rows past their time were deleted", purged);
    }),
  ];
  return {
    stop: () => {
      for (const stop of jobs) stop();
    },
  };
}

/** Runs a job again and again, each time `everyMs` after the last one ended; a failure is logged and ends nothing. */
export function repeat(
  { scheduler, log }: Pick<JobsOptions, "scheduler" | "log">,
  job: string,
  everyMs: number,
  run: () => void | Promise<void>,
): () => void {
  let isStopped = false;
  let cancel = scheduler.after(everyMs, next);
  function next(): void {
    void attempt().then(() => {
      if (!isStopped) cancel = scheduler.after(everyMs, next);
    });
  }
  async function attempt(): Promise<void> {
    try {
      await run();
    } catch (error) {
      log.error("a job failed and will be tried again", { job, error });
    }
  }
  return () => {
    isStopped = true;
    cancel();
  };
}
