import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient, directSend, legacyHello, modernHello, type RawFrame } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

const LEASE_MS = 600;
let server: TestServer;
let ada: TestMember;
let grace: TestMember;
let alan: TestMember;

beforeAll(async () => {
  server = await startTestServer({
    meshes: [{ members: ["ada", "grace", "alan"] }],
    env: { PARL_LEASE_MS: String(LEASE_MS), PARL_SWEEP_MS: "50" },
  });
  [ada, grace, alan] = membersOf(server);
});
afterAll(() => server.end());

const join = (hello: RawFrame): Promise<{ client: RawClient; ack: RawFrame }> => RawClient.join(server.wsUrl, hello);

async function peers(client: RawClient, filter: Record<string, unknown> = {}): Promise<RawFrame[]> {
  return (await client.request({ type: "list_peers", ...filter }))["peers"] as RawFrame[];
}

/** Asks again until the list is as wanted; a test that waits in vain fails by its time limit. */
async function until(client: RawClient, fits: (list: RawFrame[]) => boolean): Promise<RawFrame[]> {
  for (;;) {
    const list = await peers(client);
    if (fits(list)) return list;
  }
}

describe("identity and lease", () => {
  test("[PRES-1] [STAT-4] a hello of a known identity re-attaches: id, name, role, groups, summary, status and watches survive", async () => {
    const session = createKey();
    const first = await join(
      modernHello(ada, {
        session,
        displayName: "builder",
        role: "dev",
        groups: [{ name: "ops" }],
        capabilities: ["state_watch"],
      }),
    );
    await first.client.request({ type: "set_status", status: "working" });
    await first.client.request({ type: "set_summary", summary: "compiling" });
    await first.client.request({ type: "watch_state", key: "build/*" });
    first.client.webSocket.terminate();
    const again = await join(modernHello(ada, { session, capabilities: ["state_watch"] }));
    expect(again.ack).toMatchObject({
      presenceId: first.ack["presenceId"],
      resumed: true,
      memberDisplayName: "builder",
    });
    const [own] = (await peers(again.client)).filter((peer) => peer["you"] === true);
    expect(own).toMatchObject({
      displayName: "builder",
      role: "dev",
      groups: [{ name: "ops" }],
      summary: "compiling",
      status: "working",
    });
    expect(await again.client.request({ type: "watch_state", key: "x" })).toMatchObject({ watching: ["build/*", "x"] });
    await again.client.close();
  });

  test("[PRES-1] fields present in the new hello replace the old ones", async () => {
    const session = createKey();
    const first = await join(modernHello(ada, { session, displayName: "old", role: "dev", groups: [{ name: "ops" }] }));
    const again = await join(modernHello(ada, { session, displayName: "new", role: "", groups: [] }));
    expect(await first.client.closed).toEqual({ code: 1000, reason: "session_replaced" });
    const [own] = (await peers(again.client)).filter((peer) => peer["you"] === true);
    expect(own).toMatchObject({ displayName: "new", role: null, groups: [] });
    await again.client.close();
  });

  test("[PRES-1] without a session key the Claude session id, else the session id, is the identity", async () => {
    for (const label of [{ claudeSessionId: "c-1", sessionId: "ignored" }, { sessionId: "s-1" }]) {
      const first = await join(modernHello(ada, { session: null, ...label }));
      const again = await join(modernHello(ada, { session: null, ...label }));
      expect(again.ack).toMatchObject({ presenceId: first.ack["presenceId"], resumed: true });
      const other = await join(modernHello(grace, { session: null, ...label }));
      expect(other.ack).toMatchObject({ resumed: false });
      await Promise.all([again.client.close(), other.client.close()]);
    }
  });

  test("[PRES-2] mail not acknowledged on the replaced connection is offered on the new one", async () => {
    const session = createKey();
    const receiver = await join(modernHello(grace, { session, capabilities: ["client_ack"] }));
    const sender = await join(modernHello(ada));
    sender.client.send(directSend(session.publicKey, "m1"));
    const push = await receiver.client.next("push");
    const again = await join(modernHello(grace, { session, capabilities: ["client_ack"] }));
    expect(await receiver.client.closed).toEqual({ code: 1000, reason: "session_replaced" });
    expect(await again.client.next("push")).toMatchObject({ messageId: push["messageId"], redelivery: 1 });
    expect(again.ack).toMatchObject({ mailbox: { next: 1 } });
    await Promise.all([again.client.close(), sender.client.close()]);
  });

  test("[PRES-3] after the client's own close frame the presence leaves the list at once, yet re-attaches within the lease", async () => {
    const witness = await join(modernHello(alan));
    const session = createKey();
    const gone = await join(modernHello(ada, { session, displayName: "leaver" }));
    await gone.client.close(1000, "bye");
    expect((await peers(witness.client)).map((peer) => peer["presenceId"])).not.toContain(gone.ack["presenceId"]);
    const back = await join(modernHello(ada, { session }));
    expect(back.ack).toMatchObject({ resumed: true, memberDisplayName: "leaver" });
    await Promise.all([back.client.close(), witness.client.close()]);
  });

  test("[PRES-3] [PEER-2] a lost connection stays listed as not connected until the lease ends; legacy callers do not see it", async () => {
    const witness = await join(modernHello(alan));
    const legacy = await join(legacyHello(alan));
    const lost = await join(modernHello(ada));
    const id = lost.ack["presenceId"];
    lost.client.webSocket.terminate();
    await until(witness.client, (list) =>
      list.some((peer) => peer["presenceId"] === id && peer["connected"] === false && peer["online"] === true),
    );
    expect((await peers(legacy.client)).map((peer) => peer["presenceId"])).not.toContain(id);
    await until(witness.client, (list) => list.every((peer) => peer["presenceId"] !== id));
    await Promise.all([witness.client.close(), legacy.client.close()]);
  });

  test("[PRES-3] a client that closes 1001 has lost its connection, not left", async () => {
    const witness = await join(modernHello(alan));
    const lost = await join(modernHello(ada));
    await lost.client.close(1001, "going away");
    const row = (await peers(witness.client)).find((peer) => peer["presenceId"] === lost.ack["presenceId"]);
    expect(row).toMatchObject({ connected: false });
    await witness.client.close();
  });

  test("[PRES-3] a client that sends its close frame and never ends the connection has left all the same", async () => {
    const witness = await join(modernHello(alan));
    const gone = await join(modernHello(ada));
    // Stops reading first, so that the closing handshake cannot be finished by this side.
    gone.client.webSocket.close(1000, "bye");
    gone.client.webSocket.pause();
    const list = await until(witness.client, (rows) =>
      rows.every((peer) => peer["presenceId"] !== gone.ack["presenceId"]),
    );
    expect(list.map((peer) => peer["presenceId"])).toContain(witness.ack["presenceId"]);
    gone.client.webSocket.terminate();
    await witness.client.close();
  });
});

describe("control presences", () => {
  test("[PRES-6] a control presence is not listed, gets no events or changes, and cannot join groups", async () => {
    const session = await join(modernHello(alan, { capabilities: ["peer_events"] }));
    const control = await join(
      modernHello(ada, { presence: "control", session: null, sessionId: "c", capabilities: ["peer_events"] }),
    );
    expect((await peers(session.client)).map((peer) => peer["presenceId"])).not.toContain(control.ack["presenceId"]);
    expect(await control.client.request({ type: "join_group", name: "ops" })).toMatchObject({
      type: "error",
      code: "forbidden",
    });
    const other = await join(modernHello(grace));
    await session.client.request({ type: "set_state", key: "seen-by-control", value: 1 });
    const again = await join(modernHello(ada, { presence: "control", session: null, sessionId: "c" }));
    expect(again.ack).toMatchObject({ resumed: false });
    await control.client.settle();
    expect(control.client.frames.filter((frame) => frame.type === "push" || frame.type === "state_change")).toEqual([]);
    expect(session.client.frames.filter((frame) => frame["event"] === "peer_joined")).toHaveLength(1);
    await Promise.all([session, control, other, again].map(({ client }) => client.close()));
  });
});

describe("peer events", () => {
  test("[PRES-7] peer_events clients are told of new presences and of leaving, once, and not of re-attaching", async () => {
    const witness = await join(modernHello(alan, { capabilities: ["peer_events"] }));
    const plain = await join(modernHello(alan));
    const session = createKey();
    const first = await join(
      modernHello(ada, { session, displayName: "comer", groups: [{ name: "ops", role: "lead" }] }),
    );
    const id = first.ack["presenceId"];
    const about = (frame: RawFrame): boolean => (frame["eventData"] as RawFrame | undefined)?.["presenceId"] === id;
    expect(await witness.client.find(about)).toEqual({
      type: "push",
      subtype: "system",
      event: "peer_joined",
      eventData: {
        presenceId: id,
        pubkey: session.publicKey,
        memberPubkey: ada.publicKey,
        displayName: "comer",
        role: null,
        groups: [{ name: "ops", role: "lead" }],
      },
      messageId: expect.any(String) as string,
      meshId: ada.meshId,
      senderPubkey: "",
      senderName: "",
      priority: "low",
      kind: "system",
      nonce: "",
      ciphertext: "",
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    });
    const again = await join(modernHello(ada, { session }));
    await again.client.close();
    await witness.client.collect(2, about);
    const lost = await join(modernHello(grace, { capabilities: ["peer_events"] }));
    lost.client.webSocket.terminate();
    const aboutLost = (frame: RawFrame): boolean =>
      (frame["eventData"] as RawFrame | undefined)?.["presenceId"] === lost.ack["presenceId"];
    const events = (await witness.client.collect(2, aboutLost)).map((frame) => frame["event"]);
    expect(events).toEqual(["peer_joined", "peer_left"]);
    expect(witness.client.frames.filter(about).map((frame) => frame["event"])).toEqual(["peer_joined", "peer_left"]);
    await plain.client.settle();
    expect(plain.client.frames.filter((frame) => frame.type === "push")).toEqual([]);
    expect(lost.client.frames.some(aboutLost)).toBe(false);
    await Promise.all([witness.client.close(), plain.client.close()]);
  });
});

describe("the peer list", () => {
  test("[PEER-1] it holds the caller, oldest connection first, with every field of the table", async () => {
    const session = createKey();
    const older = await join(modernHello(grace, { displayName: "older" }));
    const agentInfo = { agent: "claude", agentVersion: "2", host: "box", os: "linux" };
    const hello = modernHello(ada, {
      session,
      sessionId: "label",
      role: "dev",
      cwd: "/work",
      pid: 42,
      claudeSessionId: "c",
      agentInfo,
      client: { name: "t", version: "1" },
      capabilities: ["pull"],
    });
    const { client, ack } = await join(hello);
    const list = await peers(client);
    expect(list.map((peer) => peer["displayName"])).toEqual(["older", "ada"]);
    expect(list[1]).toEqual({
      pubkey: session.publicKey,
      displayName: "ada",
      role: "dev",
      groups: [],
      summary: null,
      status: "idle",
      statusSource: "inferred",
      statusSince: expect.any(String) as string,
      presenceId: ack["presenceId"],
      sessionId: "label",
      connectedAt: expect.any(String) as string,
      connected: true,
      online: true,
      memberId: ada.id,
      memberPubkey: ada.publicKey,
      memberRole: "admin",
      client: { name: "t", version: "1" },
      host: "box",
      cwd: "/work",
      pid: 42,
      claudeSessionId: "c",
      capabilities: { agent: "claude", agentVersion: "2", os: "linux" },
      features: ["pull"],
      you: true,
    });
    await Promise.all([older.client.close(), client.close()]);
  });

  test("[PEER-1] cwd, pid and Claude session are shown to the same member and to admins only", async () => {
    const secret = { cwd: "/home/grace", pid: 7, claudeSessionId: "private" };
    const subject = await join(modernHello(grace, secret));
    const rowFor = async (hello: RawFrame): Promise<RawFrame | undefined> => {
      const { client } = await join(hello);
      const row = (await peers(client)).find((peer) => peer["presenceId"] === subject.ack["presenceId"]);
      await client.close();
      return row;
    };
    expect(await rowFor(modernHello(grace))).toMatchObject(secret);
    expect(await rowFor(modernHello(ada))).toMatchObject(secret);
    const stranger = await rowFor(modernHello(alan));
    for (const name of Object.keys(secret)) expect(stranger).not.toHaveProperty(name);
    await subject.client.close();
  });

  test("[PEER-1] a group filters by exact name, with or without @; @all and * filter nothing", async () => {
    const a = await join(modernHello(ada, { groups: [{ name: "ops" }] }));
    const b = await join(modernHello(grace, { groups: [{ name: "ops/night" }] }));
    const count = async (group: string): Promise<number> => (await peers(a.client, { group })).length;
    expect(await count("ops")).toBe(1);
    expect(await count("@ops")).toBe(1);
    expect(await count("OPS")).toBe(0);
    expect(await count("@all")).toBe(2);
    expect(await count("*")).toBe(2);
    await Promise.all([a.client.close(), b.client.close()]);
  });

  test("[PEER-3] includeOffline adds each member without a live presence, with its groups as last seen", async () => {
    const gone = await join(modernHello(grace, { groups: [{ name: "ops" }] }));
    await gone.client.request({ type: "join_group", name: "night", role: "lead" });
    await gone.client.close();
    const { client } = await join(modernHello(ada));
    const offline = (await peers(client, { includeOffline: true })).filter((peer) => peer["online"] === false);
    expect(new Set(offline.map((peer) => peer["memberId"]))).toEqual(new Set([grace.id, alan.id]));
    expect(offline).toHaveLength(2);
    expect(offline.find((peer) => peer["memberId"] === grace.id)).toEqual({
      online: false,
      memberId: grace.id,
      memberPubkey: grace.publicKey,
      pubkey: grace.publicKey,
      displayName: "grace",
      groups: [{ name: "ops" }, { name: "night", role: "lead" }],
      lastSeenAt: expect.any(String) as string,
    });
    expect((await peers(client, { includeOffline: true, group: "night" })).map((peer) => peer["memberId"])).toEqual([
      grace.id,
    ]);
    const legacy = await join(legacyHello(ada));
    expect((await peers(legacy.client, { includeOffline: true })).every((peer) => peer["online"] === true)).toBe(true);
    await Promise.all([client.close(), legacy.client.close()]);
  });

  test("[PEER-4] a summary has at most 1,024 characters and an empty one clears it; agentInfo is replaced as a whole", async () => {
    const { client } = await join(modernHello(ada, { agentInfo: { agent: "claude", model: "m" } }));
    const own = async (): Promise<RawFrame | undefined> => (await peers(client)).find((peer) => peer["you"] === true);
    await client.request({ type: "set_summary", summary: "y".repeat(1_024) });
    expect(await client.request({ type: "set_summary", summary: "y".repeat(1_025) })).toMatchObject({
      code: "bad_request",
      field: "summary",
    });
    expect(await own()).toMatchObject({ summary: "y".repeat(1_024) });
    await client.request({ type: "set_summary", summary: "" });
    await client.request({ type: "set_agent_info", agentInfo: { agent: "codex" } });
    expect(await own()).toMatchObject({ summary: null, capabilities: { agent: "codex" } });
    await client.close();
  });
});
