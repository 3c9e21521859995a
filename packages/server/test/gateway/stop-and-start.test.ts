import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { RawClient, directSend, legacyHello, modernHello, type RawFrame } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
let server: TestServer;
afterEach(() => server.end());

const members = (): [TestMember, TestMember, TestMember] => membersOf(server);
const sessionsOf = async (client: RawClient): Promise<RawFrame[]> =>
  (await client.request({ type: "list_peers" }))["peers"] as RawFrame[];

describe("stopping", () => {
  test("[WS-8] sends under way get their acks before the sockets close 1001, and nothing acked is lost", async () => {
    server = await startTestServer({
      meshes: [{ members: ["ada", "grace"], policies: { rateMessagesPerMinute: 0, rateBurst: 0 } }],
    });
    const [ada, grace] = members();
    const session = createKey();
    const receiver = await RawClient.join(server.wsUrl, modernHello(grace, { session, capabilities: ["client_ack"] }));
    await receiver.client.close();
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
    const count = 500;
    for (let i = 0; i < count; i++) client.send(directSend(session.publicKey, `m${i}`));
    await client.next("ack");
    await server.stop();
    expect(await client.closed).toEqual({ code: 1001, reason: "shutting down" });
    const answers = client.frames.filter((frame) => frame.type === "ack");
    expect(answers.map((frame) => frame["id"])).toEqual(answers.map((_, i) => `m${i}`));
    const accepted = answers.filter((frame) => frame["queued"] === true).map((frame) => frame["messageId"]);
    expect(
      answers.filter((frame) => frame["queued"] === false).every((frame) => frame["code"] === "shutting_down"),
    ).toBe(true);

    server = await server.restart();
    const back = await RawClient.join(server.wsUrl, modernHello(grace, { session, capabilities: ["client_ack"] }));
    const pushes = await back.client.collect(accepted.length, (frame) => frame.type === "push");
    expect(pushes.map((frame) => frame["messageId"])).toEqual(accepted);
    await back.client.close();
  });

  test("[WS-8] after a stop presences count as dropped: they re-attach within the lease and are listed meanwhile", async () => {
    server = await startTestServer();
    const [ada, grace] = members();
    const session = createKey();
    const first = await RawClient.join(
      server.wsUrl,
      modernHello(ada, { session, displayName: "kept", groups: [{ name: "ops" }] }),
    );
    await first.client.request({ type: "set_status", status: "dnd" });
    server = await server.restart();
    const witness = await RawClient.join(server.wsUrl, modernHello(grace));
    const row = (await sessionsOf(witness.client)).find((peer) => peer["presenceId"] === first.ack["presenceId"]);
    expect(row).toMatchObject({ connected: false, displayName: "kept", status: "dnd" });
    const again = await RawClient.join(server.wsUrl, modernHello(ada, { session }));
    expect(again.ack).toMatchObject({ presenceId: first.ack["presenceId"], resumed: true, memberDisplayName: "kept" });
    await Promise.all([witness.client.close(), again.client.close()]);
  });

  test("[WS-8] stop closes the listener and may be called again", async () => {
    server = await startTestServer();
    await server.stop();
    await server.stop();
    await expect(RawClient.open(server.wsUrl)).rejects.toThrow("ECONNREFUSED");
  });

  test("[WS-8] the daemon ends with status 0 on SIGTERM", async () => {
    server = await startTestServer();
    await server.stop();
    const daemon = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...server.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const exited = new Promise<number | null>((resolve) => daemon.once("exit", (code) => resolve(code)));
    const url = await new Promise<string>((resolve) => {
      let text = "";
      daemon.stderr.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        const listening = text.split("\n").find((line) => line.includes('"listening"'));
        if (listening !== undefined) resolve((JSON.parse(listening) as { url: string }).url);
      });
    });
    const { client } = await RawClient.join(`${url.replace("http", "ws")}/ws`, modernHello(members()[0]));
    daemon.kill("SIGTERM");
    expect(await client.closed).toEqual({ code: 1001, reason: "shutting down" });
    expect(await exited).toBe(0);
  });

  test("[WS-1] the daemon ends with status 1 and names the setting when its configuration is bad", async () => {
    server = await startTestServer();
    await server.stop();
    const daemon = spawn(process.execPath, [MAIN], {
      env: { ...process.env, ...server.env, PARL_SWEEP_MS: "soon" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    daemon.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    expect(await new Promise((resolve) => daemon.once("close", resolve))).toBe(1);
    expect(text).toMatch(/^PARL_SWEEP_MS must be an integer/);
  });
});

describe("starting on what an earlier run left", () => {
  test("[PRES-5] no presence of a crashed broker survives its lease", async () => {
    server = await startTestServer({ env: { PARL_LEASE_MS: "400", PARL_SWEEP_MS: "50" } });
    await server.stop();
    const env = { ...process.env, ...server.env };
    const daemon = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "ignore", "pipe"] });
    const exited = new Promise((resolve) => daemon.once("exit", resolve));
    const url = await new Promise<string>((resolve) => {
      daemon.stderr.on("data", (chunk: Buffer) => {
        const found = /"url":"http:([^"]+)"/.exec(chunk.toString());
        if (found !== null) resolve(`ws:${found[1] ?? ""}/ws`);
      });
    });
    const [ada, grace] = members();
    const ghost = await RawClient.join(url, modernHello(ada));
    daemon.kill("SIGKILL");
    await exited;
    server = await server.restart();
    const { client } = await RawClient.join(server.wsUrl, modernHello(grace));
    let listed = await sessionsOf(client);
    while (listed.some((peer) => peer["presenceId"] === ghost.ack["presenceId"])) listed = await sessionsOf(client);
    expect(listed.map((peer) => peer["memberId"])).toEqual([grace.id]);
    await client.close();
  });

  test("[HELLO-4] a hello accepted before a restart is replayed after it, a new one is not", async () => {
    server = await startTestServer();
    const hello = modernHello(members()[0]);
    await RawClient.join(server.wsUrl, hello);
    server = await server.restart();
    const client = await RawClient.open(server.wsUrl);
    client.send(hello);
    expect(await client.next("error")).toMatchObject({ code: "replayed" });
    expect(await client.closed).toEqual({ code: 1008, reason: "replayed" });
    const { client: fresh } = await RawClient.join(server.wsUrl, modernHello(members()[0]));
    await fresh.close();
  });

  test("[HELLO-6] a session key is remembered over a restart, and forgotten after its time", async () => {
    server = await startTestServer();
    const [ada, grace] = members();
    const session = createKey();
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada, { session }));
    await client.close();
    server = await server.restart({ PARL_LEASE_MS: "1", PARL_SWEEP_MS: "10" });
    const second = await RawClient.open(server.wsUrl);
    second.send(modernHello(grace, { session }));
    expect(await second.next("error")).toMatchObject({ code: "session_key_taken" });
    server = await server.restart({ PARL_LEASE_MS: "1", PARL_SWEEP_MS: "10", PARL_SESSION_MEMORY_MS: "1" });
    const { client: third } = await RawClient.join(server.wsUrl, legacyHello(grace, { session }));
    await third.close();
  });

  test("[PERF-14] from start to the first accepted hello on an existing database takes at most 1 s", async () => {
    server = await startTestServer();
    const [ada] = members();
    const first = await RawClient.join(server.wsUrl, modernHello(ada));
    await first.client.close();
    await server.stop();
    const startedAt = performance.now();
    server = await server.restart();
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await client.close();
  });
});
