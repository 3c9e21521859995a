import { afterAll, describe, expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { run } from "../support/run-in-process.ts";
import { MeshHome } from "./support/mesh-home.ts";

const home = new MeshHome();
afterAll(() => home.remove());

describe("version and help", () => {
  test("[CLI-22] `version`, `-v` and `--version` print the same line, and an object in json mode", async () => {
    const { stdout } = await home.run(["version"]);
    expect(stdout).toMatch(/^parl \d+\.\d+\.\d+\n$/);
    for (const word of ["-v", "--version"]) {
      expect(await home.run([word])).toEqual({ status: 0, stdout, stderr: "" });
    }
    expect(await home.json(["version"])).toMatchObject({ name: "parl", version: stdout.trim().slice(5) });
  });

  test("[CLI-22] `help`, `-h` and `--help` explain the program and name every command of the mesh half", async () => {
    const { stdout } = await home.run(["help"]);
    for (const word of ["-h", "--help"]) expect(await home.run([word])).toEqual({ status: 0, stdout, stderr: "" });
    for (const name of ["hook", "mcp", "version", "help", "peers", "launch", "up"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
    }
  });

  test("[CLI-22] each of these commands has help, by `help X`, `X -h` and `X --help` alike", async () => {
    const topics = [["hook"], ["hook", "idle"], ["hook", "working"], ["hook", "dnd"], ["hook", "deliver"]];
    topics.push(["mcp"], ["version"], ["help"], ["peers"], ["state", "get"]);
    for (const topic of topics) {
      const { stdout, status } = await run(["help", ...topic], { table: commandTable });
      expect({ topic, status }).toEqual({ topic, status: 0 });
      expect(stdout).toContain(`usage: parl ${topic.join(" ")}`);
      for (const flag of ["-h", "--help"]) {
        expect((await run([...topic, flag], { table: commandTable })).stdout).toBe(stdout);
      }
    }
  });

  test("[CLI-22] help for what is no command is a usage error", async () => {
    const { status, stdout, stderr } = await home.run(["help", "nosuch"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("'nosuch'");
  });
});

describe("hook and mcp", () => {
  test("[CLI-22] [HOOK-20] every hook ends 0 without a word, with nothing joined, bad input and no server", async () => {
    for (const args of [["idle"], ["working"], ["dnd"], ["deliver"], ["deliver", "--status", "idle"]]) {
      for (const input of ["", "no json", JSON.stringify({ cwd: "/nowhere", hook_event_name: "Stop" })]) {
        expect(await home.run(["hook", ...args], { input })).toEqual({ status: 0, stdout: "", stderr: "" });
      }
    }
  });

  test("[CLI-22] [MCP-1] `mcp` speaks JSON-RPC on stdout and nothing else, and ends with its input", async () => {
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "test", version: "1" } };
    const input = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params })}\n`;
    const { status, stdout } = await home.run(["mcp"], { input });
    expect(status).toBe(0);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ jsonrpc: "2.0", id: 1, result: { serverInfo: { name: "parlatory" } } });
  });
});
