import { describe, expect, test } from "vitest";
import { FlushConfirmations } from "../../src/gateway/flush-confirmations.ts";
import { HeldTime } from "../support/held-time.ts";
import { RawClient, directSend, legacyHello, modernHello } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer } from "../support/server.ts";

const SETTLE_MS = 2_000;

function setUp(): {
  time: HeldTime;
  confirmations: FlushConfirmations;
  pings: { payload: string; flushed: () => void }[];
  results: string[];
  ask: (name: string) => void;
} {
  const time = new HeldTime();
  const pings: { payload: string; flushed: () => void }[] = [];
  const confirmations = new FlushConfirmations({
    scheduler: time,
    ping: (payload, flushed) => pings.push({ payload, flushed }),
  });
  const results: string[] = [];
  const ask = (name: string): void =>
    confirmations.request(SETTLE_MS, (confirmed) => results.push(`${name} ${confirmed ? "confirmed" : "denied"}`));
  return { time, confirmations, pings, results, ask };
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("confirmations", () => {
  test("[DLV-12] flushed, answered and still open after the settle time confirm, in any order of the last two", async () => {
    const { time, confirmations, pings, results, ask } = setUp();
    ask("a");
    await endOfTurn();
    pings[0]?.flushed();
    confirmations.handlePong("1");
    expect(results).toEqual([]);
    await time.advance(SETTLE_MS);
    expect(results).toEqual(["a confirmed"]);
    ask("b");
    await endOfTurn();
    pings[1]?.flushed();
    await time.advance(SETTLE_MS);
    expect(results).toEqual(["a confirmed"]);
    confirmations.handlePong("2");
    expect(results).toEqual(["a confirmed", "b confirmed"]);
  });

  test("[DLV-12] a pong without a flush, or for nothing we sent, confirms nothing", async () => {
    const { time, confirmations, results, ask } = setUp();
    ask("a");
    await endOfTurn();
    confirmations.handlePong("");
    confirmations.handlePong("99");
    confirmations.handlePong("1");
    await time.advance(10 * SETTLE_MS);
    expect(results).toEqual([]);
  });

  test("[DLV-12] requests of one turn share a ping; a pong for the newest ping answers the earlier ones", async () => {
    const { time, confirmations, pings, results, ask } = setUp();
    ask("a");
    ask("b");
    await endOfTurn();
    ask("c");
    await endOfTurn();
    expect(pings.map((ping) => ping.payload)).toEqual(["1", "2"]);
    for (const ping of pings) ping.flushed();
    confirmations.handlePong("2");
    await time.advance(SETTLE_MS);
    expect(results).toEqual(["a confirmed", "b confirmed", "c confirmed"]);
  });

  test("[DLV-12] the end of the connection denies what waits, and what is asked later", async () => {
    const { time, confirmations, pings, results, ask } = setUp();
    ask("a");
    await endOfTurn();
    pings[0]?.flushed();
    confirmations.handlePong("1");
    confirmations.close();
    ask("b");
    await time.advance(SETTLE_MS);
    expect(results).toEqual(["a denied", "b denied"]);
  });
});

describe("a legacy client", () => {
  test("[DLV-12] [COMPAT-3] has surfaced a push when its connection lived on, and gets it again when it did not", async () => {
    const server = await startTestServer({ env: { PARL_LEGACY_SETTLE_MS: "150" } });
    const [ada, grace] = membersOf(server);
    const session = createKey();
    const { client: sender } = await RawClient.join(server.wsUrl, modernHello(ada, { capabilities: ["receipts"] }));
    const { client: legacy } = await RawClient.join(server.wsUrl, legacyHello(grace, { session }));
    sender.send(directSend(session.publicKey, "lives"));
    const first = await legacy.next("push");
    expect(await sender.find((frame) => frame.type === "receipt")).toMatchObject({
      messageId: first["messageId"],
      state: "surfaced",
    });
    sender.send(directSend(session.publicKey, "dies"));
    const second = await legacy.next("push");
    legacy.webSocket.terminate();
    const { client: back } = await RawClient.join(server.wsUrl, legacyHello(grace, { session }));
    expect(await back.next("push")).toMatchObject({ messageId: second["messageId"], redelivery: 1 });
    await Promise.all([back.close(), sender.close()]);
    await server.end();
  });
});
