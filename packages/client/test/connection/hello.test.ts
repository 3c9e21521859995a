import { expect, test } from "vitest";
import { helloString, sessionProofString } from "@parlatory/protocol";
import { connected, crypto, eventOf, memberKey, openFixture, sessionKey } from "../support/mesh-fixture.ts";

const verifies = (key: string, text: string, signature: unknown): boolean =>
  crypto.verify(key, text, String(signature));

test("[HELLO-10] signs the hello with the member key and proves the session key, with one timestamp", async () => {
  const fixture = await openFixture();
  fixture.client.connect();
  const connection = await fixture.broker.nextConnection();
  const hello = await connection.accept();
  const { publicKey: pubkey } = memberKey;
  const timestamp = fixture.clock.now();
  expect(hello["timestamp"]).toBe(timestamp);
  expect(
    verifies(pubkey, helloString({ meshId: "mesh-1", memberId: "member-1", pubkey, timestamp }), hello["signature"]),
  ).toBe(true);
  const proof = sessionProofString({ meshId: "mesh-1", pubkey, sessionPubkey: sessionKey.publicKey, timestamp });
  expect(hello["sessionPubkey"]).toBe(sessionKey.publicKey);
  expect(verifies(sessionKey.publicKey, proof, hello["sessionProof"])).toBe(true);
  await eventOf(fixture.client, "ready");
});

test("[HELLO-10] [CRYPTO-4] makes a fresh session key when none is given, and proves it", async () => {
  const fixture = await openFixture({ sessionKey: undefined });
  fixture.client.connect();
  const connection = await fixture.broker.nextConnection();
  const hello = await connection.accept();
  const sessionPubkey = String(hello["sessionPubkey"]);
  expect(sessionPubkey).not.toBe(sessionKey.publicKey);
  expect(fixture.client.pubkey).toBe(sessionPubkey);
  const timestamp = Number(hello["timestamp"]);
  const proof = sessionProofString({ meshId: "mesh-1", pubkey: memberKey.publicKey, sessionPubkey, timestamp });
  expect(verifies(sessionPubkey, proof, hello["sessionProof"])).toBe(true);
  await eventOf(fixture.client, "ready");
});

test("[PRES-6] a control presence has no session key, no groups and its own capabilities", async () => {
  const fixture = await openFixture({ presence: "control", groups: [{ name: "ops" }] });
  fixture.client.connect();
  const connection = await fixture.broker.nextConnection();
  const hello = await connection.accept();
  expect(hello["presence"]).toBe("control");
  expect(Object.keys(hello)).not.toContain("sessionPubkey");
  expect(Object.keys(hello)).not.toContain("groups");
  expect(hello["capabilities"]).toEqual(["client_ack", "pull", "receipts"]);
  await eventOf(fixture.client, "ready");
  expect(fixture.client.pubkey).toBe(memberKey.publicKey);
});

test("[CRYPTO-6] offers group_box only with a root key of 32 bytes", async () => {
  const asked = async (rootKey: string): Promise<unknown> => {
    const fixture = await openFixture({ rootKey });
    fixture.client.connect();
    const hello = await (await fixture.broker.nextConnection()).accept();
    await eventOf(fixture.client, "ready");
    return hello["capabilities"];
  };
  const all = ["client_ack", "pull", "receipts", "state_watch", "peer_events"];
  expect(await asked("BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU")).toEqual([...all, "group_box"]);
  expect(await asked("cm9vdA")).toEqual(all);
  expect(await asked("")).toEqual(all);
});

test("[HELLO-7] tells the owner what hello_ack said", async () => {
  const fixture = await openFixture({ displayName: "ada" });
  const ready = eventOf(fixture.client, "ready");
  await connected(fixture, {
    resumed: true,
    mailbox: { now: 1, next: 2, low: 3 },
    serverTime: fixture.clock.now() + 500,
  });
  expect(await ready).toMatchObject({
    presenceId: "presence-1",
    displayName: "ada",
    pubkey: sessionKey.publicKey,
    resumed: true,
    hookToken: "t".repeat(32),
    mailbox: { now: 1, next: 2, low: 3 },
    clockOffsetMs: 500,
  });
});

test("[CLI-32] name, role and groups go out again after a reconnect, with what was joined and left since", async () => {
  const fixture = await openFixture({ displayName: "ada", role: "lead", groups: [{ name: "ops" }, { name: "all" }] });
  const first = await connected(fixture);
  const joining = fixture.client.joinGroup("frontend", "reviewer");
  const request = await first.nextOf("join_group");
  expect(request).toMatchObject({ name: "frontend", role: "reviewer" });
  first.send({
    type: "ok",
    op: "join_group",
    _reqId: request["_reqId"],
    groups: [{ name: "ops" }, { name: "frontend", role: "reviewer" }],
  });
  expect(await joining).toEqual([{ name: "ops" }, { name: "frontend", role: "reviewer" }]);
  const down = eventOf(fixture.client, "down");
  first.cut();
  await down;
  fixture.clock.advance(1_000);
  const hello = await (await fixture.broker.nextConnection()).accept();
  expect(hello).toMatchObject({
    displayName: "ada",
    role: "lead",
    groups: [{ name: "ops" }, { name: "frontend", role: "reviewer" }],
  });
  await eventOf(fixture.client, "ready");
});

test("[PRES-1] summary, watches and status are said again only to a broker that forgot them", async () => {
  const fixture = await openFixture();
  const first = await connected(fixture);
  first.onFrame = (frame) => {
    first.send({ type: "ok", op: frame.type, _reqId: frame["_reqId"], status: "dnd", watching: ["build/*"] });
    return true;
  };
  await fixture.client.setSummary("at work");
  await fixture.client.watchState("build/*");
  await fixture.client.setStatus("dnd");

  const again = async (resumed: boolean): Promise<unknown[]> => {
    const connection = await fixture.broker.nextConnection();
    const ready = eventOf(fixture.client, "ready");
    await connection.accept({ resumed });
    await ready;
    const probe = fixture.client.getState("probe");
    const said: unknown[] = [];
    for (let frame = await connection.next(); ; frame = await connection.next()) {
      if (frame.type !== "get_state") said.push(frame);
      else {
        connection.send({
          type: "state_result",
          key: "probe",
          value: null,
          updatedBy: "",
          updatedAt: "",
          version: 0,
          _reqId: frame["_reqId"],
        });
        break;
      }
    }
    await probe;
    const down = eventOf(fixture.client, "down");
    connection.cut();
    await down;
    fixture.clock.advance(1_200);
    return said;
  };

  const down = eventOf(fixture.client, "down");
  first.cut();
  await down;
  fixture.clock.advance(1_000);
  expect(await again(true)).toEqual([]);
  expect(await again(false)).toEqual([
    { type: "set_summary", summary: "at work" },
    { type: "watch_state", key: "build/*" },
    { type: "set_status", status: "dnd", source: "manual" },
  ]);
});
