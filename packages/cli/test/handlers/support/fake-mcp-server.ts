/**
 * Run as a program: an MCP server on stdio whose tools misbehave on demand. The first argument, if any, is a file that gets
 * its pid and that of a child in a session of its own.
 */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { Server, type CallToolResult } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const [, , pidFile] = process.argv;
if (pidFile !== undefined) {
  const forEver = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
  const child = spawn(process.execPath, ["-e", forEver], { detached: true, stdio: "ignore" });
  child.unref();
  writeFileSync(pidFile, `${process.pid} ${child.pid ?? 0}`);
}
if (process.env["FAKE_GREETING"] !== undefined) process.stdout.write("Welcome to the fake server!\n");
process.stderr.write("fake server starts\n");
if (process.env["FAKE_CRASH"] === "start") {
  process.stderr.write("cannot find its own head\n");
  process.exit(9);
}

const text = (said: string, rest: Partial<CallToolResult> = {}): CallToolResult => ({
  content: [{ type: "text", text: said }],
  ...rest,
});
const tools: Readonly<Record<string, (args: unknown) => CallToolResult | Promise<CallToolResult>>> = {
  echo: (args) => text(JSON.stringify(args)),
  environment: () => text(`${process.env["FAKE_VALUE"] ?? "unset"} ${process.cwd()}`),
  fail: () => text("the tool says no", { isError: true }),
  picture: () => ({
    content: [
      { type: "text", text: "look:" },
      { type: "image", data: "aGk=", mimeType: "image/png" },
    ],
  }),
  large: () => text("x".repeat(2 * 2 ** 20)),
  hang: () => new Promise(() => undefined),
  crash: () => {
    process.stderr.write("last words\n");
    process.exit(7);
  },
};

const server = new Server({ name: "fake", version: "1.0.0" }, { capabilities: { tools: {} } });
server.setRequestHandler("tools/list", () => ({
  tools: Object.keys(tools).map((name) => ({ name, inputSchema: { type: "object" as const } })),
}));
server.setRequestHandler("tools/call", async ({ params }) => {
  const run = tools[params.name];
  if (run === undefined) throw new Error(`no tool is called ${params.name}`);
  return run(params.arguments);
});
await server.connect(new StdioServerTransport());
