import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parl, type McpProcess } from "./support/mcp-process.ts";
import { eventually, MeshWorld, type Peer } from "./support/mesh-world.ts";

const TOKEN = "k".repeat(43);

let world: MeshWorld;
let ada: Peer;
let home: string;

beforeEach(async () => {
  world = await MeshWorld.open();
  ada = await world.peer("ada");
  home = world.home([world.entry("grace")]);
});
afterEach(async () => {
  await world.end();
});

async function agent(env: Record<string, string> = {}): Promise<{ mcp: McpProcess; key: string }> {
  const mcp = world.mcp({ PARL_HOME: home, PARL_DISPLAY_NAME: "agent", PARL_HOOK_TOKEN: TOKEN, ...env });
  await mcp.initialize();
  const key = await world.present(ada, env["PARL_DISPLAY_NAME"] ?? "agent");
  await eventually(() => (registrations().length > 0 ? true : undefined));
  return { mcp, key };
}

function registrations(): string[] {
  try {
    return readdirSync(join(home, "run")).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

interface HookRun {
  stdout: string;
  stderr: string;
  code: number | null;
  ms: number;
}

/** Runs `parl hook …` as an agent's hook. `input`: what the agent writes to its stdin; `undefined` leaves it open. */
async function hook(
  args: string[],
  input: object | string | undefined,
  env: Record<string, string> = {},
): Promise<HookRun> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [parl, "hook", ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, PARL_HOME: home, PARL_HOOK_TOKEN: TOKEN, ...env },
    cwd: env["PARL_TEST_CWD"] ?? home,
    stdio: "pipe",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => undefined);
  if (input !== undefined) child.stdin.end(typeof input === "string" ? input : JSON.stringify(input));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { stdout, stderr, code, ms: performance.now() - startedAt };
}

const deliver = (event: string, status?: string, env: Record<string, string> = {}, more: object = {}) =>
  hook(
    ["deliver", ...(status === undefined ? [] : ["--status", status])],
    { hook_event_name: event, session_id: "s-1", cwd: home, ...more },
    env,
  );

async function send(key: string, text: string, priority: "now" | "next" = "next"): Promise<string> {
  const result = await ada.client.send({ targetSpec: key, text, priority });
  if (result.outcome === "rejected") throw new Error(result.message);
  return result.messageId;
}

async function sendAndOffer(key: string, text: string, priority: "now" | "next" = "next"): Promise<string> {
  const id = await send(key, text, priority);
  await eventually(async () =>
    (await ada.client.messageStatus(id)).recipients[0]?.path.at(-1)?.state === "offered" ? true : undefined,
  );
  return id;
}

async function statusOf(name: string): Promise<unknown> {
  const row = (await ada.client.listPeers()).find((peer) => peer.displayName === name);
  return [row?.status, row?.statusSource];
}

test("[HOOK-22] [HOOK-23] on UserPromptSubmit and PostToolUse hands over as additionalContext, then the message is surfaced", async () => {
  const { key } = await agent();
  for (const event of ["UserPromptSubmit", "PostToolUse"]) {
    const id = await sendAndOffer(key, `for ${event} & <you>`, "now");
    const run = await deliver(event);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const output = JSON.parse(run.stdout) as {
      hookSpecificOutput: { hookEventName: string; additionalContext: string };
    };
    expect(Object.keys(output)).toEqual(["hookSpecificOutput"]);
    expect(output.hookSpecificOutput.hookEventName).toBe(event);
    expect(output.hookSpecificOutput.additionalContext).toContain(`for ${event} &amp; &lt;you&gt;</peer-message>`);
    await ada.reaches(id, "surfaced");
    expect((await deliver(event)).stdout).toBe("");
  }
});

test("[HOOK-21] sets the status through its process with source hook; dnd stays", async () => {
  const { mcp } = await agent();
  await deliver("UserPromptSubmit", "working");
  await eventually(async () => ((await statusOf("agent")) as string[])[0] === "working" || undefined);
  expect(await statusOf("agent")).toEqual(["working", "hook"]);
  await deliver("Stop", "idle");
  expect(await statusOf("agent")).toEqual(["idle", "hook"]);
  await mcp.call("set_status", { status: "dnd" });
  await deliver("Stop", "idle");
  expect(await statusOf("agent")).toEqual(["dnd", "manual"]);
});

test("[HOOK-21] no process, no mail, nonsense on stdin or an open stdin: no output, exit 0, within 1 s", async () => {
  const quiet = { stdout: "", stderr: "", code: 0 };
  expect(await deliver("Stop", "idle")).toMatchObject(quiet);
  await agent();
  expect(await deliver("Stop", "idle")).toMatchObject(quiet);
  expect(await hook(["deliver"], "not json")).toMatchObject(quiet);
  expect(await hook(["deliver"], { hook_event_name: "SessionStart" })).toMatchObject(quiet);
  const open = await hook(["deliver", "--status", "working"], undefined);
  expect(open).toMatchObject(quiet);
  expect(open.ms).toBeLessThan(1_300);
});

test("[HOOK-21] finds the process of its own session only: by token, else session id, else parent and cwd", async () => {
  const other = "o".repeat(43);
  const { key } = await agent({ CLAUDE_CODE_SESSION_ID: "s-1" });
  const { key: otherKey } = await agent({
    CLAUDE_CODE_SESSION_ID: "s-2",
    PARL_HOOK_TOKEN: other,
    PARL_DISPLAY_NAME: "agent-2",
  });
  await eventually(() => (registrations().length === 2 ? true : undefined));
  const mine = await sendAndOffer(key, "mine");
  const yours = await sendAndOffer(otherKey, "yours");
  // A token nobody has, and a session id nobody has.
  expect(
    (await deliver("PostToolUse", undefined, { PARL_HOOK_TOKEN: "x".repeat(43) }, { session_id: "s-9" })).stdout,
  ).toBe("");
  // Another session that inherited the token: its session id says so, and it is no child of the same agent.
  expect(
    (await hookFromElsewhere({ hook_event_name: "PostToolUse", session_id: "s-9", cwd: home }, TOKEN)).stdout,
  ).toBe("");
  expect((await deliver("PostToolUse", undefined, { PARL_HOOK_TOKEN: other }, { session_id: "s-2" })).stdout).toContain(
    "yours",
  );
  expect((await deliver("PostToolUse", undefined, { PARL_HOOK_TOKEN: "" }, { session_id: "s-1" })).stdout).toContain(
    "mine",
  );
  await ada.reaches(mine, "surfaced");
  await ada.reaches(yours, "surfaced");
});

test("[HOOK-21] without token and session id the same parent process and directory decide", async () => {
  const elsewhere = join(home, "elsewhere");
  mkdirSync(elsewhere);
  const { key } = await agent({ PARL_HOOK_TOKEN: "" });
  await sendAndOffer(key, "by parent");
  const input = { hook_event_name: "PostToolUse" };
  expect((await hook(["deliver"], { ...input, cwd: elsewhere }, { PARL_HOOK_TOKEN: "" })).stdout).toBe("");
  expect((await hookFromElsewhere({ ...input, cwd: home }, "")).stdout).toBe("");
  expect((await hook(["deliver"], { ...input, cwd: home }, { PARL_HOOK_TOKEN: "" })).stdout).toContain("by parent");
});

/** A hook two processes away from ours, as that of an agent started by another agent. */
async function hookFromElsewhere(input: object, token: string): Promise<{ stdout: string }> {
  const script = `const { execFileSync } = require("node:child_process");
    process.stdout.write(execFileSync("/bin/sh", ["-c", '"$1" "$2" hook deliver; exit 0', "sh", process.execPath, ${JSON.stringify(parl)}], { input: ${JSON.stringify(JSON.stringify(input))} }));`;
  const child = spawn(process.execPath, ["-e", script], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, PARL_HOME: home, PARL_HOOK_TOKEN: token },
    cwd: home,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  await new Promise((resolve) => child.once("close", resolve));
  return { stdout };
}

test("[HOOK-24] on Stop hands over what is pending as a block; with nothing pending the session goes idle", async () => {
  const { key } = await agent();
  await deliver("UserPromptSubmit", "working");
  const id = await sendAndOffer(key, "one more thing", "now");
  const run = await deliver("Stop", "idle");
  const output = JSON.parse(run.stdout) as { decision: string; reason: string };
  expect(output).toEqual({ decision: "block", reason: expect.stringContaining("one more thing</peer-message>") });
  await ada.reaches(id, "surfaced");
  expect(await statusOf("agent")).toEqual(["working", "hook"]);
  expect((await deliver("Stop", "idle")).stdout).toBe("");
  expect(await statusOf("agent")).toEqual(["idle", "hook"]);
});

test("[HOOK-24] mail held while the session worked is handed over at the idle boundary, and the session is working again", async () => {
  const { key } = await agent();
  await deliver("UserPromptSubmit", "working");
  await eventually(async () => ((await statusOf("agent")) as string[])[0] === "working" || undefined);
  const id = await send(key, "held till now");
  expect((await ada.client.messageStatus(id)).recipients[0]).toMatchObject({ state: "held", reason: "gate_working" });
  const run = await deliver("Stop", "idle");
  expect(JSON.parse(run.stdout)).toEqual({ decision: "block", reason: expect.stringContaining("held till now") });
  expect(await ada.reaches(id, "surfaced")).toEqual(["accepted", "held", "offered", "surfaced"]);
  await eventually(async () => ((await statusOf("agent")) as string[])[0] === "working" || undefined);
});

test("[HOOK-24] blocks at most three times in a row without a user's prompt, then the messages wait", async () => {
  const { key } = await agent();
  for (let block = 1; block <= 3; block++) {
    await sendAndOffer(key, `chain ${block}`);
    expect((await deliver("Stop", "idle")).stdout).toContain(`chain ${block}`);
  }
  const id = await sendAndOffer(key, "chain 4", "now");
  expect((await deliver("Stop", "idle")).stdout).toBe("");
  expect(await statusOf("agent")).toEqual(["idle", "hook"]);
  expect((await deliver("Stop", "idle")).stdout).toBe("");
  expect((await ada.client.messageStatus(id)).recipients[0]?.state).toBe("offered");
  expect((await deliver("UserPromptSubmit", "working")).stdout).toContain("chain 4");
  await ada.reaches(id, "surfaced");
  await sendAndOffer(key, "chain 5", "now");
  expect((await deliver("Stop", "idle")).stdout).toContain("chain 5");
});

test("[HOOK-24] PARL_STOP_CHAIN_MAX sets how often", async () => {
  const { key } = await agent({ PARL_STOP_CHAIN_MAX: "0" });
  await sendAndOffer(key, "never");
  expect((await deliver("Stop", "idle")).stdout).toBe("");
});

test("[HOOK-22] gives at most 16 KiB, oldest first, and says how many more wait", async () => {
  const { key } = await agent();
  const ids: string[] = [];
  for (let index = 1; index <= 4; index++) ids.push(await sendAndOffer(key, `part-${index} ${"<".repeat(1_500)}`));
  const first = contextOf(await deliver("PostToolUse"));
  expect(Buffer.byteLength(first)).toBeLessThanOrEqual(16 * 1024);
  expect(first).toMatch(/part-1[^]*part-2/);
  expect(first).not.toContain("part-3");
  expect(first).toContain("2 more messages wait; call check_messages");
  const second = contextOf(await deliver("PostToolUse"));
  expect(second).toMatch(/part-3[^]*part-4/);
  for (const id of ids) await ada.reaches(id, "surfaced");
  const long = await sendAndOffer(key, "x".repeat(20_000));
  const notice = contextOf(await deliver("PostToolUse"));
  expect(notice).toContain('Too long to be shown here: 1 new message from "ada"');
  expect(notice).toContain("1 more message waits; call check_messages");
  expect((await ada.client.messageStatus(long)).recipients[0]?.state).toBe("offered");
});

function contextOf(run: HookRun): string {
  return (JSON.parse(run.stdout) as { hookSpecificOutput: { additionalContext: string } }).hookSpecificOutput
    .additionalContext;
}

test("[HOOK-23] a hook killed before it could print leaves the message pending", async () => {
  const { key } = await agent();
  const id = await sendAndOffer(key, "not lost");
  // A reader that never reads: the hook cannot flush, is killed, and nothing is confirmed.
  const { connect } = await import("node:net");
  const [name] = registrations();
  const { socketPath } = JSON.parse((await import("node:fs")).readFileSync(join(home, "run", name!), "utf8")) as {
    socketPath: string;
  };
  const socket = connect(socketPath);
  socket.write(`${JSON.stringify({ op: "deliver", event: "PostToolUse" })}\n`);
  const answer = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
  expect(answer).toContain("not lost");
  // While one hook has it, no other gets it.
  expect((await deliver("PostToolUse")).stdout).toBe("");
  socket.destroy();
  const again = await eventually(async () => {
    const { stdout } = await deliver("PostToolUse");
    return stdout === "" ? undefined : stdout;
  });
  expect(again).toContain("not lost");
  await ada.reaches(id, "surfaced");
});

test("[MCP-10] in mode inbox a hook gives each notice once; in mode off nothing", async () => {
  const { mcp, key } = await agent({ PARL_MESSAGE_MODE: "inbox" });
  const id = await sendAndOffer(key, "hidden text");
  const notice = contextOf(await deliver("PostToolUse"));
  expect(notice).toBe('1 new message from "ada" on the Parlatory mesh; call check_messages');
  expect((await deliver("PostToolUse")).stdout).toBe("");
  expect((await ada.client.messageStatus(id)).recipients[0]?.state).toBe("offered");
  expect((await mcp.call("check_messages")).text).toContain("hidden text");
  await mcp.close();
  const off = await agent({ PARL_MESSAGE_MODE: "off", PARL_DISPLAY_NAME: "off" });
  await sendAndOffer(off.key, "silence", "now");
  expect((await deliver("UserPromptSubmit", "working")).stdout).toBe("");
});

test("[HOOK-21] a hook inside a subagent gets nothing: its context is not the session's", async () => {
  const { key } = await agent();
  const id = await sendAndOffer(key, "for the session itself");
  expect((await deliver("PostToolUse", undefined, {}, { agent_id: "sub-1", agent_type: "Explore" })).stdout).toBe("");
  expect((await deliver("PostToolUse")).stdout).toContain("for the session itself");
  await ada.reaches(id, "surfaced");
});

test("[HOOK-21] the socket and its directory are open to this user only and go with the process", async () => {
  const { mcp } = await agent();
  const run = join(home, "run");
  expect(statSync(run).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(run)) expect(statSync(join(run, name)).mode & 0o177).toBe(0);
  await mcp.close();
  expect(readdirSync(run)).toEqual([]);
});

test("[HOOK-21] works where PARL_HOME is too long for the path of a socket", async () => {
  const long = join(home, "d".repeat(120));
  mkdirSync(long);
  world.writeConfig(long, [world.entry("grace")]);
  home = long;
  const { key } = await agent({ TMPDIR: world.root });
  await sendAndOffer(key, "far away");
  expect((await deliver("PostToolUse")).stdout).toContain("far away");
});

test("[HOOK-20] [HOOK-5] the broker applies a posted status to the session of the token, from any directory", async () => {
  await agent();
  expect((await hook(["working"], { cwd: "/somewhere/else" })).stdout).toBe("");
  expect(await statusOf("agent")).toEqual(["working", "hook"]);
  await hook(["dnd"], {}, { PARL_HOOK_TOKEN: "x".repeat(43) });
  expect(await statusOf("agent")).toEqual(["working", "hook"]);
});

test("[HOOK-20] posts the status to each distinct broker, prints nothing, exits 0 with some of them gone", async () => {
  const posts: { url: string | undefined; body: Record<string, unknown> }[] = [];
  const broker = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      posts.push({ url: request.url, body: JSON.parse(body) as Record<string, unknown> });
      response.end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => broker.listen(0, "127.0.0.1", resolve));
  const url = `ws://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  const entry = world.entry("grace");
  world.writeConfig(home, [
    { ...entry, brokerUrl: `${url}/ws` },
    { ...entry, meshId: "mesh-b", slug: "b", brokerUrl: `${url}/ws` },
    { ...entry, meshId: "mesh-c", slug: "c", brokerUrl: "ws://127.0.0.1:9/ws" },
  ]);
  const quiet = { stdout: "", stderr: "", code: 0 };
  expect(await hook(["working"], { session_id: "s-7", cwd: "/somewhere" })).toMatchObject(quiet);
  expect(posts).toEqual([
    {
      url: "/hook/set-status",
      body: { cwd: "/somewhere", status: "working", pid: process.pid, session_id: "s-7", token: TOKEN },
    },
  ]);
  expect(
    await hook(["dnd"], "nonsense", {
      CLAUDE_PROJECT_DIR: "/project",
      PARL_HOOK_TOKEN: "",
      PARL_OUTPUT_FORMAT: "json",
    }),
  ).toMatchObject(quiet);
  expect(posts[1]?.body).toEqual({ cwd: "/project", status: "dnd", pid: process.pid });
  const asked = await hook(["idle", "--output-format", "json"], {});
  expect(JSON.parse(asked.stdout)).toMatchObject({
    command: "hook idle",
    exit_code: 0,
    status: "idle",
    brokers: 2,
    answered: 1,
  });
  await new Promise((resolve) => broker.close(resolve));
  expect(await hook(["idle"], {}, { PARL_HOME: join(home, "nowhere") })).toMatchObject(quiet);
});
