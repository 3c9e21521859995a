import { MESH_LIMITS } from "@parlatory/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { RawClient, directSend, modernHello, type RawFrame } from "../../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestServer } from "../../support/server.ts";
import { SteppedTime } from "../../support/stepped-time.ts";
import { withMethods } from "../../support/store-wrapper.ts";

const REPEATS = 300;
/** So many ledgers are read at a time; every answer stands behind theirs. */
const READS = 32;

let time: SteppedTime;
let server: TestServer;
let readLedger: Store["readLedger"] | undefined;
let client: RawClient;
let sends: (RawFrame | Record<string, unknown>)[];

beforeEach(async () => {
  readLedger = undefined;
  time = new SteppedTime();
  server = await startTestServer({
    time,
    meshes: [{ members: ["ada", "grace"], policies: { rateMessagesPerMinute: 0 } }],
    wrapStore: (store) =>
      withMethods(store, { readLedger: (id) => (readLedger === undefined ? store.readLedger(id) : readLedger(id)) }),
  });
  const [ada, grace] = membersOf(server);
  const session = createKey();
  const { client: receiver } = await RawClient.join(
    server.wsUrl,
    modernHello(grace, { session, timestamp: time.stamp() }),
  );
  await receiver.close();
  ({ client } = await RawClient.join(server.wsUrl, modernHello(ada, { timestamp: time.stamp() })));
  sends = Array.from({ length: REPEATS }, (_, n) =>
    directSend(session.publicKey, `m${n}`, { clientMessageId: `c${n}` }),
  );
  await sendAll();
});
afterEach(async () => {
  await client.close();
  await server.end();
});

/** All of them, pipelined, as a client resends its outbox after a reconnect. */
async function sendAll(): Promise<RawFrame[]> {
  const before = client.frames.filter(({ type }) => type === "ack").length;
  for (const send of sends) client.send(send);
  return (await client.collect(before + REPEATS, ({ type }) => type === "ack")).slice(before);
}

test("[SEND-6] [SEND-4] a repeat of a committed send is answered with it, in time, also when the ledger cannot be read", async () => {
  const first = client.frames.filter(({ type }) => type === "ack");
  const reading = Promise.withResolvers<void>();
  let reads = 0;
  readLedger = () => {
    if (++reads === READS) reading.resolve();
    return new Promise(() => undefined);
  };
  const answering = sendAll();
  await reading.promise;
  await time.advance(MESH_LIMITS.storageAnswerMs - 1);
  const answers = await answering;
  for (const [n, answer] of answers.entries()) {
    expect(answer).toMatchObject({ queued: true, duplicate: true, messageId: first[n]?.["messageId"], recipients: 1 });
  }
});

test("[SEND-6] a whole outbox that comes again does not read the ledger once for each of its messages", async () => {
  let reads = 0;
  readLedger = async () => {
    reads++;
    return undefined;
  };
  const answers = await sendAll();
  expect(answers.map((answer) => answer["duplicate"])).toEqual(answers.map(() => true));
  expect(reads).toBeLessThan(REPEATS / 2);
});

test("[SEND-6] a single repeat tells where the message stands", async () => {
  const answer = await client.request(sends[0] as Record<string, unknown>);
  expect(answer).toMatchObject({
    duplicate: true,
    recipients: 1,
    outcome: { offering: 0, held: 0, stored: 1, refused: 0 },
  });
});
