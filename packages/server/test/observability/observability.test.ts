import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RawClient, directSend, legacyHello, modernHello } from "../support/raw-client.ts";
import { createKey, membersOf, startTestServer, type TestMember, type TestServer } from "../support/server.ts";

const TABLE = [
  "parl_connections_total",
  "parl_connections_active",
  "parl_connections_rejected_total",
  "parl_presences",
  "parl_messages_accepted_total",
  "parl_messages_rejected_total",
  "parl_errors_total",
  "parl_deliveries_total",
  "parl_mailbox_depth",
  "parl_delivery_seconds",
  "parl_redeliveries_total",
  "parl_commit_seconds",
  "parl_commit_batch_size",
  "parl_event_loop_delay_seconds",
  "parl_hook_requests_total",
  "parl_state_writes_total",
  "parl_memories_total",
  "parl_ttl_sweeps_total",
  "parl_http_requests_total",
  "parl_db_up",
  "parl_nats_up",
];

let server: TestServer;
let ada: TestMember;
let grace: TestMember;

beforeAll(async () => {
  server = await startTestServer();
  [ada, grace] = membersOf(server);
});
afterAll(() => server.end());

const scrape = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();

/** The value of one sample, 0 when it is not there yet. */
async function sample(name: string): Promise<number> {
  const line = (await scrape()).split("\n").find((other) => other.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

describe("metrics", () => {
  test("[HTTP-7] every metric of section 18 is there, as Prometheus text 0.0.4", async () => {
    const response = await fetch(`${server.url}/metrics`);
    expect(response.headers.get("content-type")).toContain("version=0.0.4");
    const types = [...(await response.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map((match) => [match[1], match[2]]);
    expect(types.map(([name]) => name)).toEqual(expect.arrayContaining(TABLE));
    expect(Object.fromEntries(types)).toMatchObject({
      parl_event_loop_delay_seconds: "summary",
      parl_commit_seconds: "histogram",
    });
  });

  test("[OBS-1] gauges equal reality at scrape time", async () => {
    expect(await sample("parl_connections_active")).toBe(0);
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
    const { client: control } = await RawClient.join(
      server.wsUrl,
      modernHello(ada, { presence: "control", session: null }),
    );
    expect(await sample("parl_connections_active")).toBe(2);
    expect(await sample('parl_presences{kind="session"}')).toBe(1);
    expect(await sample('parl_presences{kind="control"}')).toBe(1);
    await Promise.all([client.close(), control.close()]);
    expect(await sample("parl_connections_active")).toBe(0);
    expect(await sample('parl_presences{kind="control"}')).toBe(0);
    expect(await sample("parl_db_up")).toBe(1);
  });

  test("[OBS-1] mail, refusals and errors are counted where they happen", async () => {
    const before = await sample('parl_errors_total{code="bad_json"}');
    const rejectedBefore = await sample('parl_messages_rejected_total{code="bad_request"}');
    const session = createKey();
    const receiver = await RawClient.join(server.wsUrl, modernHello(grace, { session, capabilities: ["client_ack"] }));
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada));
    client.send("junk");
    client.send({ type: "send" });
    client.send(directSend(session.publicKey, "m1"));
    const { messageId } = await receiver.client.next("push");
    expect(await sample('parl_errors_total{code="bad_json"}')).toBe(before + 1);
    expect(await sample('parl_messages_rejected_total{code="bad_request"}')).toBe(rejectedBefore + 1);
    expect(await sample('parl_messages_accepted_total{priority="next",kind="direct"}')).toBe(1);
    expect(await sample('parl_mailbox_depth{state="offered"}')).toBe(1);
    await receiver.client.request({ type: "client_ack", messageId });
    expect(await sample('parl_mailbox_depth{state="offered"}')).toBe(0);
    expect(await sample('parl_delivery_seconds_count{priority="next"}')).toBe(1);
    expect(await sample('parl_delivery_seconds_bucket{le="86400",priority="next"}')).toBe(1);
    expect(await sample('parl_delivery_seconds_bucket{le="+Inf",priority="next"}')).toBe(1);
    expect(await sample('parl_delivery_seconds_sum{priority="next"}')).toBeLessThan(60);
    await Promise.all([client.close(), receiver.client.close()]);
  });

  test("[OBS-1] a refused upgrade is counted by its reason", async () => {
    await expect(RawClient.open(`${server.url.replace("http", "ws")}/elsewhere`)).rejects.toThrow("404");
    expect(await sample('parl_connections_rejected_total{reason="path"}')).toBe(1);
  });

  test("[OBS-1] no label carries a name, key or id", async () => {
    const text = await scrape();
    for (const secret of [ada.publicKey, ada.id, ada.meshId, "ada", "mesh-1"]) {
      expect(text).not.toContain(`"${secret}"`);
    }
  });
});

describe("the log", () => {
  test("[OBS-2] every line is an object with ts, level, component and msg", () => {
    expect(server.log.length).toBeGreaterThan(0);
    for (const line of server.log) {
      expect(line).toMatchObject({
        ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        level: expect.stringMatching(/^(debug|info|warn|error)$/) as string,
        component: "mesh",
        msg: expect.any(String) as string,
      });
    }
  });

  test("[OBS-2] no token, key, ciphertext, state value or memory content is logged at any level", async () => {
    const session = createKey();
    const hookToken = "secret-hook-token-0123456789-abcdefgh";
    const { client } = await RawClient.join(server.wsUrl, modernHello(ada, { session, hookToken }));
    const send = directSend(grace.publicKey, "m");
    client.send(send);
    await client.request({ type: "set_state", key: "k", value: "secret-state-value" });
    await client.request({ type: "remember", content: "secret-memory-content" });
    client.send("secret-junk");
    const { client: refused } = await RawClient.join(server.wsUrl, legacyHello(grace));
    await client.settle();
    const text = JSON.stringify(server.log);
    for (const secret of [hookToken, session.publicKey, ada.publicKey, send["ciphertext"], send["nonce"], "secret-"]) {
      expect(text).not.toContain(secret);
    }
    await Promise.all([client.close(), refused.close()]);
  });
});
