import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Follower, MeshHome, errorOf } from "./support/mesh-home.ts";

let home: MeshHome;

beforeEach(() => {
  home = new MeshHome();
});
afterEach(() => home.remove());

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("[CLI-6] [CLI-7] starts in the background, makes mesh, owner and member, says so when it runs, and stops", async () => {
  const started = await home.json(["up"]);
  const { url, pid } = started as { url: string; pid: number };

  expect(started).toMatchObject({ exit_code: 0, state: "started", mesh_created: "local", home: home.home });
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect(modeOf(home.home)).toBe(0o700);
  expect(modeOf(join(home.home, "config.json"))).toBe(0o600);
  expect(modeOf(join(home.home, "admin-token"))).toBe(0o600);
  expect(readFileSync(String(started["log_path"]), "utf8")).toContain('"msg":"listening"');
  const { meshes, owned, version } = home.config();
  expect(version).toBe(1);
  expect(meshes).toMatchObject([{ slug: "local", brokerUrl: `${url.replace("http", "ws")}/ws` }]);
  expect(owned).toMatchObject([{ slug: "local", meshId: meshes[0]?.["meshId"], rootKey: meshes[0]?.["rootKey"] }]);

  const [again, text] = await Promise.all([home.json(["up"]), home.run(["up"])]);
  expect(again).toMatchObject({ exit_code: 0, state: "already_running", url, pid, mesh_created: null });
  expect(text).toEqual({ status: 0, stdout: `Parlatory runs already on ${url} (process ${pid}).\n`, stderr: "" });

  expect(await home.json(["down"])).toMatchObject({ exit_code: 0, state: "stopped", url, pid });
  await expect(fetch(`${url}/health`)).rejects.toThrow("fetch failed");
  expect(await home.json(["down"])).toMatchObject({ exit_code: 0, state: "not_running", url: null, pid: null });
  expect((await home.run(["down"])).stdout).toContain("does not run");
});

test("[AUTH-9] without authentication it starts on loopback only; otherwise a usage error names the address", async () => {
  for (const [args, env, address] of [
    [["--host", "0.0.0.0"], {}, "0.0.0.0"],
    [[], { PARL_HOST: "192.0.2.7" }, "192.0.2.7"],
    [["--host", "::"], { PARL_HOST: "127.0.0.1" }, "::"],
  ] as const) {
    const refused = await home.run(["up", "--no-auth", ...args], { env });
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toContain(`the server would listen on '${address}', which is no loopback address`);
  }
  const { url } = await home.json(["up", "--no-auth"]);
  const greeted = await new Promise<unknown>((resolve, reject) => {
    const socket = new WebSocket(`${String(url).replace("http", "ws")}/remote`);
    socket.addEventListener("message", ({ data }) => {
      resolve(JSON.parse(String(data)));
      socket.close();
    });
    socket.addEventListener("error", () => reject(new Error("the socket failed")));
  });
  expect(greeted).toMatchObject({ type: "hello", auth_version: 0 });
  await home.json(["down"]);
});

test("[CLI-6] after a kill -9 it starts again on another port, and the config follows", async () => {
  const first = (await home.json(["up"])) as { url?: string; pid?: number };
  process.kill(first.pid ?? 0, "SIGKILL");
  await expect.poll(async () => (await home.json(["down"]))["state"]).toBe("not_running");

  const second = await home.json(["up"]);

  expect(second).toMatchObject({ state: "started", mesh_created: null });
  expect(second["pid"]).not.toBe(first.pid);
  const address = `${String(second["url"]).replace("http", "ws")}/ws`;
  expect(home.config()).toMatchObject({ meshes: [{ brokerUrl: address }], owned: [{ brokerUrl: address }] });
  expect(await home.json(["status"])).toMatchObject({ exit_code: 0, ok: true });
});

test("[CLI-1] [WS-8] in the foreground it streams where it listens, and Ctrl-C drains and ends with 0", async () => {
  const follower = new Follower(home.start(["up", "--foreground", "--json"]));
  const listening = await follower.next("listening");

  expect(listening).toMatchObject({ seq: 1, final: false, exit_code: 0, mesh_created: "local" });
  expect(listening["next_steps"]).toEqual([
    "npx parl launch --name Alice",
    "npx parl launch --name Bob",
    "npx parl dashboard",
  ]);
  expect(await home.json(["up"])).toMatchObject({ state: "already_running", url: listening["url"] });
  expect(await home.json(["up", "--foreground"])).toMatchObject({
    final: true,
    state: "already_running",
    exit_code: 0,
  });
  expect(await follower.interrupt()).toBe(0);
  expect(follower.lines.at(-1)).toMatchObject({ type: "result", final: true, exit_code: 0, state: "stopped" });
  expect(existsSync(join(home.home, "running.json"))).toBe(false);
});

test("[CLI-6] [OBS-2] a person in the foreground reads the next step; the log is on stderr as JSON lines", async () => {
  const child = home.start(["up", "--foreground"]);
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.includes("Ctrl-C")) resolve();
    });
  });
  child.kill("SIGTERM");
  const status = await new Promise((resolve) => child.once("close", resolve));

  expect(status).toBe(0);
  expect(stdout).toMatch(/^Parlatory listens on http:\/\/127\.0\.0\.1:\d+ \(process \d+\)\.\n/);
  expect(stdout).toContain("Next, in another terminal:\n  npx parl launch --name Alice\n");
  expect(stdout).toMatch(/Parlatory stopped\.\n$/);
  const log = stderr.trim().split("\n");
  expect(log.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
    expect.arrayContaining(["listening", "stopped"]),
  );
});

test("[CLI-6] [DB-4] [WS-1] refuses a database in use, a taken port and a bad setting, naming what to change", async () => {
  const { url, pid } = (await home.json(["up"])) as { url?: string; pid?: number };
  const other = new MeshHome();
  try {
    const database = { PARL_DATABASE_URL: `sqlite:${join(home.home, "parl.db")}` };
    const locked = await other.failure(["up"], "server_start_failed", { env: database });
    expect(errorOf(locked)["message"]).toContain(`process ${pid}`);

    const taken = await other.run(["up", "--foreground", "--port", new URL(url ?? "").port]);
    expect(taken).toMatchObject({ status: 1, stdout: "" });
    expect(taken.stderr).toContain("parl: the server cannot start: PARL_PORT");

    expect(await other.failure(["up"], "server_start_failed", { env: { PARL_LOG_LEVEL: "loud" } })).toMatchObject({
      error: { message: expect.stringContaining("PARL_LOG_LEVEL") as string },
    });
    expect((await other.run(["up", "--port", "70000"])).status).toBe(2);
    expect(await home.json(["status"])).toMatchObject({ ok: true });
  } finally {
    await other.remove();
  }
});

test("[CLI-4] [CLI-7] an unreadable config is never overwritten, and a pid that is not our server is never signalled", async () => {
  await home.json(["up"]);
  await home.json(["down"]);
  const config = join(home.home, "config.json");
  writeFileSync(config, "{ not json");
  // A stale file that names a process of somebody else: this one.
  writeFileSync(join(home.home, "running.json"), JSON.stringify({ pid: process.pid, url: "http://127.0.0.1:1" }));

  expect(await home.failure(["up"], "invalid_config")).toMatchObject({ error: { target: config } });
  expect(await home.json(["down"])).toMatchObject({ state: "not_running" });
  expect(readFileSync(config, "utf8")).toBe("{ not json");
});
