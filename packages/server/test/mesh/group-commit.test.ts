import type { MeshId, PresenceId } from "@parlatory/protocol";
import { expect, test } from "vitest";
import { GroupCommit, type CommitOutcome } from "../../src/mesh/group-commit.ts";
import { noMetrics } from "../../src/mesh/ports.ts";
import {
  StoreUnavailableError,
  type CommitBatch,
  type DuplicateMessage,
  type LedgerStepRow,
} from "../../src/store/store.ts";
import { HeldTime } from "../support/held-time.ts";
import { messageRow } from "../support/store-rows.ts";

const meshId = "mesh-of-the-commit" as MeshId;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A group commit over a store whose transactions end when the test says so. */
function openWorld(options: { sliceRecipients?: number; maxBatch?: number; stepsRideFrom?: number } = {}) {
  /** What the ledger's journal holds. */
  const noted: LedgerStepRow[] = [];
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
    takeSteps: () => noted.splice(0),
    onBatchSettled: () => told.push("|"),
    onReachable: () => undefined,
    ...options,
  });
  const submit = (name: string, recipients: number[] = [1]): void =>
    commit.submit({
      message: messageRow(meshId, told.length + 1, { recipients }),
      settle: (outcome: CommitOutcome) => told.push(outcome.ok ? name : `${name} refused`),
    });
  const note = (seq: number): void => {
    noted.push({ meshId, rid: 1, bucket: 0, offsets: String(seq), state: "offered", reason: "push", at: time.now() });
    commit.noteBackground();
  };
  const written = (place: number): [messages: number, offsets: string[]] => {
    const { messages = [], steps = [] } = writing[place]?.batch ?? {};
    return [messages.length, steps.map(({ offsets }) => offsets)];
  };
  return { time, commit, writing, told, submit, note, written };
}

test("[PERF-7] a large transaction is settled in slices, in order, with a turn of the event loop between them", async () => {
  const { time, writing, told, submit } = openWorld({ sliceRecipients: 20 });
  for (const name of ["a", "b", "c", "d", "e"]) submit(name);
  await time.settle();
  writing[0]?.settled.resolve([]);
  // A microtask later only the first slice is told: two entries of one recipient each fill twenty.
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

test("[PERF-1] a single send does not wait for steps of the ledger, which are written when they are due", async () => {
  const { time, commit, writing, submit, note, written } = openWorld();
  note(1);
  submit("a");
  await time.settle();
  expect(written(0)).toEqual([1, []]);
  writing[0]?.settled.resolve([]);
  await time.advance(39);
  note(2);
  expect(writing).toHaveLength(1);
  await time.advance(1);
  expect(written(1)).toEqual([0, ["1", "2"]]);
  commit.close();
});

test("[DLV-2] steps that fall due while a transaction is written go with the next one, which is begun for them", async () => {
  const { time, commit, writing, submit, note, written } = openWorld();
  submit("a");
  await time.settle();
  note(1);
  await time.advance(100);
  expect(writing).toHaveLength(1);
  writing[0]?.settled.resolve([]);
  await time.settle();
  expect(written(1)).toEqual([0, ["1"]]);
  commit.close();
});

test("[DLV-2] steps ride along with many entries at once, and with the one that somebody drains", async () => {
  const { time, commit, writing, submit, note, written } = openWorld({ stepsRideFrom: 2 });
  note(1);
  for (const name of ["a", "b"]) submit(name);
  await time.settle();
  expect(written(0)).toEqual([2, ["1"]]);
  writing[0]?.settled.resolve([]);
  await time.settle();
  note(2);
  submit("c");
  const draining = commit.drain();
  await time.settle();
  expect(written(1)).toEqual([1, ["2"]]);
  writing[1]?.settled.resolve([]);
  await time.settle();
  await draining;
  expect(writing).toHaveLength(2);
  commit.close();
});

test("[DLV-2] the end of a presence is never written without the end of its mail, even with a single send", async () => {
  const { time, commit, writing, submit, note, written } = openWorld();
  note(1);
  commit.removePresence("presence-that-left" as PresenceId);
  submit("a");
  await time.settle();
  expect(writing[0]?.batch.removedPresences).toEqual(["presence-that-left"]);
  expect(written(0)).toEqual([1, ["1"]]);
  commit.close();
});
