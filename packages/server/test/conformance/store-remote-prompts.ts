import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { AcceptResult, PromptRow } from "../../src/store/remote-store.ts";
import { delivery, leaseRow, outcomeOf, promptRow, queueRequest, runRequest } from "../support/remote-rows.ts";
import { T0 } from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

export function testRemotePrompts(context: ConformanceContext): void {
  const waitingOf = async (sessionId: string): Promise<string[]> =>
    (await context.shared.store.listOpenPrompts(sessionId)).map(({ promptId }) => promptId);

  test("[PROMPT-8] [LOCK-2] a prompt that runs at once is there with its lock, and reads back as it was given", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const request = runRequest(sessionId);
    expect(await store.acceptPrompt(request)).toEqual({ outcome: "accepted", queuePosition: 0 });
    expect(await store.findPrompt(request.prompt.promptId)).toEqual({
      ...request.prompt,
      position: 1,
      runId: request.lease.runId,
    });
    expect(await store.findLease(sessionId)).toEqual(request.lease);
  });

  test("[LOCK-1] [PROMPT-8] a prompt that finds the session locked leaves nothing, and may be tried again", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const holder = runRequest(sessionId);
    await store.acceptPrompt(holder);
    const late = runRequest(sessionId);
    expect(await store.acceptPrompt(late)).toEqual({ outcome: "locked", lease: holder.lease });
    expect(await store.findPrompt(late.prompt.promptId)).toBeUndefined();
    await store.finishPrompt(outcomeOf(holder.prompt.promptId, { releaseRunId: holder.lease.runId }));
    expect(await store.acceptPrompt(late)).toEqual({ outcome: "accepted", queuePosition: 0 });
  });

  test("[LOCK-1] of many prompts for one session at once one runs, and the others are not recorded", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const requests = Array.from({ length: 16 }, () => runRequest(sessionId));
    const results = await Promise.all(requests.map((request) => store.acceptPrompt(request)));
    const winners = requests.filter((_, index) => results[index]?.outcome === "accepted");
    expect(winners).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === "locked")).toHaveLength(15);
    const holders = results.flatMap((result) => (result.outcome === "locked" ? [result.lease] : []));
    expect(new Set(holders.map(({ runId }) => runId))).toEqual(new Set([winners[0]?.lease.runId]));
    expect(await waitingOf(sessionId)).toEqual([winners[0]?.prompt.promptId]);
  });

  test("[PROMPT-11] a prompt that may wait takes the lock when it is free and its place when it is not", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const requests = Array.from({ length: 8 }, () => runRequest(sessionId, { maxQueued: 5 }));
    const results = await Promise.all(requests.map((request) => store.acceptPrompt(request)));
    const places = results.map((result) =>
      result.outcome === "accepted" ? String(result.queuePosition) : result.outcome,
    );
    expect(places.toSorted()).toEqual(["0", "1", "2", "3", "4", "5", "queue_full", "queue_full"]);
    const recorded = await store.listOpenPrompts(sessionId);
    expect(recorded.filter(({ runId }) => runId !== undefined)).toHaveLength(1);
    expect(recorded).toHaveLength(6);
  });

  test("[HIST-8] the newest prompts are named, oldest first, whatever became of them", async () => {
    const { store } = context.shared;
    const newest = [1, 2, 3].map((n) => runRequest(randomUUID(), { now: 9e12 + n }));
    for (const { prompt, now, ...rest } of newest) {
      await store.acceptPrompt({ ...rest, now, prompt: { ...prompt, acceptedAt: now } });
    }
    const ids = newest.map(({ prompt }) => prompt.promptId);
    expect(await store.listPromptIds(3)).toEqual(ids);
    expect(await store.listPromptIds(2)).toEqual(ids.slice(1));
  });

  test("[PROMPT-11] twenty wait, one more is refused and leaves nothing, however many come at once", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    await store.acceptPrompt(runRequest(sessionId));
    const requests = Array.from({ length: 24 }, () => queueRequest(sessionId));
    const results = await Promise.all(requests.map((request) => store.acceptPrompt(request)));
    const places = results.flatMap((result) => (result.outcome === "accepted" ? [result.queuePosition] : []));
    expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(results.filter(({ outcome }) => outcome === "queue_full")).toHaveLength(4);
    expect(await waitingOf(sessionId)).toHaveLength(21);
    // Another session's queue is not this one's.
    expect(await store.acceptPrompt(queueRequest(randomUUID()))).toEqual({ outcome: "accepted", queuePosition: 1 });
  });

  test("[PROMPT-10] queued prompts keep their order; one that goes first goes before those that wait, behind the one that runs", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const running = runRequest(sessionId);
    const [first, second] = [queueRequest(sessionId), queueRequest(sessionId)];
    await store.acceptPrompt(running);
    await store.acceptPrompt(first);
    await store.acceptPrompt(second);
    const [interrupt, later] = [queueRequest(sessionId, { front: true }), queueRequest(sessionId, { front: true })];
    expect(await store.acceptPrompt(interrupt)).toEqual({ outcome: "accepted", queuePosition: 1 });
    expect(await store.acceptPrompt(later)).toEqual({ outcome: "accepted", queuePosition: 1 });
    const last = queueRequest(sessionId);
    expect(await store.acceptPrompt(last)).toEqual({ outcome: "accepted", queuePosition: 5 });
    const inOrder = [running, later, interrupt, first, second, last].map(({ prompt }) => prompt.promptId);
    expect(await waitingOf(sessionId)).toEqual(inOrder);
    const positions = (await store.listOpenPrompts(sessionId)).map(({ position }) => position);
    expect(new Set(positions).size).toBe(6);

    // What runs next takes its place with it, so that a prompt which goes first still goes behind it.
    await store.movePrompt({
      promptId: later.prompt.promptId,
      from: ["accepted"],
      to: "accepted",
      runId: randomUUID(),
    });
    const third = queueRequest(sessionId, { front: true });
    await store.acceptPrompt(third);
    expect((await waitingOf(sessionId)).slice(0, 4)).toEqual([
      running.prompt.promptId,
      later.prompt.promptId,
      third.prompt.promptId,
      interrupt.prompt.promptId,
    ]);
  });

  test("[PROMPT-10] a prompt that is put into a running turn belongs to that run and waits for nothing", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const running = runRequest(sessionId);
    await store.acceptPrompt(running);
    await store.acceptPrompt(queueRequest(sessionId));
    const steered = promptRow(sessionId, { runId: running.lease.runId });
    expect(await store.acceptPrompt({ prompt: steered, now: T0 })).toEqual({ outcome: "accepted", queuePosition: 0 });
    expect(await store.acceptPrompt(queueRequest(sessionId, { maxQueued: 2 }))).toEqual({
      outcome: "accepted",
      queuePosition: 2,
    });
    expect(await store.findLease(sessionId)).toEqual(running.lease);
  });

  test("[PROMPT-9] a prompt id that is known changes nothing, whatever comes with it", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const first = runRequest(sessionId);
    await store.acceptPrompt(first);
    const stored: PromptRow = { ...first.prompt, position: 1, runId: first.lease.runId };
    const again = promptRow(randomUUID(), { promptId: first.prompt.promptId, requestJson: `{"text":"other"}` });
    expect(await store.acceptPrompt({ prompt: again, lease: leaseRow(again.sessionId), now: T0 })).toEqual({
      outcome: "known",
      prompt: stored,
    });
    expect(await store.findLease(again.sessionId)).toBeUndefined();
    expect(await store.acceptPrompt(queueRequest(sessionId, { prompt: first.prompt }))).toMatchObject({
      outcome: "known",
    });
    const done = outcomeOf(first.prompt.promptId, { delivery: delivery(first.prompt.clientSessionId) });
    await store.finishPrompt(done);
    expect(await store.acceptPrompt(first)).toEqual({
      outcome: "known",
      prompt: {
        ...stored,
        state: "succeeded",
        outcomeJson: done.outcomeJson,
        finishedAt: done.finishedAt,
        messageId: done.delivery?.messageId,
      },
    });
  });

  test("[PROMPT-9] one prompt id at once for many sessions is one prompt and one lock", async () => {
    const { store } = context.shared;
    const promptId = randomUUID();
    const requests = Array.from({ length: 12 }, () => {
      const sessionId = randomUUID();
      return { prompt: promptRow(sessionId, { promptId }), lease: leaseRow(sessionId), now: T0 };
    });
    const results: AcceptResult[] = await Promise.all(requests.map((request) => store.acceptPrompt(request)));
    expect(results.filter(({ outcome }) => outcome === "accepted")).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === "known")).toHaveLength(11);
    const sessions = new Set(requests.map(({ prompt }) => prompt.sessionId));
    const leases = (await store.listLeases()).filter(({ sessionId }) => sessions.has(sessionId));
    expect(leases.map(({ sessionId }) => sessionId)).toEqual([(await store.findPrompt(promptId))?.sessionId]);
  });

  test("[CRASH-2] a prompt moves from a state it is in and from no other, and notes its run", async () => {
    const { store } = context.shared;
    const request = queueRequest(randomUUID());
    const { promptId } = request.prompt;
    await store.acceptPrompt(request);
    const runId = randomUUID();
    expect(await store.movePrompt({ promptId, from: ["accepted"], to: "handed", runId })).toBe(true);
    expect(await store.movePrompt({ promptId, from: ["accepted"], to: "handed", runId: randomUUID() })).toBe(false);
    expect(await store.movePrompt({ promptId, from: ["accepted", "handed"], to: "seen" })).toBe(true);
    expect(await store.findPrompt(promptId)).toMatchObject({ state: "seen", runId });
    await store.finishPrompt(outcomeOf(promptId));
    expect(await store.movePrompt({ promptId, from: ["seen", "succeeded"], to: "accepted" })).toBe(false);
    expect(await store.findPrompt(promptId)).toMatchObject({ state: "succeeded" });
    expect(await store.movePrompt({ promptId: randomUUID(), from: ["accepted"], to: "handed" })).toBe(false);
  });

  test("[PROMPT-12] [RDLV-1] the end of a prompt is its outcome, the free lock and the message, all of it once", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const request = runRequest(sessionId);
    const { promptId, clientSessionId } = request.prompt;
    await store.acceptPrompt(request);
    const ends = Array.from({ length: 6 }, (_, index) =>
      outcomeOf(promptId, {
        outcomeJson: JSON.stringify({ end: index }),
        releaseRunId: request.lease.runId,
        delivery: delivery(clientSessionId),
        requestJson: "{}",
      }),
    );
    const finished = await Promise.all(ends.map((end) => store.finishPrompt(end)));
    expect(finished.filter(Boolean)).toHaveLength(1);
    const first = ends[finished.indexOf(true)];
    expect(await store.findPrompt(promptId)).toMatchObject({
      state: "succeeded",
      outcomeJson: first?.outcomeJson,
      messageId: first?.delivery?.messageId,
      requestJson: "{}",
    });
    expect(await store.findLease(sessionId)).toBeUndefined();
    expect(await store.listOpenPrompts(sessionId)).toEqual([]);
    const queue = { clientSessionId, now: T0, maxMessages: 9, maxAgeMs: 9, gapMessageId: randomUUID() };
    expect(await store.listDeliveries(queue)).toEqual([
      { ...first?.delivery, kind: "response", position: 1, queuedAt: T0 + 1_000 },
    ]);
    expect(await store.finishPrompt(outcomeOf(randomUUID(), { delivery: delivery(clientSessionId) }))).toBe(false);
    expect(await store.listDeliveries(queue)).toHaveLength(1);
  });

  test("[PROMPT-12] an end that cannot put its message into the queue is no end", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const request = runRequest(sessionId);
    const taken = delivery(randomUUID());
    const other = runRequest(randomUUID());
    await store.acceptPrompt(request);
    await store.acceptPrompt(other);
    await store.finishPrompt(outcomeOf(other.prompt.promptId, { delivery: taken }));
    const end = outcomeOf(request.prompt.promptId, { releaseRunId: request.lease.runId, delivery: taken });
    await expect(store.finishPrompt(end)).rejects.toThrow(/message_id/);
    expect(await store.findLease(sessionId)).toEqual(request.lease);
    expect(await store.findPrompt(request.prompt.promptId)).toMatchObject({ state: "accepted" });
  });

  test("[LOCK-2] the late end of an old run does not free a newer one", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const old = runRequest(sessionId);
    await store.acceptPrompt(old);
    const newer = leaseRow(sessionId);
    expect(await store.takeLease(newer, old.lease.expiresAt, old.lease.runId)).toMatchObject({ outcome: "taken" });
    expect(await store.finishPrompt(outcomeOf(old.prompt.promptId, { releaseRunId: old.lease.runId }))).toBe(true);
    expect(await store.releaseLease(sessionId, old.lease.runId)).toBe(false);
    expect(await store.findLease(sessionId)).toEqual(newer);
    expect(await store.releaseLease(sessionId, newer.runId)).toBe(true);
    expect(await store.releaseLease(sessionId, newer.runId)).toBe(false);
  });

  test("[LOCK-1] a lease is taken when it is free, by its own run again, and when the run that is named has let it expire", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const held = leaseRow(sessionId, { kind: "compaction" });
    const next = leaseRow(sessionId, {
      serverId: "server-b",
      takenAt: held.expiresAt,
      expiresAt: held.expiresAt + 15_000,
    });
    expect(await store.takeLease(held, T0)).toEqual({ outcome: "taken", lease: held });
    expect(await store.takeLease(held, T0)).toEqual({ outcome: "taken", lease: held });
    const refused = { outcome: "held", lease: held };
    expect(await store.takeLease(next, held.expiresAt)).toEqual(refused);
    expect(await store.takeLease(next, held.expiresAt, randomUUID())).toEqual(refused);
    expect(await store.takeLease(next, held.expiresAt - 1, held.runId)).toEqual(refused);
    expect(await store.takeLease(next, held.expiresAt, held.runId)).toEqual({ outcome: "taken", lease: next });
    expect(await store.findLease(sessionId)).toEqual(next);
  });

  test("[LOCK-1] of many that take over one dead run's lease at once one has it", async () => {
    const { store } = context.shared;
    const sessionId = randomUUID();
    const dead = leaseRow(sessionId);
    await store.takeLease(dead, T0);
    const heirs = Array.from({ length: 12 }, () => leaseRow(sessionId, { kind: "recovery", expiresAt: T0 + 90_000 }));
    const results = await Promise.all(heirs.map((lease) => store.takeLease(lease, dead.expiresAt, dead.runId)));
    const winner = heirs[results.findIndex(({ outcome }) => outcome === "taken")];
    expect(results.filter(({ outcome }) => outcome === "taken")).toHaveLength(1);
    for (const { lease } of results) expect(lease).toEqual(winner);
  });

  test("[LOCK-2] [LOCK-3] renewing tells which runs are still owned, and passing leaves no moment without an owner", async () => {
    const { store } = context.shared;
    const [mine, lost, others] = [randomUUID(), randomUUID(), randomUUID()].map((sessionId) => leaseRow(sessionId));
    if (mine === undefined || lost === undefined || others === undefined) throw new Error("three leases");
    const foreign = { ...others, serverId: "server-b" };
    await store.takeLease(mine, T0);
    await store.takeLease(foreign, T0);
    const runIds = [mine.runId, lost.runId, foreign.runId];
    expect(await store.renewLeases({ serverId: mine.serverId, runIds, expiresAt: T0 + 20_000 })).toEqual([mine.runId]);
    expect(await store.renewLeases({ serverId: mine.serverId, runIds: [], expiresAt: T0 })).toEqual([]);
    expect(await store.findLease(mine.sessionId)).toEqual({ ...mine, expiresAt: T0 + 20_000 });
    expect(await store.findLease(foreign.sessionId)).toEqual(foreign);

    const next = leaseRow(mine.sessionId, { expiresAt: T0 + 30_000 });
    expect(await store.passLease(mine.sessionId, randomUUID(), next)).toBe(false);
    expect(await store.passLease(mine.sessionId, mine.runId, { ...next, serverId: "server-b" })).toBe(false);
    expect(await store.passLease(mine.sessionId, mine.runId, next)).toBe(true);
    expect(await store.findLease(mine.sessionId)).toEqual(next);
    expect(await store.renewLeases({ serverId: mine.serverId, runIds: [mine.runId], expiresAt: T0 })).toEqual([]);
  });

  test("[PROMPT-11] [CRASH-4] prompts, their order and locks are as they were after a restart", async () => {
    const database = await context.harness.create();
    const [a, b] = [randomUUID(), randomUUID()].toSorted() as [string, string];
    const running = runRequest(b);
    const large = promptRow(b, {
      requestJson: JSON.stringify({ text: "\0 \ud800 é", attachments: ["x".repeat(3_000_000)] }),
    });
    await database.store.acceptPrompt(running);
    await database.store.acceptPrompt(queueRequest(b, { prompt: large }));
    const front = queueRequest(b, { front: true });
    await database.store.acceptPrompt(front);
    const other = queueRequest(a);
    await database.store.acceptPrompt(other);
    const reopened = await database.reopen();
    expect(await reopened.listOpenPrompts()).toEqual([
      { ...other.prompt, position: 1 },
      { ...running.prompt, position: 1, runId: running.lease.runId },
      { ...front.prompt, position: 2 },
      { ...large, position: 3 },
    ]);
    expect(await reopened.listLeases()).toEqual([running.lease]);
    await database.dispose();
  });
}
