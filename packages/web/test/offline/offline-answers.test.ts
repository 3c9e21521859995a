import "fake-indexeddb/auto";
import type { RemoteAnswer } from "@parlatory/client";
import { afterEach, expect, test } from "vitest";
import { OfflineAnswers } from "../../src/offline/answers/offline-answers.ts";
import { OfflineDatabase } from "../../src/offline/offline-database.ts";

const databases: OfflineDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.close();
});

function openDatabase(name: string): OfflineDatabase {
  const database = new OfflineDatabase({ name });
  databases.push(database);
  return database;
}

function answer(messageId: string, extra: Partial<RemoteAnswer> = {}): RemoteAnswer {
  return {
    messageId,
    sessionId: "s",
    promptId: `prompt of ${messageId}`,
    runId: null,
    success: true,
    text: "done",
    error: undefined,
    code: undefined,
    isAborted: false,
    isTruncated: false,
    usage: undefined,
    cost: undefined,
    totalCostUsd: undefined,
    timestamp: "2026-03-01T09:00:00.000Z",
    mergedPromptIds: [],
    isReplay: false,
    ...extra,
  };
}

test("[CLIENT-2] an answer that was stored is known after a reload, before any may come", async () => {
  const answers = new OfflineAnswers(openDatabase("known"));
  await answers.load();
  expect(answers.has("m1")).toBe(false);
  await answers.store(answer("m1"));
  await answers.store({ messageId: "gap", dropped: 3, oldestTimestamp: "", newestTimestamp: "", reason: "age" });
  const reloaded = new OfflineAnswers(openDatabase("known"));
  await reloaded.load();
  expect([reloaded.has("m1"), reloaded.has("gap"), reloaded.has("m2")]).toEqual([true, true, false]);
});

test("[CLIENT-2] two tabs may store the same answer", async () => {
  const [one, other] = [new OfflineAnswers(openDatabase("twice")), new OfflineAnswers(openDatabase("twice"))];
  await Promise.all([one.store(answer("m1")), other.store(answer("m1"))]);
  expect(await one.ofPrompts(["prompt of m1"])).toHaveLength(1);
});

test("[CLIENT-2] only the last ids are remembered, and of fewer what they said", async () => {
  const database = openDatabase("bounds");
  const answers = new OfflineAnswers(database, { ids: 4, answers: 2 });
  for (let number = 1; number <= 6; number += 1) await answers.store(answer(`m${number}`));
  const reloaded = new OfflineAnswers(database, { ids: 4, answers: 2 });
  await reloaded.load();
  const numbers = [1, 2, 3, 4, 5, 6];
  expect(numbers.filter((number) => reloaded.has(`m${number}`))).toEqual([3, 4, 5, 6]);
  const told = await reloaded.ofPrompts(numbers.map((number) => `prompt of m${number}`));
  expect(told.map(({ messageId }) => messageId)).toEqual(["m5", "m6"]);
});

test("[CLIENT-2] an answer is found by its own prompt and by those steered into its run; long texts are cut", async () => {
  const answers = new OfflineAnswers(openDatabase("prompts"));
  await answers.store(answer("m1", { promptId: "p1", mergedPromptIds: ["p2"], text: "x".repeat(10_000) }));
  for (const promptId of ["p1", "p2"]) {
    const [found] = await answers.ofPrompts([promptId]);
    expect(found).toMatchObject({ messageId: "m1", isTruncated: true });
    expect(found?.text).toHaveLength(4_000);
  }
  expect(await answers.ofPrompts(["p3"])).toEqual([]);
});

test("[CLIENT-2] an answer that cannot be stored is said to be, so that it is not acknowledged", async () => {
  const broken = { open: () => Promise.reject(new Error("the disk is gone")) } as unknown as OfflineDatabase;
  await expect(new OfflineAnswers(broken).store(answer("m1"))).rejects.toThrow("the disk is gone");
});

test("[CLIENT-2] without a database answers are remembered for as long as the page lives", async () => {
  const absent = { open: () => Promise.resolve(undefined) } as OfflineDatabase;
  const answers = new OfflineAnswers(absent);
  await answers.load();
  await answers.store(answer("m1"));
  answers.remember(["m1"]);
  expect(answers.has("m1")).toBe(true);
});
