import fc from "fast-check";
import { expect, test } from "vitest";
import type { PeerStatus, Priority } from "@parlatory/protocol";
import { DeliveryWorld } from "../../support/delivery-world.ts";
import type { ClientProfile, ModelClient } from "../../support/delivery-model/model-client.ts";

const PROFILES: ClientProfile[] = [
  { name: "alice", member: 0, modern: true, hasSessionKey: true, groups: ["front"] },
  { name: "alice-two", member: 0, modern: true, hasSessionKey: true, groups: [] },
  { name: "bob", member: 1, modern: true, hasSessionKey: true, groups: ["front"] },
  { name: "legacy", member: 2, modern: false, hasSessionKey: true, groups: ["front"] },
  { name: "keyless", member: 3, modern: false, hasSessionKey: false, groups: ["front"] },
];

type Step =
  | {
      do: "send";
      from: number;
      to: number;
      how: "session" | "member" | "group" | "all";
      priority: Priority;
      reply: boolean;
    }
  | { do: "repeat"; which: number }
  | { do: "status"; who: number; status: PeerStatus; source: "hook" | "manual" }
  | { do: "connect" | "lose" | "close" | "clog" | "unclog"; who: number }
  | { do: "ack"; who: number; which: number; how: "one" | "upTo" | "received" | "refuse" }
  | { do: "pull"; who: number; max: number }
  | { do: "wait"; ms: number }
  | { do: "outage"; kind: "refuses" | "hangs-written" | "hangs-lost" }
  | { do: "recover" | "crash" | "settle" | "check" };

const who = fc.nat({ max: PROFILES.length - 1 });
const priority = fc.constantFrom<Priority>("now", "next", "next", "low");
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      from: who,
      to: who,
      how: fc.constantFrom("session" as const, "session" as const, "member" as const, "group" as const, "all" as const),
      priority,
      reply: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("repeat" as const), which: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("status" as const),
      who,
      status: fc.constantFrom<PeerStatus>("idle", "idle", "working", "dnd"),
      source: fc.constantFrom("hook" as const, "manual" as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("connect" as const, "connect" as const, "lose" as const, "close" as const),
      who,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("clog" as const, "unclog" as const), who }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("ack" as const),
      who,
      which: fc.nat({ max: 20 }),
      how: fc.constantFrom("one" as const, "upTo" as const, "received" as const, "refuse" as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("pull" as const), who, max: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(10, 300, 2_100, 31_000, 95_000, 1_900_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("outage" as const),
      kind: fc.constantFrom("refuses" as const, "hangs-written" as const, "hangs-lost" as const),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "recover" as const,
        "settle" as const,
        "settle" as const,
        "settle" as const,
        "crash" as const,
        "check" as const,
      ),
    }),
  },
);

const LIMITS = { offerWindowMessages: 3, mailboxMessages: 12, maxOffers: 3 };

async function run(steps: readonly Step[]): Promise<DeliveryWorld> {
  const world = await DeliveryWorld.open(PROFILES, LIMITS);
  for (const client of world.clients) world.connect(client);
  await world.time.settle();
  for (const step of steps) await apply(world, step);
  await finish(world);
  return world;
}

async function apply(world: DeliveryWorld, step: Step): Promise<void> {
  const client = "who" in step ? at(world.clients, step.who) : undefined;
  switch (step.do) {
    case "send": {
      const [from, to] = [at(world.clients, step.from), at(world.clients, step.to)];
      const replyTo = step.reply ? world.offeredTo(from)[0] : undefined;
      const target = {
        session: to.sessionPubkey ?? to.memberPubkey,
        member: to.memberPubkey,
        group: "@front",
        all: "*",
      }[step.how];
      return world.send(from, target, step.priority, { replyTo });
    }
    case "repeat": {
      const repeat = world.sent.length === 0 ? undefined : world.sent[step.which % world.sent.length];
      // Only a repeat of the very same send is one; the model keeps target and priority of direct "next" sends.
      if (repeat !== undefined && repeat.target !== undefined) {
        world.send(repeat.client, repeat.target, repeat.priority, { repeat, replyTo: repeat.replyTo });
      }
      return;
    }
    case "status":
      return world.setStatus(must(client), step.status, step.source);
    case "connect":
      return world.connect(must(client));
    case "lose":
    case "close":
      return world.disconnect(must(client), step.do === "close");
    case "clog":
    case "unclog":
      return world.clog(must(client), step.do === "clog");
    case "ack": {
      const offered = world.offeredTo(must(client));
      const id = offered[step.which % Math.max(1, offered.length)];
      if (id !== undefined) world.acknowledge(must(client), id, step.how);
      return;
    }
    case "pull":
      await world.pull(must(client), step.max);
      return;
    case "wait":
      return world.wait(step.ms);
    case "outage":
      world.store.outage = step.kind;
      return;
    case "recover":
      world.store.outage = "none";
      return;
    case "crash":
      return world.crash();
    case "settle":
      return world.time.settle();
    case "check":
      return world.checkAtRest();
  }
}

/** Everybody comes back, is idle and reads: then every acknowledged message must end. */
async function finish(world: DeliveryWorld): Promise<void> {
  world.store.outage = "none";
  await world.wait(62_000);
  await world.checkAtRest();
  for (let round = 0; round < 40; round++) {
    let remaining = 0;
    for (const client of world.clients) {
      world.connect(client);
      await world.time.settle();
      world.clog(client, false);
      world.setStatus(client, "idle", "manual");
      if (client.profile.modern) remaining += await world.pull(client, 50);
      const last = world.offeredTo(client).at(-1);
      if (client.profile.modern && last !== undefined) world.acknowledge(client, last, "upTo");
    }
    await world.wait(2_100);
    if (remaining === 0 && world.clients.every((client) => world.offeredTo(client).length === 0)) break;
  }
  await world.checkAtRest();
  await world.checkEnded();
}

function at(clients: readonly ModelClient[], index: number): ModelClient {
  return must(clients[index]);
}

function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("the model named nobody");
  return value;
}

test(
  "[DLV-20] [DLV-19] [DLV-1] [DLV-2] [DLV-3] [DLV-5] [STAT-7] ten thousand random interleavings lose, double and strand nothing",
  { timeout: 300_000 },
  async () => {
    const runs = Number(process.env["PARL_TEST_MODEL_RUNS"] ?? 10_000);
    let messages = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 5, maxLength: 60 }), async (steps) => {
        const world = await run(steps);
        messages += world.sent.length;
      }),
      { numRuns: runs },
    );
    expect(messages).toBeGreaterThan(runs);
  },
);
