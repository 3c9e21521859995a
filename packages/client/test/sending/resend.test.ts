import { expect, test } from "vitest";
import type { SendResult } from "../../src/sending/send-result.ts";
import type { Frame, ScriptedConnection } from "../support/scripted-broker.ts";
import {
  collect,
  connected,
  eventOf,
  openFixture,
  directPush,
  otherKey,
  type Fixture,
} from "../support/mesh-fixture.ts";

const direct = { targetSpec: otherKey.publicKey, text: "hello" };

async function reconnected({ client, broker, clock }: Fixture, lose: () => void): Promise<ScriptedConnection> {
  const waiting = eventOf(client, "connection", ({ name }) => name === "waiting");
  lose();
  await waiting;
  clock.advance(1_200);
  const connection = await broker.nextConnection();
  const ready = eventOf(client, "ready");
  await connection.accept({ resumed: true });
  await ready;
  return connection;
}

test("[SEND-6] [SEND-7] after a lost connection the identical frames go out again, in order, before anything new", async () => {
  const fixture = await openFixture();
  const first = await connected(fixture);
  const results = [fixture.client.send(direct), fixture.client.send({ targetSpec: "*", text: "to all" })];
  await first.nextOf("send");
  await first.nextOf("send");
  const second = await reconnected(fixture, () => first.cut());
  results.push(fixture.client.send({ ...direct, text: "new" }));
  for (let n = 0; n < 3; n++) {
    second.ack(
      await second.nextOf("send"),
      n < 2 ? { duplicate: true, outcome: { offering: 1, held: 0, stored: 0, refused: 0 } } : {},
    );
  }
  for (let n = 0; n < 2; n++) {
    const { _reqId, messageId } = await second.nextOf("message_status");
    second.send({ type: "error", code: "not_found", message: "gone", _reqId, messageId });
  }
  const done = await Promise.all(results);
  expect(second.texts.slice(1, 3)).toEqual(first.texts.slice(1, 3));
  expect(done.map((result) => result.outcome === "queued" && result.duplicate)).toEqual([true, true, false]);
});

test("[MCP-6] unconfirmed after 10 s, resent for 10 minutes, and the late answer is reported", async () => {
  const fixture = await openFixture();
  const { client, clock } = fixture;
  const late: SendResult[] = [];
  client.on("lateResult", (result) => late.push(result));
  const first = await connected(fixture);
  const result = client.send({ ...direct, clientMessageId: "cm-1" });
  await first.nextOf("send");
  clock.advance(10_000);
  expect(await result).toMatchObject({
    outcome: "queued",
    reason: "unconfirmed",
    resending: true,
    messageId: "",
    clientMessageId: "cm-1",
  });
  const second = await reconnected(fixture, () => first.cut());
  const again = await second.nextOf("send");
  expect(second.texts[1]).toBe(first.texts[1]);
  const reported = eventOf(client, "lateResult");
  second.ack(again, { messageId: "m-1" });
  expect(await reported).toMatchObject({
    outcome: "queued",
    reason: "not_yet_seen",
    messageId: "m-1",
    clientMessageId: "cm-1",
  });
  expect(late).toHaveLength(1);
});

test("[MCP-6] after 10 minutes an unanswered send is given up and not resent", async () => {
  const fixture = await openFixture();
  const { client, clock } = fixture;
  const first = await connected(fixture);
  // Keeps the connection alive while time passes.
  first.onFrame = () => false;
  const result = client.send(direct);
  await first.nextOf("send");
  clock.advance(10_000);
  await result;
  const waiting = eventOf(client, "connection", ({ name }) => name === "waiting");
  first.cut();
  await waiting;
  const givenUp = eventOf(client, "lateResult");
  clock.advance(1_000);
  const second = await fixture.broker.nextConnection();
  const ready = eventOf(client, "ready");
  await second.accept();
  await ready;
  expect(await second.nextOf("send")).toMatchObject({ targetSpec: otherKey.publicKey });
  const lost = eventOf(client, "connection", ({ name }) => name === "waiting");
  second.cut();
  await lost;
  clock.advance(590_000);
  expect(await givenUp).toMatchObject({ outcome: "queued", reason: "unconfirmed", resending: false });
});

test("[SEND-5] a refusal of a resent frame that says nothing about the first one is not the last word", async () => {
  const fixture = await openFixture();
  const first = await connected(fixture);
  const result = fixture.client.send(direct);
  await first.nextOf("send");
  const second = await reconnected(fixture, () => first.cut());
  second.nack(await second.nextOf("send"), "rate_limited", { retryAfterMs: 700 });
  await expect.poll(() => fixture.clock.nextIn).toBe(700);
  fixture.clock.advance(700);
  second.ack(await second.nextOf("send"));
  expect(await result).toMatchObject({ outcome: "queued", reason: "not_yet_seen" });
  expect(second.texts[1]).toBe(second.texts[2]);
});

test("[LIM-1] a frame the broker closed with 1009 is rejected and not resent; the others are", async () => {
  const fixture = await openFixture();
  const first = await connected(fixture);
  const large = fixture.client.send({ ...direct, text: "x".repeat(10_000) });
  const small = fixture.client.send({ ...direct, clientMessageId: "small" });
  await first.nextOf("send");
  await first.nextOf("send");
  const second = await reconnected(fixture, () => first.close(1009));
  expect(await large).toMatchObject({ outcome: "rejected", code: "too_large" });
  const again = await second.nextOf("send");
  expect(again["id"]).toBe("small");
  second.ack(again);
  expect(await small).toMatchObject({ outcome: "queued" });
});

test("[MCP-6] closing leaves what was written unconfirmed, and says that nobody resends it", async () => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const result = fixture.client.send(direct);
  await connection.nextOf("send");
  await fixture.client.close();
  expect(await result).toMatchObject({ outcome: "queued", reason: "unconfirmed", resending: false });
});

test("[SEND-7] an id that is still being sent is not used twice", async () => {
  const fixture = await openFixture();
  const connection = await connected(fixture);
  const first = fixture.client.send({ ...direct, clientMessageId: "cm-1" });
  expect(await fixture.client.send({ ...direct, clientMessageId: "cm-1" })).toMatchObject({
    outcome: "rejected",
    code: "id_conflict",
  });
  connection.ack(await connection.nextOf("send"));
  await first;
});

/** A broker with a memory: it commits sends by clientMessageId and offers each push until it is surfaced. */
class RememberingBroker {
  readonly committed = new Map<string, string>();
  readonly acked = new Set<string>();
  readonly mail: { messageId: string }[] = [];
  readonly surfaced = new Set<string>();
  /** Resent with another text: each would be an `id_conflict`. */
  readonly conflicts: string[] = [];

  /** Serves a connection and cuts it instead of the frame number `frames`, of either side. */
  serve(
    connection: ScriptedConnection,
    frames: number,
  ): { offerAll(): void; offer(push: { messageId: string }): void } {
    let left = frames;
    let isCut = false;
    const spend = (): boolean => {
      if (left-- > 0) return true;
      if (!isCut) connection.cut();
      isCut = true;
      return false;
    };
    const offered: string[] = [];
    const offer = (push: { messageId: string }): void => {
      if (this.surfaced.has(push.messageId) || !spend()) return;
      offered.push(push.messageId);
      connection.send(push);
    };
    connection.onFrame = (frame) => {
      if (!spend()) return true;
      if (frame.type === "hello") return false;
      if (frame.type === "send" && this.#commit(frame, connection.texts.at(-1) ?? "") && spend()) {
        this.acked.add(String(frame["id"]));
        connection.ack(frame);
      } else if (frame.type === "client_ack" && frame["stage"] === undefined) {
        const last = offered.indexOf(String(frame["upTo"] ?? frame["messageId"]));
        for (const id of frame["upTo"] === undefined ? [String(frame["messageId"])] : offered.slice(0, last + 1)) {
          this.surfaced.add(id);
        }
      }
      return true;
    };
    return { offer, offerAll: () => this.mail.forEach(offer) };
  }

  #commit(frame: Frame, text: string): boolean {
    const id = String(frame["id"]);
    const known = this.committed.get(id);
    if (known !== undefined && known !== text) this.conflicts.push(id);
    this.committed.set(id, text);
    return true;
  }
}

test("[PERF-5] [SEND-6] [DLV-4] cut at every frame: each send is committed once, each push handed over once", async () => {
  const fixture = await openFixture({ receiving: { ackIntervalMs: 0 } });
  const { client, clock } = fixture;
  const handed = collect(client);
  client.on("message", (message) => message.surfaced());
  const broker = new RememberingBroker();
  const results: Promise<SendResult>[] = [];
  const CUTS = 24;
  client.connect();
  for (let round = 0; round <= CUTS; round++) {
    const connection = await fixture.broker.nextConnection();
    const served = broker.serve(connection, round < CUTS ? round : Number.POSITIVE_INFINITY);
    results.push(client.send({ ...direct, text: `out ${round}`, connectWaitMs: 10_000_000 }));
    const first = eventOf(client, "connection", ({ name }) => name === "ready" || name === "waiting");
    void connection.accept();
    if ((await first).name === "ready") served.offerAll();
    const push = directPush(`in ${round}`);
    broker.mail.push(push);
    if (client.state.name === "ready") served.offer(push);
    const isQuiet = (): boolean => broker.surfaced.size === broker.mail.length && broker.acked.size === results.length;
    await expect.poll(() => client.state.name === "waiting" || isQuiet()).toBe(true);
    if (round === CUTS) break;
    const waiting = eventOf(client, "connection", ({ name }) => name === "waiting");
    if (client.state.name === "ready") {
      connection.cut();
      await waiting;
    }
    if (client.state.name === "waiting") clock.advance(client.state.retryAtMs - clock.now());
  }
  const outcomes = (await Promise.all(results)).map(({ outcome }) => outcome);
  expect(outcomes).toEqual(outcomes.map(() => "queued"));
  expect(broker.conflicts).toEqual([]);
  expect(broker.committed.size).toBe(CUTS + 1);
  expect(handed.map(({ text }) => text)).toEqual(broker.mail.map((_, round) => `in ${round}`));
});
