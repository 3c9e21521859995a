import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConfigError, StoreUnavailableError, startServer } from "../../src/index.ts";
import type { RawFrame } from "../support/raw-client.ts";
import { startRemoteServer, type RemoteServer } from "../support/remote/remote-server.ts";

let server: RemoteServer;

beforeEach(async () => {
  server = await startRemoteServer();
});
afterEach(() => server.end());

describe("the listener", () => {
  test("[CONN-1] a plain request to /remote gets 426 and says why", async () => {
    for (const method of ["GET", "POST"]) {
      const response = await fetch(`${server.url}/remote`, { method });
      expect(response.status).toBe(426);
      expect(response.headers.get("content-type")).toBe("text/plain");
      expect(await response.text()).toBe("This endpoint requires WebSocket connection");
    }
  });

  test("[CONN-1] [CRASH-6] before the database has answered: 426, hello, and connect refused with io_error", async () => {
    await server.end();
    server = await startRemoteServer({
      options: { openStore: () => Promise.reject(new StoreUnavailableError("not there")) },
    });
    expect((await fetch(`${server.url}/remote`)).status).toBe(426);
    const client = await server.open();
    client.send({ type: "connect", session_id: "window-1", api_key: server.key });
    expect(await client.find(({ type }) => type === "error")).toMatchObject({ code: "io_error", retryable: true });
    await client.close();
    expect((await server.api("POST", "/remote/pair", { code: "x" })).status).toBe(503);
  });

  test("[CONN-1] listening beyond loopback is warned about", async () => {
    await server.end();
    server = await startRemoteServer({ env: { PARL_HOST: "0.0.0.0" } });
    expect(server.log).toContainEqual(
      expect.objectContaining({ level: "warn", msg: expect.stringContaining("without TLS") }),
    );
  });

  test("[AUTH-9] without authentication the server itself refuses an address beyond loopback, and names it", async () => {
    const env = { PARL_HOME: join(server.work, "other"), PARL_PORT: "0", PARL_HOST: "0.0.0.0" };
    await expect(startServer({ env, isAuthOn: false })).rejects.toThrow(ConfigError);
    await expect(startServer({ env, isAuthOn: false })).rejects.toThrow("0.0.0.0");
  });

  test("[AUTH-2] a key file that holds something else stops the start", async () => {
    await server.stop();
    writeFileSync(join(server.home, "remote-key"), "nonsense\n", { mode: 0o600 });
    await expect(server.restart()).rejects.toThrow(ConfigError);
  });

  test("[PERF-9] a server that nobody uses as a remote does not open one", async () => {
    await server.api("GET", "/api/v1/meshes");
    expect(server.log.map(({ msg }) => msg)).not.toContain("the remote is open");
    const { client } = await server.connect();
    expect(server.log.map(({ msg }) => msg)).toContain("the remote is open");
    await client.close();
  });
});

describe("devices over HTTP", () => {
  test("[AUTH-6] [AUTH-7] a code pairs one device once; it connects until it is revoked", async () => {
    const made = await server.api("POST", "/api/v1/remote/pair-codes");
    expect(made).toMatchObject({
      status: 201,
      json: { code: expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/), expires_at: expect.any(String) },
    });
    const { code } = made.json as { code: string };
    const paired = await server.api("POST", "/remote/pair", { code, device_name: "Anna's phone" });
    expect(paired).toMatchObject({
      status: 200,
      json: { device_name: "Anna's phone", api_key: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), url: server.url },
    });
    const device = paired.json as { device_id: string; api_key: string };
    expect(await server.api("POST", "/remote/pair", { code })).toMatchObject({
      status: 403,
      json: { error: { code: "pair_code_invalid", message: expect.any(String) } },
    });
    const listed = await server.api("GET", "/api/v1/remote/devices");
    expect(listed.json).toMatchObject({ devices: [{ id: device.device_id, name: "Anna's phone" }] });
    expect(JSON.stringify(listed.json)).not.toContain(device.api_key);

    const { client, frames } = await server.connect({ api_key: device.api_key });
    expect(frames[1]).toMatchObject({ type: "connected", device_id: device.device_id });
    const path = `/api/v1/remote/devices/${device.device_id}`;
    expect(await server.api("DELETE", path)).toMatchObject({ status: 200 });
    expect(await client.next()).toEqual({ type: "auth_error", message: "Authentication failed" });
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect(await server.api("DELETE", path)).toMatchObject({ status: 404 });
  });

  test("[AUTH-6] five wrong tries void every pending code, and then it is 429", async () => {
    const { code } = (await server.api("POST", "/api/v1/remote/pair-codes")).json as { code: string };
    for (let n = 0; n < 5; n++) {
      expect((await server.api("POST", "/remote/pair", { code: "WRONG-000" })).status).toBe(403);
    }
    expect((await server.api("POST", "/remote/pair", { code })).status).toBe(429);
  });

  test("[AUTH-8] failed checks of keys and of codes count together, and hold for sockets and pairing alike", async () => {
    for (let n = 0; n < 9; n++) {
      const client = await server.open();
      client.send({ type: "connect", session_id: "window-1", api_key: "wrong" });
      await client.closed;
    }
    expect((await server.api("POST", "/remote/pair", { code: "WRONG-000" })).status).toBe(403);
    await expect(server.open()).rejects.toThrow("429");
    const refused = await fetch(`${server.url}/remote/pair`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code: "WRONG-000" }),
    });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("[AUTH-10] pairing from a page of another origin is refused, under another name too", async () => {
    const pair = (headers: Record<string, string>) =>
      fetch(`${server.url}/remote/pair`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ code: "WRONG-000" }),
      });
    expect((await pair({ origin: "https://evil.example.org" })).status).toBe(403);
    expect(await (await pair({ origin: "https://evil.example.org" })).json()).toMatchObject({
      error: "origin_not_allowed",
    });
    expect((await pair({ origin: "null" })).status).toBe(403);
  });

  test("[AUTH-6] [AUTH-7] codes and devices are the operator's: no other token will do", async () => {
    for (const [method, path] of [
      ["POST", "/api/v1/remote/pair-codes"],
      ["GET", "/api/v1/remote/devices"],
      ["DELETE", "/api/v1/remote/devices/x"],
    ] as const) {
      expect((await server.api(method, path, undefined, "x".repeat(43))).status).toBe(401);
    }
  });
});

describe("over the real rooms", () => {
  test("[PROMPT-17] [PROMPT-12] a prompt that begins a session: acknowledged, ready, in the history, answered", async () => {
    const { client } = await server.connect({ capabilities: ["stream"] });
    const id = randomUUID();
    client.send({ type: "prompt", text: "hello there", new_session_id: id, working_directory: server.work });
    client.send({ type: "subscribe", session_id: id });
    await client.find(({ type }) => type === "turn_complete");
    const types = client.frames.map(({ type }) => type);
    expect(types[0]).toBe("ack");
    expect(types).toContain("session_ready");
    expect(types.indexOf("session_ready")).toBeLessThan(types.indexOf("session_created"));
    expect(types.slice(-2)).toEqual(["response", "turn_complete"]);
    const items = client.frames
      .filter(({ type }) => type === "session_history")
      .flatMap((frame) => frame["messages"] as { text: string; seq: number; prompt_id?: string }[]);
    expect(items.map(({ text }) => text)).toEqual(["hello there", "echo: hello there"]);
    expect(items[0]).toMatchObject({ prompt_id: client.frames[0]?.["prompt_id"] });
    await client.close();
  });

  test("[RDLV-3] [SESS-4] [CONN-6] over a restart unacknowledged answers, hidden sessions and the directory are kept", async () => {
    const { client } = await server.connect();
    const [kept, hidden] = [randomUUID(), randomUUID()];
    client.send({ type: "set_directory", path: server.work });
    for (const id of [kept, hidden]) {
      client.send({ type: "prompt", text: "hello there", new_session_id: id });
      await client.find((frame) => frame.type === "turn_complete" && frame["session_id"] === id);
    }
    const [first, second] = client.frames.filter(({ type }) => type === "response");
    client.send({ type: "message_ack", message_id: first?.["message_id"] });
    client.send({ type: "session_deleted", session_id: hidden });
    client.send({ type: "ping" });
    await client.find(({ type }) => type === "pong");
    await vi.waitUntil(async () => {
      const other = await server.connect();
      await other.client.close();
      return other.frames[1]?.["replay_count"] === 1;
    });
    server = await server.restart();
    const again = await server.connect();
    expect(again.frames.filter(({ type }) => type === "replay").map((frame) => frame["message_id"])).toEqual([
      second?.["message_id"],
    ]);
    const list = again.frames.find(({ type }) => type === "session_list");
    expect(list).toMatchObject({ total_count: 1, sessions: [{ session_id: kept }] });
    expect(again.frames.find(({ type }) => type === "available_commands")).toMatchObject({
      working_directory: server.work,
    });
    await again.client.close();
  });

  test("[CONN-13] on shutdown a run has its time to end and its answer still arrives, then the socket is closed with 1001", async () => {
    await server.end();
    server = await startRemoteServer({ env: { PARL_REMOTE_DRAIN_S: "10" } });
    const { client } = await server.connect();
    client.send({ type: "prompt", text: "/sleep 700 slept well", new_session_id: randomUUID() });
    await client.find(({ type }) => type === "ack");
    const stopped = server.stop();
    expect(await client.find(({ type }) => type === "response")).toMatchObject({
      success: true,
      text: "echo: slept well",
    });
    expect(await client.closed).toMatchObject({ code: 1001 });
    await stopped;
  });

  test("[CONN-13] [RDLV-3] a run that does not end in time does not hold the server; its end is told after the restart", async () => {
    const { client } = await server.connect();
    client.send({ type: "prompt", text: "/sleep 600000 never", new_session_id: randomUUID() });
    await client.find(({ type }) => type === "ack");
    const prompt = client.frames.find(({ type }) => type === "ack");
    // The agent has it.
    await client.find(({ type }) => type === "session_created");
    await server.stop();
    expect(await client.closed).toMatchObject({ code: 1001 });
    server = await server.restart();
    const again = await server.connect();
    const isEnd = (frame: RawFrame): boolean => frame.type === "replay" || frame.type === "response";
    const end = again.frames.find(isEnd) ?? (await again.client.find(isEnd));
    const told = (end["message"] ?? end) as RawFrame;
    expect(told).toMatchObject({ success: false, prompt_id: prompt?.["prompt_id"] });
    await again.client.close();
  });

  test("[RES-2] [SUB-2] a session in a worktree is there without a prompt, and continues with one", async () => {
    const repository = join(server.work, "shop");
    mkdirSync(repository);
    const git = (...words: string[]): void => void execFileSync("git", words, { cwd: repository, stdio: "ignore" });
    git("init", "-q");
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "first");
    const { client } = await server.connect({ capabilities: ["stream"] });
    const create = { type: "create_worktree_session", session_name: "Fix Cart", parent_directory: repository };
    client.send(create);
    const made = await client.next("worktree_session_created");
    expect(made).toEqual({
      type: "worktree_session_created",
      success: true,
      session_id: expect.any(String),
      worktree_path: `${repository}-fix-cart`,
      branch_name: "fix-cart",
    });
    client.send({ type: "subscribe", session_id: made["session_id"] });
    expect(await client.next("session_history")).toMatchObject({ messages: [], is_complete: true });
    client.send({ type: "prompt", text: "hello there", session_id: made["session_id"] });
    expect(await client.find(({ type }) => type === "response")).toMatchObject({
      success: true,
      text: "echo: hello there",
    });
    client.send(create);
    expect(await client.find(({ type }) => type === "worktree_session_error")).toMatchObject({
      success: false,
      error_type: "validation_failed",
      details: { branch_name: "fix-cart" },
    });
    client.send({ ...create, session_name: "other", initial_prompt: "begin" });
    const other = await client.find(
      (frame) => frame.type === "worktree_session_created" && frame["branch_name"] === "other",
    );
    expect(
      await client.find((frame) => frame.type === "response" && frame["session_id"] === other["session_id"]),
    ).toMatchObject({ text: "echo: begin" });
    await client.close();
  });

  test("[CMD-12] [CMDHIST-8] a command of a project runs, its lines come live, and it is read again afterwards", async () => {
    writeFileSync(
      join(server.work, "package.json"),
      JSON.stringify({ scripts: { greet: "echo hello && echo world" } }),
    );
    const { client } = await server.connect();
    client.send({ type: "set_directory", path: server.work });
    expect(await client.find(({ type }) => type === "available_commands")).toMatchObject({
      project_commands: expect.arrayContaining([expect.objectContaining({ id: "npm" })]),
    });
    client.send({ type: "execute_command", command_id: "npm.greet", working_directory: server.work });
    const started = await client.find(({ type }) => type === "command_started");
    expect(await client.find(({ type }) => type === "command_complete")).toMatchObject({ exit_code: 0 });
    const lines = client.frames.filter(({ type }) => type === "command_output").map((frame) => frame["text"]);
    expect(lines).toEqual(expect.arrayContaining(["hello", "world"]));
    client.send({ type: "get_command_output", command_session_id: started["command_session_id"] });
    const full = await client.find(({ type }) => type === "command_output_full");
    expect(full["output"]).toBe(`${lines.join("\n")}\n`);
    await client.close();
  });
});
