import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Follower, MeshHome, errorOf, type Envelope } from "./support/mesh-home.ts";

const home = new MeshHome();
const guest = new MeshHome();
let server: Envelope = {};

beforeAll(async () => {
  server = await home.json(["up"]);
  const { link } = await home.json(["invite", "create"]);
  await guest.json(["join", String(link), "--name", "guest"]);
});
afterAll(async () => {
  await Promise.all([home.remove(), guest.remove()]);
});

function follow(name: string, ...rest: readonly string[]): Follower {
  return new Follower(guest.start(["messages", "--follow", "--name", name, "--json", ...rest]));
}

describe("peers and messages", () => {
  test("[CLI-15] [CLI-16] [CLI-17] [CLI-20] a visible peer gets a message, says so, and its path is told", async () => {
    const alice = follow("Alice");
    const listening = await alice.next("listening");
    expect(await home.json(["peers"])).toMatchObject({
      mesh: "local",
      peers: [
        {
          name: "Alice",
          key: listening["key"],
          online: true,
          connected: true,
          status: "idle",
          groups: [],
          host: expect.any(String) as string,
        },
      ],
    });
    expect((await home.run(["peers"])).stdout).toMatch(new RegExp(`^Alice +idle .*${String(listening["key"])}$`, "m"));

    const text = "línea uno\n\u001b[31mred\u0007";
    const sent = await home.json(["send", "alice", text, "--wait", "20"]);
    expect(sent).toMatchObject({
      exit_code: 0,
      to: "alice",
      outcome: "delivered",
      recipients: 1,
      surfaced: 1,
      encrypted: true,
    });
    const id = String(sent["message_id"]);
    expect(await alice.next("message")).toMatchObject({
      id,
      kind: "direct",
      encrypted: true,
      signed: true,
      text,
      final: false,
    });

    const explained = await home.json(["explain", id]);
    expect(explained).toMatchObject({
      message_id: id,
      delivered: true,
      recipients: [{ name: "Alice", state: "surfaced", offers: 1, next_event: null }],
    });
    expect(explained["recipients"]).toMatchObject([
      {
        path: [
          { state: "accepted" },
          { state: "offered", reason: "push" },
          { state: "surfaced", reason: "client_ack" },
        ],
      },
    ]);
    const words = (await home.run(["explain", id])).stdout;
    expect(words).toContain("direct message to");
    expect(words).toMatch(/\d{4}-.+Z {2}surfaced +client_ack\n/);
    expect(words).toContain("do:   nothing; the recipient has seen it");

    expect(await alice.interrupt()).toBe(130);
    expect(alice.lines.at(-1)).toMatchObject({
      final: true,
      type: "error",
      exit_code: 130,
      count: 1,
      error: { kind: "interrupted" },
    });
    expect(alice.lines.map((line) => line["seq"])).toEqual(alice.lines.map((_, index) => index + 1));
  });

  test("[CLI-16] [MCP-6] mail for a member who is offline is queued, explained, fetched once and then surfaced", async () => {
    const sent = await home.json(["send", "guest", "-", "--wait", "0", "--priority", "low"], { input: "from stdin\n" });
    expect(sent).toMatchObject({ exit_code: 0, outcome: "queued", reason: "recipient_offline" });
    const id = String(sent["message_id"]);
    expect(await home.json(["explain", id])).toMatchObject({
      delivered: false,
      delivered_at: null,
      recipients: [
        {
          state: "stored",
          reason: "offline",
          next_event: expect.stringContaining("when the recipient connects") as string,
        },
      ],
    });
    expect(await guest.json(["status"])).toMatchObject({
      ok: true,
      meshes: [{ waiting: { now: 0, next: 0, low: 1 } }],
    });

    expect(await guest.json(["messages"])).toMatchObject({
      count: 1,
      remaining: 0,
      messages: [{ id, text: "from stdin", kind: "direct", priority: "low" }],
    });
    expect((await guest.run(["messages"])).stdout).toBe("No mail.\n");
    expect(await home.json(["explain", id])).toMatchObject({ delivered: true });
    expect((await home.run(["send", "guest", "two", "--wait", "0"])).stdout).toMatch(
      /^queued \(recipient_offline\): the recipient is offline .+ \(id \w+\)\n$/,
    );
    expect((await guest.run(["messages", "--max", "1"])).stdout).toMatch(/ direct {2}\w+\n {2}two\n$/);
  });

  test("[CLI-17] [CLI-2] --max ends a follower, and text of peers is printed with control characters escaped", async () => {
    const child = guest.start(["messages", "--follow", "--name", "Bob", "--max", "1"]);
    const closed = new Promise((resolve) => child.once("close", resolve));
    let stdout = "";
    const listening = new Promise<void>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (part: string) => {
        stdout += part;
        if (stdout.includes("Ctrl-C")) resolve();
      });
    });
    await listening;
    await home.json(["send", "local:Bob", "a\u001b[2Jb\r\nc", "--priority", "now"]);

    expect(await closed).toBe(0);
    expect(stdout).toContain("  a\\x1b[2Jb\\r\n  c\n");
    expect(stdout).toContain("direct, now");
  });

  test("[MCP-5] [CLI-16] a target that means nobody or several is rejected with what is known, exit 1", async () => {
    const peers = [follow("twin"), follow("twin"), follow("Tweedle")];
    await Promise.all(peers.map((peer) => peer.next("listening")));

    const ambiguous = await home.failure(["send", "twin", "x"], "ambiguous");
    expect(ambiguous).toMatchObject({ outcome: "rejected", reason: "ambiguous", mesh: "local", to: "twin" });
    expect((errorOf(ambiguous)["detail"] as { candidates: object[] }).candidates).toHaveLength(2);
    const unknown = await home.failure(["send", "nobody", "x"], "unknown_recipient");
    expect(errorOf(unknown)["message"]).toContain("Tweedle");
    await home.failure(["send", "#general", "x"], "channel_unsupported");
    await home.failure(["send", "@", "x"], "bad_target");
    await home.failure(["send", "@nosuch", "x"], "empty_group");
    await home.failure(["send", "f".repeat(64), "x"], "unknown_recipient");
    await home.failure(["send", "Tweedle", ""], "invalid_input");
    await home.failure(["send", "Tweedle", "x".repeat(70_000)], "too_large");
    const text = await home.run(["send", "twin", "x"]);
    expect(text).toMatchObject({ status: 1, stdout: "" });
    expect(text.stderr).toMatch(/^parl: rejected \(ambiguous\): /);
    expect((await home.run(["send", "twin", "x", "--priority", "soon"])).status).toBe(2);

    const all = await home.json(["send", "*", "to everybody", "--wait", "20"]);
    expect(all).toMatchObject({ outcome: "delivered", recipients: 3, surfaced: 3, encrypted: true });
    expect(await peers[2]?.next("message")).toMatchObject({ kind: "broadcast", text: "to everybody", target: "*" });
    await Promise.all(peers.map((peer) => peer.interrupt("SIGTERM")));
  });

  test("[CLI-15] --all adds members who are offline, --group only its own", async () => {
    expect(await guest.json(["peers", "--all"])).toMatchObject({
      peers: expect.arrayContaining([expect.objectContaining({ online: false, status: null })]) as object,
    });
    expect(await home.json(["peers", "--group", "nosuch"])).toMatchObject({ peers: [] });
  });

  test("[CLI-20] a message of nobody is not found", async () => {
    expect(await home.failure(["explain", "nosuchmessage1"], "message_not_found")).toMatchObject({
      message_id: "nosuchmessage1",
    });
    expect((await home.run(["explain", "nosuchmessage1"])).stderr).toContain("ids are kept for 7 days");
  });
});

describe("status and doctor", () => {
  test("[CLI-11] status tells server, latency and waiting mail; the dashboard's link has the token in its fragment", async () => {
    const status = await home.json(["status", "--dashboard"]);

    expect(status).toMatchObject({
      exit_code: 0,
      ok: true,
      server: { state: "running", url: server["url"], pid: server["pid"] },
      meshes: [
        {
          slug: "local",
          reachable: true,
          authenticated: true,
          latency_ms: expect.any(Number) as number,
          problem: null,
        },
      ],
      dashboard_url: expect.stringMatching(/\/mesh\/#token=[A-Za-z0-9_-]{43}$/) as string,
    });
    expect((await home.run(["status"])).stdout).toMatch(/^local +ok +\d+ ms +0 waiting/m);
    expect(await guest.json(["status"])).toMatchObject({ ok: true, server: { state: "stopped" } });
    await guest.failure(["status", "--dashboard", "--url", String(server["url"])], "unauthorized");
  });

  test("[CLI-11] doctor sends a message through broker and encryption and back, and fails by name", async () => {
    const healthy = await home.json(["doctor"]);
    expect(healthy).toMatchObject({ exit_code: 0, ok: true });
    const checks = healthy["checks"] as { name: string; status: string; message: string }[];
    expect(checks.map(({ name }) => name)).toEqual([
      "runtime",
      "agent",
      "mcp",
      "hooks",
      "config",
      "config mode",
      "keys",
      "server",
      "remote",
      "broker",
      "clock",
      "message",
    ]);
    expect(checks.find(({ name }) => name === "message")).toMatchObject({
      status: "ok",
      message: expect.stringContaining("and back") as string,
    });
    expect((await home.run(["doctor"])).stdout).toMatch(/^ok {4}message \(local\): encrypted/m);

    const path = `${guest.home}/config.json`;
    const good = readFileSync(path, "utf8");
    const config = JSON.parse(good) as { meshes: { secretKey: string }[] };
    for (const mesh of config.meshes) {
      mesh.secretKey = mesh.secretKey.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    }
    writeFileSync(path, JSON.stringify(config));
    chmodSync(path, 0o644);
    const sick = await guest.json(["doctor"]);
    expect(sick).toMatchObject({ exit_code: 1, ok: false });
    const failed = (sick["checks"] as { name: string; status: string }[]).filter(({ status }) => status === "fail");
    expect(failed.map(({ name }) => name)).toEqual(["config mode", "keys", "broker"]);
    writeFileSync(path, "nonsense");
    expect(await guest.json(["doctor"])).toMatchObject({
      exit_code: 1,
      checks: expect.arrayContaining([expect.objectContaining({ name: "config", status: "fail" })]) as object,
    });
    writeFileSync(path, good);
    chmodSync(path, 0o600);
  });

  test("[CLI-2] [CLI-3] without a server every command says so and points to `parl up`", async () => {
    await home.json(["down"]);
    const commands = [
      ["peers"],
      ["messages"],
      ["send", "Alice", "x"],
      ["state", "list"],
      ["recall", "x"],
      ["explain", "abcdefgh"],
      ["mesh", "policy", "local"],
    ];

    const answers = await Promise.all(commands.map((args) => home.failure(args, "server_unreachable")));

    for (const answer of answers) {
      expect(answer).toMatchObject({ error: { retryable: true, hint: expect.stringContaining("parl up") as string } });
    }
    expect(answers[2]).toMatchObject({ to: "Alice", outcome: "rejected" });
    expect(await home.json(["status"])).toMatchObject({
      exit_code: 1,
      server: { state: "stopped" },
      meshes: [{ reachable: false }],
    });
    expect(await home.json(["doctor"])).toMatchObject({ exit_code: 1 });
    expect((await home.run(["peers"])).stderr).toMatch(/^parl: .+\nhint: start the server with `parl up`\n$/);
  });

  test("[CLI-3] a server that takes the connection and says nothing does not hold a command for 10 s", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const path = `${guest.home}/config.json`;
    const config = guest.config();
    writeFileSync(
      path,
      JSON.stringify({
        ...config,
        meshes: config.meshes.map((mesh) => ({ ...mesh, brokerUrl: `ws://127.0.0.1:${port}/ws` })),
      }),
    );
    try {
      const startMs = performance.now();
      await guest.failure(["send", "Alice", "x", "--wait", "60"], "server_unreachable");
      expect(performance.now() - startMs).toBeLessThan(10_000);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});
