import type { MeshId } from "@parlatory/protocol";
import { expect, test } from "vitest";
import { GroupCommit, type CommitOutcome } from "../../src/mesh/group-commit.ts";
import { noMetrics } from "../../src/mesh/ports.ts";
import { StoreUnavailableError, type CommitBatch, type DuplicateMessage } from "../../src/store/store.ts";
import { HeldTime } from "../support/held-time.ts";
import { messageRow } from "../support/store-rows.ts";

const meshId = "mesh-of-the-commit" as MeshId;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A group commit over a store whose transactions end when the test says so. */
function openWorld(options: { sliceRecipients?: number; maxBatch?: number } = {}) {
  const time = new HeldTime();
  const writing: { batch: CommitBatch; settled: PromiseWithResolvers<DuplicateMessage[]> }[] = [];
  const told: string[] = [];
  const commit = new GroupCommit({
    store: {
      commit: (batch) => {
        const settled = Promise.withResolvers<DuplicateMessage[]>();
        writing.push({ batch, settled });
        return settled.promise;
      },
      ping: () => new Promise(() => undefined),
    },
    clock: time,
    scheduler: time,
    metrics: noMetrics,
    log: silent,
    takeSteps: () => [],
    onBatchSettled: () => told.push("|"),
    onReachable: () => undefined,
    ...options,
  });
  const submit = (name: string, recipients: number[] = [1]): void =>
    commit.submit({
      message: messageRow(meshId, told.length + 1, { recipients }),
      settle: (outcome: CommitOutcome) => told.push(outcome.ok ? name : `${name} refused`),
    });
  return { time, commit, writing, told, submit };
}

test("[PERF-7] a large transaction is settled in slices, in order, with a turn of the event loop between them", async () => {
  const { time, writing, told, submit } = openWorld({ sliceRecipients: 10 });
  for (const name of ["a", "b", "c", "d", "e"]) submit(name);
  await time.settle();
  writing[0]?.settled.resolve([]);
  // A microtask later only the first slice is told: two entries of one recipient each fill ten.
  await Promise.resolve();
  await Promise.resolve();
  expect(told).toEqual(["a", "b", "|"]);
  await time.settle();
  expect(told).toEqual(["a", "b", "|", "c", "d", "|", "e", "|"]);
});

test("[PERF-2] the next transaction is being written while the one before is told to its senders", async () => {
  const { time, writing, told, submit } = openWorld({ sliceRecipients: 5, maxBatch: 2 });
  for (const name of ["a", "b", "c"]) submit(name);
  await time.settle();
  expect(writing).toHaveLength(1);
  writing[0]?.settled.resolve([]);
  await Promise.resolve();
  await Promise.resolve();
  expect(told).toEqual(["a", "|"]);
  expect(writing).toHaveLength(2);
  writing[1]?.settled.resolve([]);
  await time.settle();
  expect(told).toEqual(["a", "|", "b", "|", "c", "|"]);
});

test("[SEND-4] a refusal is told after what was committed before it, also when it comes from the outage at once", async () => {
  const { time, commit, writing, told, submit } = openWorld({ sliceRecipients: 5, maxBatch: 2 });
  for (const name of ["a", "b", "c"]) submit(name);
  await time.settle();
  writing[0]?.settled.resolve([]);
  await Promise.resolve();
  await Promise.resolve();
  writing[1]?.settled.reject(new StoreUnavailableError("full"));
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(commit.isDown).toBe(true);
  submit("d");
  expect(told).toEqual(["a", "|"]);
  await time.settle();
  expect(told.filter((name) => name !== "|")).toEqual(["a", "b", "c refused", "d refused"]);
  commit.close();
});

test("[WS-8] draining waits until everything handed over is written and told", async () => {
  const { time, commit, writing, told, submit } = openWorld({ sliceRecipients: 5 });
  submit("a");
  submit("b");
  let drained = false;
  const draining = commit.drain().then(() => (drained = true));
  await time.settle();
  expect(drained).toBe(false);
  submit("c");
  writing[0]?.settled.resolve([]);
  await time.settle();
  expect(told).toEqual(["a", "|", "b", "|"]);
  expect(drained).toBe(false);
  writing[1]?.settled.resolve([]);
  await time.settle();
  await draining;
  expect(told).toEqual(["a", "|", "b", "|", "c", "|"]);
});

test("[WS-8] draining waits for the slices of a transaction that is written already", async () => {
  const { time, commit, writing, told, submit } = openWorld({ sliceRecipients: 5 });
  for (const name of ["a", "b"]) submit(name);
  await time.settle();
  writing[0]?.settled.resolve([]);
  await Promise.resolve();
  await Promise.resolve();
  expect(told).toEqual(["a", "|"]);
  const draining = commit.drain();
  await time.settle();
  await draining;
  expect(told).toEqual(["a", "|", "b", "|"]);
});
