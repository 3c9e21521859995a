import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { agentProgram } from "./agent-program.ts";

const inspector = agentProgram("PARL_TEST_INSPECTOR", "mcp-inspector");
const parl = fileURLToPath(new URL("../packages/cli/bin/parl.mjs", import.meta.url));
const toolNames = [
  ...["send_message", "check_messages", "list_peers", "set_summary", "set_status", "join_group", "leave_group"],
  ...["get_state", "set_state", "list_state", "watch_state", "remember", "recall", "forget", "message_status"],
];
let home: string;

beforeEach(({ skip }) => {
  skip(inspector === undefined, "the MCP Inspector is not installed");
  home = mkdtempSync(join(tmpdir(), "parl-inspector-"));
});
afterEach(() => {
  if (home !== undefined) rmSync(home, { recursive: true, force: true });
});

/** What the Inspector's command line prints about `parl mcp`. */
function inspect(...args: string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, PARL_HOME: join(home, "parl") };
    execFile(inspector ?? "", ["--cli", process.execPath, parl, "mcp", ...args], { env }, (failure, stdout, stderr) => {
      if (failure === null) resolve(JSON.parse(stdout));
      else reject(new Error(`${failure.message}\n${stdout}\n${stderr}`));
    });
  });
}

test("[MCP-2] the official Inspector lists exactly the 15 tools, within 2,500 tokens", async () => {
  const { tools } = (await inspect("--method", "tools/list")) as { tools: { name: string }[] };
  expect(tools.map((tool) => tool.name)).toEqual(toolNames);
  expect(tools).toHaveLength(15);
  const bytes = Buffer.byteLength(JSON.stringify(tools));
  console.log(
    `the ${tools.length} tools take ${bytes} bytes of compact JSON, about ${Math.ceil(bytes / 4)} tokens: ${toolNames.join(", ")}`,
  );
  expect(bytes).toBeLessThanOrEqual(10_000);
});

test("[MCP-4] the official Inspector calls a tool and gets the error with its next step", async () => {
  const result = await inspect("--method", "tools/call", "--tool-name", "list_peers").catch(
    (failure: Error) => failure.message,
  );
  expect(JSON.stringify(result)).toContain("not_joined");
  expect(JSON.stringify(result)).toContain("parl join");
});
