import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { RemotePurgeLimits } from "../../src/store/remote-store.ts";
import type { Store } from "../../src/store/store.ts";
import { delivery, outcomeOf, permissionRow, promptRow, queueRequest } from "../support/remote-rows.ts";
import { T0, publicKey } from "../support/store-rows.ts";
import type { ConformanceContext } from "./store-conformance.ts";

const DAY = 86_400_000;

function limits(changes: Partial<RemotePurgeLimits> = {}): RemotePurgeLimits {
  return {
    now: T0,
    promptMs: 30 * DAY,
    clientSessionMs: 90 * DAY,
    queueMs: 30 * DAY,
    queueMessages: 1_000,
    permissionMs: 30 * DAY,
    maxRows: 100,
    ...changes,
  };
}

async function finishAt(store: Store, finishedAt: number, clientSessionId: string = randomUUID()): Promise<string> {
  const request = queueRequest(randomUUID(), { prompt: promptRow(randomUUID()) });
  await store.acceptPrompt(request);
  const { promptId } = request.prompt;
  await store.finishPrompt(outcomeOf(promptId, { finishedAt, delivery: delivery(clientSessionId) }));
  return promptId;
}

export function testRemotePurge(context: ConformanceContext): void {
  test("[PROMPT-9] a finished prompt is remembered for 30 days, an open one as long as it is open", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const [old, kept] = [await finishAt(store, T0 - 30 * DAY - 1), await finishAt(store, T0 - 30 * DAY)];
    const open = queueRequest(randomUUID(), { prompt: promptRow(randomUUID(), { acceptedAt: T0 - 400 * DAY }) });
    await store.acceptPrompt(open);
    expect(await store.purgeRemote(limits())).toMatchObject({ prompts: 1 });
    expect(await store.findPrompt(old)).toBeUndefined();
    expect(await store.findPrompt(kept)).toBeDefined();
    expect(await store.findPrompt(open.prompt.promptId)).toBeDefined();
    expect(await database.count("remote_prompt_requests")).toBe(2);
    await database.dispose();
  });

  test("[RDLV-6] a client session unused for 90 days goes with all it owns", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const [unused, used, active] = ["unused", "used", "active"];
    for (const id of [unused, used, active]) {
      await store.openClientSession(id, T0 - 91 * DAY);
      await store.setHidden(id, "s-1", true);
      await finishAt(store, T0, id);
    }
    await store.openClientSession(used, T0 - 90 * DAY);
    // Prompting is a use, too.
    await store.acceptPrompt(
      queueRequest(randomUUID(), { prompt: promptRow(randomUUID(), { clientSessionId: active }) }),
    );
    expect(await store.purgeRemote(limits())).toMatchObject({ clientSessions: 1, deliveries: 0 });
    expect((await store.openClientSession(unused, T0)).hidden).toEqual([]);
    expect((await store.openClientSession(used, T0)).hidden).toEqual(["s-1"]);
    expect((await store.openClientSession(active, T0)).hidden).toEqual(["s-1"]);
    expect(await database.count("remote_deliveries")).toBe(2);
    await database.dispose();
  });

  test("[RDLV-5] what leaves a queue by the purge, for its age or the number, is told as a gap", async () => {
    const database = await context.harness.create();
    const { store } = database;
    for (const age of [40, 31, 1]) await finishAt(store, T0 - age * DAY, "aged");
    for (let n = 0; n < 5; n++) await finishAt(store, T0 - n, "full");
    await finishAt(store, T0, "small");
    expect(await store.purgeRemote(limits({ queueMessages: 3 }))).toMatchObject({ deliveries: 4 });
    expect(await store.purgeRemote(limits({ queueMessages: 3 }))).toMatchObject({ deliveries: 0 });
    expect(await database.count("remote_deliveries")).toBe(5);
    const list = (clientSessionId: string) =>
      store.listDeliveries({
        clientSessionId,
        now: T0,
        maxMessages: 3,
        maxAgeMs: 30 * DAY,
        gapMessageId: `gap ${clientSessionId}`,
      });
    const [aged] = await list("aged");
    expect(aged).toMatchObject({ kind: "gap", messageId: "gap aged" });
    expect(JSON.parse(aged?.documentJson ?? "")).toEqual({
      dropped: 2,
      oldestAt: T0 - 40 * DAY,
      newestAt: T0 - 31 * DAY,
      reason: "age",
    });
    const full = await list("full");
    expect(JSON.parse(full[0]?.documentJson ?? "")).toEqual({
      dropped: 2,
      oldestAt: T0 - 1,
      newestAt: T0,
      reason: "count",
    });
    expect(full).toHaveLength(4);
    expect((await list("small")).map(({ kind }) => kind)).toEqual(["response"]);
    await database.dispose();
  });

  test("[APPROVE-7] resolved questions and expired codes go, open questions never", async () => {
    const database = await context.harness.create();
    const { store } = database;
    const open = permissionRow({ createdAt: T0 - 400 * DAY });
    const resolution = { decision: "deny", scope: "once", reason: "expired" } as const;
    await store.addPermission(open);
    await store.addPermission(permissionRow({ resolution: { ...resolution, at: T0 - 31 * DAY } }));
    await store.addPermission(permissionRow({ resolution: { ...resolution, at: T0 - 30 * DAY } }));
    await store.addPairCode({ hash: publicKey(), createdAt: T0 - 2, expiresAt: T0 });
    await store.addPairCode({ hash: publicKey(), createdAt: T0 - 1, expiresAt: T0 + 1 });
    expect(await store.purgeRemote(limits())).toMatchObject({ permissions: 1, pairCodes: 1 });
    expect(await database.count("remote_permissions")).toBe(2);
    expect(await store.listPendingPermissions()).toEqual([open]);
    await database.dispose();
  });

  test("[PROMPT-9] one purge is short: at most so many rows of each kind, the oldest first", async () => {
    const database = await context.harness.create();
    const { store } = database;
    for (let n = 0; n < 5; n++) await finishAt(store, T0 - 40 * DAY - n);
    expect(await store.purgeRemote(limits({ maxRows: 2 }))).toMatchObject({ prompts: 2, deliveries: 2 });
    expect(await store.purgeRemote(limits({ maxRows: 2 }))).toMatchObject({ prompts: 2, deliveries: 2 });
    expect(await store.purgeRemote(limits({ maxRows: 2 }))).toMatchObject({ prompts: 1, deliveries: 1 });
    expect(await database.count("remote_prompts")).toBe(0);
    await database.dispose();
  });
}
