import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { livingProcesses } from "../handlers/support/living-processes.ts";
import { MeshHome, errorOf, type Envelope } from "./support/mesh-home.ts";

const fakeServer = fileURLToPath(new URL("../handlers/support/fake-mcp-server.ts", import.meta.url));
const home = new MeshHome();
let http: Server;
/** What the server on http was sent. */
const requests: { method: string | undefined; key: string | undefined; rpc: string }[] = [];

/** The least of Streamable HTTP: one JSON answer for each request. */
function startHttpServer(): Promise<Server> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const message = (body === "" ? {} : JSON.parse(body)) as { id?: number; method?: string; params?: unknown };
      requests.push({ method: request.method, key: request.headers["x-key"]?.toString(), rpc: message.method ?? "" });
      if (request.method !== "POST") return response.writeHead(405).end();
      if (message.id === undefined) return response.writeHead(202).end();
      const result =
        message.method === "initialize"
          ? { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo: { name: "web", version: "1" } }
          : { content: [{ type: "text", text: JSON.stringify(message.params) }] };
      const unknown = { code: -32_601, message: "Method not found" };
      const isKnown = message.method === "initialize" || message.method === "tools/call";
      const answer = { jsonrpc: "2.0", id: message.id, ...(isKnown ? { result } : { error: unknown }) };
      return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

beforeAll(async () => {
  http = await startHttpServer();
  const fake = { command: process.execPath, args: [fakeServer] };
  const { port } = http.address() as AddressInfo;
  writeFileSync(
    home.path(".mcp.json"),
    JSON.stringify({
      mcpServers: {
        fake: { ...fake, env: { FAKE_VALUE: "${USER}-${NOT_SET:-fallback}", FAKE_GREETING: "1" } },
        crashing: { ...fake, env: { FAKE_CRASH: "start" } },
        family: { ...fake, args: [fakeServer, "pids"] },
        absent: { command: "parl-no-such-server" },
        silent: { command: "sleep", args: ["60"] },
        broken: { command: "${NOT_SET}" },
        web: { type: "http", url: `http://127.0.0.1:${port}/mcp`, headers: { "X-Key": "${USER}" } },
        gone: { type: "http", url: "http://127.0.0.1:1/mcp" },
      },
    }),
  );
});
afterAll(async () => {
  http.closeAllConnections();
  http.close();
  await home.remove();
});

function keysOf(envelope: Envelope): string[] {
  return Object.keys(envelope).slice(5);
}

function executionOf(envelope: Envelope): {
  exit_code: number | null;
  duration_ms: number;
  output: string;
  truncated: boolean;
} {
  return envelope["execution"] as ReturnType<typeof executionOf>;
}

function bash(payload: string, ...rest: readonly string[]): string[] {
  return ["exec-tool", "BashTool", payload, "--allow-tool", "BashTool", ...rest];
}

function mcp(server: string, tool: string, args: object = {}, ...rest: readonly string[]): string[] {
  const payload = JSON.stringify({ server, tool, arguments: args });
  return ["exec-tool", "MCPTool", payload, "--allow-tool", "MCPTool", ...rest];
}

describe("permission", () => {
  test.each([
    ["BashTool", "touch ran", []],
    ["MCPTool", '{"server": "fake", "tool": "echo"}', []],
    ["MCPTool:fake", '{"tool": "echo"}', ["--allow-tool", "MCPTool", "--allow-tool", "BashTool"]],
    ["BashTool", "touch ran", ["--allow-tool", "Bash", "--allow-tool", "BashTools"]],
  ])("[ROW-9] %s is refused unless its exact name is allowed (%#)", async (name, payload, allow) => {
    const envelope = await home.failure(["exec-tool", name, payload, ...allow], "permission_denied");
    expect(keysOf(envelope)).toEqual([
      "name",
      "payload",
      "source_hint",
      "handled",
      "found",
      "permission_denials",
      "error",
    ]);
    expect(envelope).toMatchObject({ name, payload, handled: false, permission_denials: [{ tool_name: name }] });
    expect(errorOf(envelope)).toMatchObject({ operation: "exec_tool", category: "policy", target: name });
    expect(errorOf(envelope)["hint"]).toContain(`--allow-tool ${name}`);
    expect(existsSync(home.path("ran"))).toBe(false);
  });

  test("[ROW-9] [CMD-exec-command-2] in text mode a refusal is an error on stdout; an allowed name counts in any case", async () => {
    const refused = await home.run(["exec-tool", "bashtool", "echo hi"]);
    expect(refused.stdout).toMatch(/^error: tool 'BashTool' is refused: .*\n$/u);
    expect(refused).toMatchObject({ status: 1, stderr: "" });
    const allowed = await home.run(["exec-tool", "bashtool", "echo hi", "--allow-tool", "BASHTOOL"]);
    expect(allowed.stdout).toMatch(
      /^Executed tool 'BashTool' from tools\/BashTool\/run-command \(exit 0, \d+ ms\)\nhi\n$/u,
    );
    expect(allowed).toMatchObject({ status: 0, stderr: "" });
  });

  test("[ROW-9] [CMD-exec-tool-1] a mirrored tool is never refused, and its payload is not looked at", async () => {
    mkdirSync(home.path("external"));
    writeFileSync(home.path("external/commands.json"), "[]");
    const row = { name: "BashTool", source_hint: "tools/BashTool/run", responsibility: "Runs a shell line" };
    writeFileSync(home.path("external/tools.json"), JSON.stringify([row]));
    const envelope = await home.json(["exec-tool", "bashTOOL", "{broken", "--inventory", "external"]);
    expect(keysOf(envelope)).toEqual(["name", "payload", "source_hint", "handled", "message", "found"]);
    expect(envelope["message"]).toBe(
      "Mirrored tool 'BashTool' from tools/BashTool/run would handle payload '{broken'.",
    );
  });

  test("[ERR-5] an unknown tool is not found", async () => {
    const envelope = await home.failure(["exec-tool", "Nope", "x"], "tool_not_found");
    expect(keysOf(envelope)).toEqual(["name", "found", "payload", "handled", "error"]);
    expect(errorOf(envelope)["message"]).toBe("Unknown mirrored tool: Nope");
    expect((await home.run(["exec-tool", "Nope", "x"])).stdout).toBe("Unknown mirrored tool: Nope\n");
  });
});

describe("BashTool", () => {
  test("[CMD-exec-tool-1] runs a plain line or the command of an object by the system's shell", async () => {
    const plain = await home.json(bash("echo $((6 * 7)) | tr 2 3; pwd -P"));
    expect(executionOf(plain).output).toMatch(/^43\n\/.*\n$/u);
    const object = await home.json(bash('{"command": "printf %s ünï >&2; exit 0"}'));
    expect(executionOf(object)).toMatchObject({ exit_code: 0, output: "ünï", truncated: false });
    const dashed = await home.json([
      "exec-tool",
      "--allow-tool",
      "BashTool",
      "BashTool",
      " -x || echo taken as a line",
    ]);
    expect(executionOf(dashed).output).toContain("taken as a line\n");
  });

  test("[FI-6] [FI-7] a payload from stdin is echoed verbatim", async () => {
    const payload = "echo 'é \u2028 😀'\n# " + "x".repeat(50_000);
    const envelope = await home.json(bash("-"), { input: `${payload}\n` });
    expect(envelope["payload"]).toBe(payload);
    expect(executionOf(envelope).output).toBe("é \u2028 😀\n");
  });

  test("[CMD-exec-command-3] its exit code and the signal that ended it are told", async () => {
    const failed = await home.failure(bash("echo oops; exit 5"), "execution_failed");
    expect(executionOf(failed)).toMatchObject({ exit_code: 5, output: "oops\n" });
    const killed = await home.failure(bash("kill -SEGV $$"), "execution_failed");
    expect(executionOf(killed).exit_code).toBeNull();
    expect(errorOf(killed)["message"]).toContain("SIGSEGV");
  });

  test("[CMD-exec-tool-1] a payload too long for a command line is invalid, not a failure", async () => {
    const envelope = await home.failure(bash("-"), "invalid_payload", { input: `: ${"x".repeat(200_000)}` });
    expect(errorOf(envelope)["retryable"]).toBe(false);
  });

  test("[CMD-exec-command-6] [CMD-exec-command-2] at the limit everything is ended and what was written is there", async () => {
    const envelope = await home.json(bash("echo begun; sleep 60 & echo $!; wait", "--timeout-seconds", "1.5"));
    expect(envelope["exit_code"]).toBe(2);
    expect(errorOf(envelope)["kind"]).toBe("execution_timeout");
    const { exit_code: exitCode, output } = executionOf(envelope);
    expect({ exitCode, lines: output.split("\n").length, first: output.split("\n")[0] }).toEqual({
      exitCode: null,
      lines: 3,
      first: "begun",
    });
    expect(await livingProcesses([Number(output.split("\n")[1])])).toEqual([]);
  });
});

describe("MCPTool", () => {
  test("[CMD-exec-tool-1] calls a tool of a server on stdio, with the environment its entry gives it", async () => {
    const args = { text: "héllo", n: [1, null] };
    const envelope = await home.json(mcp("fake", "echo", args));
    expect(executionOf(envelope)).toMatchObject({ exit_code: 0, output: JSON.stringify(args), truncated: false });
    expect(envelope["source_hint"]).toBe("tools/MCPTool/call");
    const environment = await home.json([
      "exec-tool",
      "mcptool:FAKE",
      '{"tool": "environment"}',
      "--allow-tool",
      "MCPTool:fake",
    ]);
    expect(environment["name"]).toBe("MCPTool:fake");
    expect(executionOf(environment).output).toMatch(/^tester-fallback \/.+/u);
  });

  test("[CMD-exec-tool-1] what is no text is given as JSON; a long answer is bounded", async () => {
    const picture = executionOf(await home.json(mcp("fake", "picture"))).output;
    expect(picture).toBe('look:\n{"type":"image","data":"aGk=","mimeType":"image/png"}');
    expect(executionOf(await home.json(mcp("fake", "large"))).truncated).toBe(true);
  });

  test("[CMD-exec-tool-1] calls a server on http, with the headers its entry gives it", async () => {
    const envelope = await home.json(mcp("web", "search", { q: 1 }));
    expect(JSON.parse(executionOf(envelope).output)).toMatchObject({ name: "search", arguments: { q: 1 } });
    expect(requests.filter(({ rpc }) => rpc === "tools/call")).toEqual([
      { method: "POST", key: "tester", rpc: "tools/call" },
    ]);
  });

  test("[CMD-exec-command-3] a tool that says it failed, and one that is not there, are execution_failed", async () => {
    const failed = await home.failure(mcp("fake", "fail"), "execution_failed");
    expect(executionOf(failed)).toMatchObject({ exit_code: 1, output: "the tool says no" });
    const unknown = await home.failure(mcp("fake", "nope"), "execution_failed");
    expect(executionOf(unknown).output).toContain("no tool is called nope");
  });

  test.each([
    ["crashing", "echo", "exit code 9 before it answered: cannot find its own head"],
    ["fake", "crash", "exit code 7 before it answered: last words"],
    ["absent", "echo", "its program 'parl-no-such-server' cannot be started: there is no such program on PATH"],
    ["broken", "echo", "needs the environment variable NOT_SET"],
    ["gone", "echo", ""],
  ])(
    "[CMD-exec-command-3] [ERR-3] a server that does not start or answer is mcp_failed: %s, %s",
    async (server, tool, reason) => {
      const envelope = await home.failure(mcp(server, tool), "mcp_failed");
      expect(keysOf(envelope)).toEqual([
        "name",
        "payload",
        "source_hint",
        "handled",
        "message",
        "found",
        "execution",
        "run_id",
        "error",
      ]);
      expect(errorOf(envelope)).toMatchObject({
        category: "mcp",
        operation: "call_tool",
        retryable: true,
        target: server,
      });
      expect(errorOf(envelope)["message"]).toContain(reason);
      expect(errorOf(envelope)["message"]).not.toMatch(/\bat .*:\d+|[A-Z]\w+Error\b/u);
      expect(executionOf(envelope).exit_code).toBeNull();
    },
  );

  test("[CMD-exec-tool-1] a server that no entry names is an invalid payload", async () => {
    const envelope = await home.failure(mcp("nope", "echo"), "invalid_payload");
    expect(errorOf(envelope)["message"]).toContain("has no entry 'nope'");
  });

  test.each([
    ["silent", "echo"],
    ["fake", "hang"],
  ])("[CMD-exec-command-6] the limit holds for a server that never answers: %s, %s", async (server, tool) => {
    const envelope = await home.json(mcp(server, tool, {}, "--timeout-seconds", "2"));
    expect(envelope["exit_code"]).toBe(2);
    expect(errorOf(envelope)["kind"]).toBe("execution_timeout");
  });

  test.each(["echo", "hang"])("[CAN-3] no process of a server is left after %s", async (tool) => {
    await home.run(mcp("family", tool, {}, "--timeout-seconds", "3"));
    const pids = readFileSync(home.path("pids"), "utf8").split(" ").map(Number);
    expect(pids).toHaveLength(2);
    expect(await livingProcesses(pids)).toEqual([]);
  });

  test("[ENV-6] what a server says beside its answers goes to the log", async () => {
    const { stderr } = await home.run(mcp("fake", "echo"));
    expect(stderr).toBe("");
    mkdirSync(home.home, { recursive: true });
    await home.run(mcp("fake", "echo"));
    const log = readFileSync(join(home.home, "logs/cli.log"), "utf8");
    expect(log).toContain("MCP server 'fake': fake server starts");
    expect(log).toContain("Welcome to the fake server!");
  });
});

describe("tools of the mesh", () => {
  test("[CMD-exec-tool-1] [ROW-9] are called without permission, with a JSON object, and refuse anything else", async () => {
    const alone = await home.failure(["exec-tool", "get_state", '{"key": "k"}'], "execution_failed");
    expect(executionOf(alone).output).toContain("not_joined: no mesh is joined");
    await home.failure(["exec-tool", "get_state", "k"], "invalid_payload");
    await home.json(["up"]);
    const written = await home.json(["exec-tool", "set_state", '{"key": "k", "value": {"a": 1}}']);
    expect(executionOf(written)).toMatchObject({ exit_code: 0, output: '"k" written, version 1' });
    expect(await home.json(["state", "get", "k"])).toMatchObject({ value: { a: 1 } });
    expect(written["source_hint"]).toBe("tools/mesh/set_state");
  });

  test("[CMD-exec-tool-1] are called as a session of their own, not as that of an agent that runs this", async () => {
    await home.json(["up"]);
    const agent = { CLAUDE_CODE_SESSION_ID: "11111111-2222-4333-8444-555555555555", PARL_DISPLAY_NAME: "Agent" };
    const mcpChild = home.start(["mcp"], { env: agent });
    let said = "";
    mcpChild.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const initialize = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    };
    mcpChild.stdin.write(`${JSON.stringify(initialize)}\n`);
    const peers = async (): Promise<string> => (await home.run(["peers"])).stdout;
    await expect.poll(peers, { timeout: 15_000 }).toContain("Agent");
    const listed = await home.json(["exec-tool", "list_peers", "{}"], { env: agent });
    expect(executionOf(listed).output).toContain("Agent");
    expect(await peers()).toContain("Agent");
    expect(said).not.toContain("replaced");
    const ended = new Promise((resolve) => mcpChild.once("close", resolve));
    mcpChild.stdin.end();
    await ended;
  });
});
