/** [PERF-5]: a receiver process is frozen under load, then killed, and comes back with its session key. */
import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MeshClient, type MeshEntry } from "@parlatory/client";
import { createNodePlatform } from "@parlatory/client/node";
import { createMember, type Member } from "../mesh/load-client.ts";
import { exactly, reported, type FaultRow } from "./fault-row.ts";
import type { FaultStore } from "./fault-store.ts";
import { FaultWorld } from "./fault-world.ts";
import { letterId, type Letter } from "./letter.ts";
import type { MailAccount } from "./mail-account.ts";
import { ReceiverProcess } from "./receiver-process.ts";
import { toSecretKey } from "./receiver-plan.ts";

const LETTERS_PER_TICK = 4;
const TICK_MS = 10;
const ARRIVAL_MS = 20_000;
/** Short, so that some mail is counted as read between two kills and the boundary is met often. */
const LEGACY_SETTLE_MS = 150;

/** The product's client on both sides: encrypted, acknowledged when on disk, handled exactly once. */
export async function killReceiver(store: FaultStore, times: number): Promise<FaultRow> {
  return withWorld(store, async (world, folder) => {
    const session = createMember();
    const receiver = processOf(world, folder, session, new URL("./receiver-main.ts", import.meta.url));
    const client = new MeshClient({ mesh: entryOf(world, world.takeMember()), platform: createNodePlatform() });
    client.connect();
    await client.untilReady();
    await receiver.start();
    const load = startEncryptedLoad(client, session.pubkey, world.account);
    try {
      await killAgainAndAgain(receiver, times);
      await load.stop();
      await untilComplete(world.account, receiver, () => receiver.remembered === receiver.handed);
    } finally {
      await receiver.kill();
      await client.close();
    }
    const verdict = world.account.verdict();
    return {
      rule: "PERF-5",
      fault: "SIGSTOP, then SIGKILL of a receiver",
      store: store.name,
      times,
      verdict,
      checks: [
        exactly("handled and not remembered", receiver.handed - receiver.remembered, 0),
        exactly("refused", verdict.refused, 0),
        reported("repeated because the memory was not written yet", receiver.repeatsUnremembered),
      ],
    };
  });
}

/** A receiver without acknowledgements loses nothing; it may see a message again. */
export async function killLegacyReceiver(store: FaultStore, times: number): Promise<FaultRow> {
  return withWorld(store, async (world, folder) => {
    const session = createMember();
    const receiver = processOf(world, folder, session, new URL("./legacy-receiver-main.ts", import.meta.url));
    const sender = world.addSender("ada", [{ name: "receiver", spec: session.pubkey }], { perTick: LETTERS_PER_TICK });
    await receiver.start();
    await world.begin();
    try {
      await killAgainAndAgain(receiver, times);
      sender.pause();
      while (sender.unanswered > 0) await sleep(TICK_MS);
      await untilComplete(world.account, receiver);
      const unsettled = await world.unsettled();
      return {
        rule: "PERF-5",
        fault: "SIGSTOP, then SIGKILL of a legacy receiver",
        store: store.name,
        times,
        verdict: world.account.verdict(),
        mayRepeat: true,
        checks: [exactly("unsettled at the end", unsettled, 0)],
      };
    } finally {
      await receiver.kill();
    }
  });
}

async function withWorld(
  store: FaultStore,
  run: (world: FaultWorld, folder: string) => Promise<FaultRow>,
): Promise<FaultRow> {
  const folder = await mkdtemp(join(tmpdir(), "parl-receiver-"));
  const env = { PARL_LEGACY_SETTLE_MS: String(LEGACY_SETTLE_MS) };
  const world = await FaultWorld.start({ members: 2, databaseUrl: await store.createDatabase(), env });
  try {
    return await run(world, folder);
  } finally {
    await world.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function processOf(world: FaultWorld, folder: string, session: Member, main: URL): ReceiverProcess {
  const sessionKey = { publicKey: session.pubkey, secretKey: toSecretKey(session) };
  const plan = {
    mesh: entryOf(world, world.takeMember()),
    sessionKey,
    idsPath: join(folder, "received-ids"),
    logPath: join(folder, "handed-over"),
  };
  return new ReceiverProcess({ name: "receiver", account: world.account, main, plan });
}

function entryOf(world: FaultWorld, member: Member): MeshEntry {
  const { memberId, pubkey } = member;
  return {
    meshId: world.mesh.meshId,
    memberId,
    pubkey,
    secretKey: toSecretKey(member),
    slug: "faults",
    brokerUrl: world.wsUrl,
  };
}

/** Begins and ends with a living receiver. */
async function killAgainAndAgain(receiver: ReceiverProcess, times: number): Promise<void> {
  for (let round = 0; round < times; round++) {
    await sleep(randomInt(100, 600));
    receiver.freeze();
    await sleep(randomInt(100, 500));
    await receiver.kill();
    receiver.collect();
    await receiver.start();
  }
}

async function untilComplete(
  account: MailAccount,
  receiver: ReceiverProcess,
  isRemembered = (): boolean => true,
): Promise<void> {
  const deadline = performance.now() + ARRIVAL_MS;
  while (performance.now() < deadline) {
    receiver.collect();
    if (account.isComplete && isRemembered()) break;
    await sleep(50);
  }
  // What should not come has this long to come.
  await sleep(500);
  receiver.collect();
}

/** Letters through the product's client, sealed for the receiver's session key. */
function startEncryptedLoad(
  client: MeshClient,
  recipient: string,
  account: MailAccount,
): { stop: () => Promise<void> } {
  const open = new Set<Promise<void>>();
  let number = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < LETTERS_PER_TICK; i++) {
      const letter: Letter = { sender: "ada", to: "receiver", priority: "next", number: ++number };
      const sent = send(letter).finally(() => open.delete(sent));
      open.add(sent);
    }
  }, TICK_MS);
  async function send(letter: Letter): Promise<void> {
    account.posted(letter);
    const { outcome } = await client.send({
      targetSpec: recipient,
      text: letterId(letter),
      clientMessageId: letterId(letter),
    });
    if (outcome === "rejected") account.refused(letter);
    else account.acked(letter, 1);
  }
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}
