import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  OPERATIONS,
  type ArgsOf,
  type OperationName,
  type ResultOf,
} from "../../../src/store/operations/operations.ts";
import type { Operation } from "../../../src/store/operations/operation.ts";
import { migratePostgres } from "../../../src/store/postgres/migrate-postgres.ts";
import { inTransaction } from "../../../src/store/postgres/postgres-commit.ts";
import { connectionConfig } from "../../../src/store/postgres/postgres-connection.ts";
import { createPostgresSql } from "../../../src/store/postgres/postgres-sql.ts";
import { startTestPostgres, type TestPostgres } from "../../support/postgres.ts";
import {
  delivery,
  deviceRow,
  leaseRow,
  outcomeOf,
  permissionRow,
  queueRequest,
  runRequest,
} from "../../support/remote-rows.ts";
import { T0, publicKey } from "../../support/store-rows.ts";

// A store has few connections; here each contender has one of its own, as many servers on one database would.
const CONTENDERS = 24;
const ROUNDS = 12;

let server: TestPostgres;
const clients: pg.Client[] = [];
beforeAll(async () => {
  server = await startTestPostgres();
  const url = await server.createDatabase();
  const config = connectionConfig({ url, durability: "normal", applicationName: "contender" });
  for (let n = 0; n < CONTENDERS; n++) {
    const client = new pg.Client(config);
    await client.connect();
    clients.push(client);
  }
  const [first] = clients;
  if (first !== undefined) await migratePostgres(first, "test");
}, 60_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await server.stop();
});

function on<Name extends OperationName>(client: pg.Client, name: Name, ...args: ArgsOf<Name>): Promise<ResultOf<Name>> {
  const operation = OPERATIONS[name] as unknown as Operation<ArgsOf<Name>, ResultOf<Name>>;
  return inTransaction(client, () => operation.run(createPostgresSql(client), ...args));
}

function alone<Name extends OperationName>(name: Name, ...args: ArgsOf<Name>): Promise<ResultOf<Name>> {
  return on(clients[0] as pg.Client, name, ...args);
}

/** Every contender at once. */
function race<Result>(attempt: (client: pg.Client, index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(clients.map(attempt));
}

test(
  "[LOCK-1] of 24 connections that take one lease at once one has it, free or of a dead run",
  { timeout: 60_000 },
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const sessionId = randomUUID();
      const dead = leaseRow(sessionId);
      if (round % 2 === 1) await alone("takeLease", dead, T0);
      const mine = clients.map(() => leaseRow(sessionId));
      const results = await race((client, index) =>
        on(client, "takeLease", mine[index] as (typeof mine)[number], dead.expiresAt, dead.runId),
      );
      const taken = results.filter(({ outcome }) => outcome === "taken");
      expect(taken).toHaveLength(1);
      const holder = await alone("findLease", sessionId);
      for (const { lease } of results) expect(lease).toEqual(holder);
    }
  },
);

test("[LOCK-1] [LOCK-2] a lease goes from hand to hand and is never in two", { timeout: 60_000 }, async () => {
  const sessionId = randomUUID();
  let holders = 0;
  let turns = 0;
  await race(async (client) => {
    for (let turn = 0; turn < ROUNDS; turn++) {
      const lease = leaseRow(sessionId);
      const result = await on(client, "takeLease", lease, T0);
      if (result.outcome === "held") continue;
      holders += 1;
      turns += 1;
      expect(holders).toBe(1);
      await on(client, "findLease", sessionId);
      holders -= 1;
      expect(await on(client, "releaseLease", sessionId, lease.runId)).toBe(true);
    }
  });
  expect(turns).toBeGreaterThan(0);
  expect(await alone("findLease", sessionId)).toBeUndefined();
});

test(
  "[LOCK-1] [PROMPT-11] of 24 prompts for one session one runs, as many wait as may, and no place is given twice",
  { timeout: 60_000 },
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const sessionId = randomUUID();
      const results = await race((client, index) =>
        on(client, "acceptPrompt", runRequest(sessionId, { maxQueued: 20, front: index % 3 === 0 })),
      );
      const outcomes = results.map((result) => (result.outcome === "accepted" ? "accepted" : result.outcome));
      expect(outcomes.filter((outcome) => outcome === "accepted")).toHaveLength(21);
      expect(outcomes.filter((outcome) => outcome === "queue_full")).toHaveLength(3);
      const open = await alone("listOpenPrompts", sessionId);
      expect(open.filter(({ runId }) => runId !== undefined)).toHaveLength(1);
      expect(new Set(open.map(({ position }) => position)).size).toBe(21);
      expect(open[0]?.runId).toBe((await alone("findLease", sessionId))?.runId);
    }
  },
);

test(
  "[PROMPT-9] one prompt id from 24 connections is one prompt, also for sessions that differ",
  { timeout: 60_000 },
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const { prompt, now } = queueRequest(randomUUID());
      const requests = clients.map((_, index) => {
        const sessionId = index % 2 === 0 ? prompt.sessionId : randomUUID();
        return { prompt: { ...prompt, sessionId }, lease: leaseRow(sessionId), now };
      });
      const results = await race((client, index) =>
        on(client, "acceptPrompt", requests[index] as (typeof requests)[number]),
      );
      expect(results.filter(({ outcome }) => outcome === "accepted")).toHaveLength(1);
      expect(results.filter(({ outcome }) => outcome === "known")).toHaveLength(CONTENDERS - 1);
      // Those that lost, and had a lock already when they found out, gave it back.
      const sessions = new Set(requests.map((request) => request.prompt.sessionId));
      const leases = (await alone("listLeases")).filter(({ sessionId }) => sessions.has(sessionId));
      const winner = await alone("findPrompt", prompt.promptId);
      expect(leases.map(({ runId }) => runId)).toEqual([winner?.runId]);
    }
  },
);

test(
  "[PROMPT-12] [RDLV-1] one end of 24 counts; the messages of many runs at once have places without holes",
  { timeout: 60_000 },
  async () => {
    const clientSessionId = randomUUID();
    for (let round = 0; round < ROUNDS; round++) {
      const request = runRequest(randomUUID());
      await alone("acceptPrompt", request);
      const ends = await race((client) =>
        on(
          client,
          "finishPrompt",
          outcomeOf(request.prompt.promptId, {
            releaseRunId: request.lease.runId,
            delivery: delivery(clientSessionId),
          }),
        ),
      );
      expect(ends.filter(Boolean)).toHaveLength(1);
    }
    const requests = await race(async (client) => {
      const request = runRequest(randomUUID());
      await on(client, "acceptPrompt", request);
      return request;
    });
    await race((client, index) =>
      on(
        client,
        "finishPrompt",
        outcomeOf(requests[index]?.prompt.promptId ?? "", { delivery: delivery(clientSessionId) }),
      ),
    );
    const queue = { clientSessionId, now: T0, maxMessages: 1_000, maxAgeMs: 1_000, gapMessageId: randomUUID() };
    const rows = await alone("listDeliveries", queue);
    expect(rows.map(({ position }) => position)).toEqual(
      Array.from({ length: ROUNDS + CONTENDERS }, (_, index) => index + 1),
    );
  },
);

test(
  "[RDLV-5] [RDLV-6] ends, listings, acknowledgements and purges at once neither block each other for good nor lose a message",
  { timeout: 60_000 },
  async () => {
    const clientSessionId = randomUUID();
    const counts = await race(async (client, index) => {
      let received = 0;
      for (let turn = 0; turn < ROUNDS; turn++) {
        if (index % 4 === 0) {
          await on(client, "purgeRemote", {
            now: T0 + 1_000,
            promptMs: 1e12,
            clientSessionMs: 1e12,
            queueMs: 1e12,
            queueMessages: 3,
            permissionMs: 1e12,
            maxRows: 100,
          });
        } else if (index % 4 === 1) {
          const queue = { clientSessionId, now: T0, maxMessages: 3, maxAgeMs: 1e12, gapMessageId: randomUUID() };
          for (const row of await on(client, "listDeliveries", queue)) {
            if (!(await on(client, "acknowledgeDelivery", clientSessionId, row.messageId))) continue;
            received += row.kind === "gap" ? (JSON.parse(row.documentJson) as { dropped: number }).dropped : 1;
          }
        } else {
          const request = queueRequest(randomUUID());
          await on(client, "acceptPrompt", request);
          await on(client, "finishPrompt", outcomeOf(request.prompt.promptId, { delivery: delivery(clientSessionId) }));
        }
      }
      return received;
    });
    let received = counts.reduce((sum, count) => sum + count, 0);
    const queue = { clientSessionId, now: T0, maxMessages: 3, maxAgeMs: 1e12, gapMessageId: randomUUID() };
    for (const row of await alone("listDeliveries", queue)) {
      received += row.kind === "gap" ? (JSON.parse(row.documentJson) as { dropped: number }).dropped : 1;
    }
    expect(received).toBe((CONTENDERS / 2) * ROUNDS);
  },
);

test(
  "[AUTH-6] one code pairs one device of 24, and five wrong tries among 24 void the rest",
  { timeout: 60_000 },
  async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [code, pending] = [publicKey(), publicKey()];
      for (const hash of [code, pending]) await alone("addPairCode", { hash, createdAt: T0, expiresAt: T0 + 1_000 });
      const pair = (client: pg.Client, codeHash: string) =>
        on(client, "pairDevice", { codeHash, device: deviceRow(), now: T0, wrongTries: 5 });
      const results = await race((client, index) => pair(client, index < 4 ? publicKey() : code));
      expect(results.filter((outcome) => outcome === "paired")).toHaveLength(1);
      await race((client) => pair(client, publicKey()));
      expect(await pair(clients[0] as pg.Client, pending)).not.toBe("paired");
    }
    expect(await alone("listDevices")).toHaveLength(ROUNDS);
  },
);

test("[APPROVE-2] one of 24 answers stands, and all are told the same", { timeout: 60_000 }, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const request = permissionRow();
    await alone("addPermission", request);
    const results = await race((client, index) =>
      on(client, "resolvePermission", request.requestId, {
        decision: "allow",
        scope: "once",
        reason: "answered",
        at: T0 + index,
      }),
    );
    expect(results.filter((result) => result?.isFirst === true)).toHaveLength(1);
    expect(new Set(results.map((result) => result?.resolution.at)).size).toBe(1);
  }
});

test("[HIST-1] records of 24 connections are numbered without holes", { timeout: 60_000 }, async () => {
  const sessionId = randomUUID();
  await race(async (client, index) => {
    for (let turn = 0; turn < ROUNDS; turn++) {
      const records = [`${index}/${turn}`, "shared"].map((id) => ({ id, recordJson: "{}" }));
      await on(client, "appendSessionEvents", sessionId, records);
    }
  });
  const rows = await alone("readSessionEvents", sessionId, 1, 10_000);
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: CONTENDERS * ROUNDS + 1 }, (_, index) => index + 1));
});
