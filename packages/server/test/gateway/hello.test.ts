import { helloString, sessionProofString } from "@parlatory/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient, legacyHello, modernHello, signText, type RawFrame } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

let server: TestServer;
let ada: TestMember;
let grace: TestMember;
let stranger: TestMember;

beforeAll(async () => {
  server = await startTestServer({
    meshes: [
      { slug: "open", members: ["ada", "grace"] },
      { slug: "proven-only", policies: { requireSessionProof: true }, members: ["alan"] },
      { slug: "tiny", policies: { maxPeers: 1 }, members: ["kay"] },
    ],
  });
  [ada, grace] = membersOf(server);
  stranger = { ...ada, ...createKey() };
});
afterAll(() => server.end());

async function refusalOf(hello: RawFrame | string): Promise<{ error: RawFrame; code: number; reason: string }> {
  const client = await RawClient.open(server.wsUrl);
  client.send(hello);
  const error = await client.next("error");
  const { code, reason } = await client.closed;
  return { error, code, reason };
}

async function expectRefused(hello: RawFrame, code: string, more: Record<string, unknown> = {}): Promise<void> {
  const refused = await refusalOf(hello);
  expect(refused.error).toMatchObject({ code, ...more });
  expect(refused).toMatchObject({ code: 1008, reason: code });
}

describe("an accepted hello", () => {
  test("[COMPAT-1] [WS-5] a hello with only the old fields is accepted, and hello_ack is the first frame", async () => {
    const { client, ack } = await RawClient.join(server.wsUrl, legacyHello(ada));
    expect(ack).toMatchObject({
      memberDisplayName: "ada",
      presenceId: expect.stringMatching(/^[0-9A-Za-z_-]{8,64}$/) as string,
    });
    await client.close();
  });

  test("[HELLO-7] hello_ack carries every field, and capabilities in the order asked without unknown ones", async () => {
    const hello = modernHello(ada, {
      capabilities: ["receipts", "teleport", "client_ack"],
      displayName: "  builder\u0007 ",
      _reqId: 7,
    });
    const { client, ack } = await RawClient.join(server.wsUrl, hello);
    expect(ack).toEqual({
      type: "hello_ack",
      presenceId: expect.any(String) as string,
      memberDisplayName: "builder",
      capabilities: ["receipts", "client_ack"],
      serverTime: expect.any(Number) as number,
      meshSlug: "open",
      protocol: 1,
      memberRole: "admin",
      resumed: false,
      hookToken: expect.stringMatching(/^[A-Za-z0-9_-]{32,128}$/) as string,
      mailbox: { now: 0, next: 0, low: 0 },
      meshPolicy: { requireSessionProof: false, allowPlaintextGroups: "auto", messageLog: false },
      _reqId: 7,
    });
    expect(Math.abs((ack["serverTime"] as number) - Date.now())).toBeLessThan(5_000);
    await client.close();
  });

  test("[HELLO-7] a proposed hook token is echoed", async () => {
    const hookToken = "t".repeat(40);
    const { client, ack } = await RawClient.join(server.wsUrl, modernHello(ada, { hookToken }));
    expect(ack["hookToken"]).toBe(hookToken);
    await client.close();
  });

  test("[FRM-5] null for an optional field equals absence: with null capabilities the client is a legacy one", async () => {
    const { client } = await RawClient.join(server.wsUrl, { ...legacyHello(ada), capabilities: null, role: null });
    client.send({ type: "send", id: "s1", targetSpec: "#general", nonce: "", ciphertext: "" });
    expect(await client.next()).toMatchObject({ type: "error", id: "s1" });
    await client.close();
  });

  test("[GRP-2] the group `all` is dropped, the others are kept", async () => {
    const { client } = await RawClient.join(
      server.wsUrl,
      modernHello(ada, { groups: [{ name: "all" }, { name: "ops", role: "lead" }] }),
    );
    const list = await client.request({ type: "list_peers" });
    const own = (list["peers"] as RawFrame[]).find((peer) => peer["you"] === true);
    expect(own).toMatchObject({ groups: [{ name: "ops", role: "lead" }] });
    await client.close();
  });
});

describe("the checks, in their order", () => {
  test("[FRM-1] a field of the wrong shape is malformed and named, before anything else is looked at", async () => {
    await expectRefused({ ...legacyHello(ada), pubkey: "zz" }, "malformed", { field: "pubkey" });
    await expectRefused({ ...legacyHello(stranger), timestamp: "now" } as RawFrame, "malformed", {
      field: "timestamp",
    });
    const { signature: _, ...unsigned } = legacyHello(ada);
    await expectRefused(unsigned as RawFrame, "malformed", { field: "signature" });
    await expectRefused(legacyHello(ada, { hookToken: "short" }), "malformed", { field: "hookToken" });
  });

  test("[FRM-1] [GRP-1] a group name that breaks the rule is named by its place", async () => {
    const groups = [{ name: "ops" }, { name: "x') OR ('1'='1" }];
    await expectRefused(legacyHello(ada, { groups }), "malformed", { field: "groups[1].name" });
  });

  test("[GRP-4] more than 64 groups are malformed", async () => {
    const groups = Array.from({ length: 65 }, (_, i) => ({ name: `group-${i}` }));
    await expectRefused(legacyHello(ada, { groups }), "malformed", { field: "groups" });
  });

  test("[HELLO-9] a clock that is off by more than 60 s is refused with the server's time, whatever the signature", async () => {
    const hello = { ...legacyHello(ada, { timestamp: Date.now() - 61_000 }), signature: "0".repeat(128) };
    const { error, reason } = await refusalOf(hello);
    expect(error["code"]).toBe("timestamp_skew");
    expect(Math.abs((error["serverTime"] as number) - Date.now())).toBeLessThan(5_000);
    expect(reason).toBe("timestamp_skew");
    await expectRefused(legacyHello(ada, { timestamp: Date.now() + 62_000 }), "timestamp_skew");
  });

  test("[HELLO-10] a signature over anything else than the four fields is refused", async () => {
    const hello = legacyHello(ada);
    const text = helloString({
      meshId: ada.meshId,
      memberId: ada.id,
      pubkey: ada.publicKey,
      timestamp: hello["timestamp"] as number,
    });
    await expectRefused({ ...hello, signature: signText(ada.privateKey, `${text}\n`) }, "bad_signature");
    await expectRefused({ ...hello, timestamp: (hello["timestamp"] as number) + 1 }, "bad_signature");
    await expectRefused({ ...hello, pubkey: grace.publicKey }, "bad_signature");
  });

  test("[HELLO-4] a captured hello is refused, also with other fields and on another connection", async () => {
    const hello = modernHello(ada, { displayName: "first" });
    const { client } = await RawClient.join(server.wsUrl, hello);
    await expectRefused(hello, "replayed");
    await expectRefused(
      { ...hello, displayName: "second", capabilities: ["pull"], sessionPubkey: createKey().publicKey },
      "replayed",
    );
    await client.settle();
    await client.close();
  });

  test("[HELLO-3] an unknown mesh, key or member id is unauthorized, even with a valid signature", async () => {
    await expectRefused(legacyHello(stranger), "unauthorized");
    await expectRefused(legacyHello({ ...ada, id: grace.id }), "unauthorized");
    await expectRefused(legacyHello({ ...ada, meshId: membersOf(server, 1)[0].meshId }), "unauthorized");
    await expectRefused(legacyHello({ ...ada, meshId: "open" as TestMember["meshId"] }), "unauthorized");
  });

  test("[HELLO-5] a wrong session proof is refused for legacy and modern clients, also without a key to prove", async () => {
    const session = createKey();
    const wrong = signText(createKey().privateKey, "anything");
    await expectRefused(legacyHello(ada, { session, sessionProof: wrong }), "bad_session_proof");
    await expectRefused(modernHello(ada, { session, sessionProof: wrong }), "bad_session_proof");
    await expectRefused(modernHello(ada, { session: null, sessionProof: wrong }), "bad_session_proof");
  });

  test("[HELLO-10] the session proof covers mesh, member key, session key and the timestamp of the hello", async () => {
    const session = createKey();
    const timestamp = Date.now();
    const proofOver = (other: number): string =>
      signText(
        session.privateKey,
        sessionProofString({
          meshId: ada.meshId,
          pubkey: ada.publicKey,
          sessionPubkey: session.publicKey,
          timestamp: other,
        }),
      );
    await expectRefused(
      modernHello(ada, { session, timestamp, sessionProof: proofOver(timestamp - 1) }),
      "bad_session_proof",
    );
    const { client } = await RawClient.join(
      server.wsUrl,
      modernHello(ada, { session, timestamp: timestamp + 1, sessionProof: proofOver(timestamp + 1) }),
    );
    await client.close();
  });

  test("[HELLO-5] a modern client with a session key and no proof gets session_proof_required", async () => {
    await expectRefused(modernHello(ada, { prove: false }), "session_proof_required");
  });

  test("[POL-3] with requireSessionProof a legacy client with an unproven session key is refused, a proven one not", async () => {
    const [alan] = membersOf(server, 1);
    await expectRefused(legacyHello(alan), "session_proof_required");
    const { client } = await RawClient.join(server.wsUrl, legacyHello(alan, { prove: true }));
    await client.close();
  });

  test("[HELLO-6] the member key of another member is no session key", async () => {
    await expectRefused(legacyHello(ada, { session: grace }), "session_key_taken");
  });

  test("[HELLO-6] a session key belongs to its first user, also after that one left", async () => {
    const session = createKey();
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada, { session }));
    await expectRefused(modernHello(grace, { session }), "session_key_taken");
    await client.close();
    await expectRefused(modernHello(grace, { session }), "session_key_taken");
  });

  test("[HELLO-6] a proven claim displaces an unproven holder, never the other way round", async () => {
    const session = createKey();
    const { client: holder } = await RawClient.join(server.wsUrl, legacyHello(ada, { session }));
    await expectRefused(legacyHello(grace, { session }), "session_key_taken");
    const { client: owner, ack } = await RawClient.join(server.wsUrl, modernHello(grace, { session }));
    expect(await holder.find((frame) => frame.type === "error")).toMatchObject({ code: "session_key_taken" });
    expect(await holder.closed).toEqual({ code: 1008, reason: "session_key_taken" });
    const list = await owner.request({ type: "list_peers" });
    const holders = (list["peers"] as RawFrame[]).filter((peer) => peer["pubkey"] === session.publicKey);
    expect(holders).toEqual([expect.objectContaining({ presenceId: ack["presenceId"], memberId: grace.id })]);
    await expectRefused(legacyHello(ada, { session }), "session_key_taken");
    await owner.close();
  });

  test("[HELLO-6] a proof once given stays: the owner may come back without one, another member may not", async () => {
    const session = createKey();
    const { client: first } = await RawClient.join(server.wsUrl, modernHello(ada, { session }));
    await first.close();
    const { client: second } = await RawClient.join(server.wsUrl, legacyHello(ada, { session }));
    await expectRefused(modernHello(grace, { session }), "session_key_taken");
    await second.close();
  });

  test("[POL-6] beyond maxPeers live sessions a hello gets capacity; a re-attach does not count", async () => {
    const [kay] = membersOf(server, 2);
    const session = createKey();
    const { client } = await RawClient.join(server.wsUrl, modernHello(kay, { session }));
    await expectRefused(modernHello(kay), "capacity");
    const { client: again, ack } = await RawClient.join(server.wsUrl, modernHello(kay, { session }));
    expect(ack["resumed"]).toBe(true);
    expect(await client.closed).toEqual({ code: 1000, reason: "session_replaced" });
    const { client: control } = await RawClient.join(
      server.wsUrl,
      modernHello(kay, { presence: "control", session: null }),
    );
    await control.close();
    await again.close();
    const { client: later } = await RawClient.join(server.wsUrl, modernHello(kay));
    await later.close();
  });

  test("[PRES-6] there are 100 control presences of their own", async () => {
    const controls = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        RawClient.join(
          server.wsUrl,
          modernHello(ada, { presence: "control", session: null, timestamp: Date.now() + i }),
        ),
      ),
    );
    await expectRefused(
      modernHello(ada, { presence: "control", session: null, timestamp: Date.now() + 200 }),
      "capacity",
    );
    await Promise.all(controls.map(({ client }) => client.close()));
    const { client } = await RawClient.join(
      server.wsUrl,
      modernHello(ada, { presence: "control", session: null, timestamp: Date.now() + 201 }),
    );
    await client.close();
  });
});

describe("around the hello", () => {
  test("[FRM-6] before the hello every frame but hello is answered no_hello, and the connection stays", async () => {
    const client = await RawClient.open(server.wsUrl);
    client.send({ type: "list_peers", _reqId: "a" });
    client.send({ type: "send", id: "m1", targetSpec: "*", nonce: "", ciphertext: "" });
    client.send("no json");
    client.send({ type: "nonsense" });
    client.webSocket.send(Buffer.from([1, 2, 3]));
    expect(await client.next("error")).toMatchObject({ code: "no_hello", _reqId: "a" });
    expect(await client.next("error")).toMatchObject({ code: "no_hello", id: "m1" });
    for (let i = 0; i < 3; i++) expect(await client.next("error")).toMatchObject({ code: "no_hello" });
    client.send(legacyHello(ada));
    await client.next("hello_ack");
    await client.close();
  });

  test("[HELLO-2] a second hello is answered already_hello, well-formed or not, and the presence is untouched", async () => {
    const { client, ack } = await RawClient.join(server.wsUrl, modernHello(ada, { displayName: "kept" }));
    client.send(modernHello(ada, { displayName: "other", _reqId: "h2" }));
    client.send({ type: "hello" });
    expect(await client.next("error")).toMatchObject({ code: "already_hello", _reqId: "h2" });
    expect(await client.next("error")).toMatchObject({ code: "already_hello" });
    const list = await client.request({ type: "list_peers" });
    const own = (list["peers"] as RawFrame[]).find((peer) => peer["you"] === true);
    expect(own).toMatchObject({ displayName: "kept", presenceId: ack["presenceId"] });
    await client.close();
  });

  test("[HELLO-1] without an accepted hello in time the connection is closed hello_timeout after an error", async () => {
    const quick = await startTestServer({ env: { PARL_HELLO_TIMEOUT_MS: "150" } });
    const client = await RawClient.open(quick.wsUrl);
    const openedAt = Date.now();
    expect(await client.next("error")).toMatchObject({ code: "hello_timeout" });
    expect(await client.closed).toEqual({ code: 1008, reason: "hello_timeout" });
    expect(Date.now() - openedAt).toBeGreaterThanOrEqual(100);
    const { client: greeted } = await RawClient.join(quick.wsUrl, legacyHello(membersOf(quick)[0]));
    const silent = await RawClient.open(quick.wsUrl);
    expect(await silent.closed).toMatchObject({ reason: "hello_timeout" });
    await greeted.settle();
    await greeted.close();
    await quick.end();
  });
});
