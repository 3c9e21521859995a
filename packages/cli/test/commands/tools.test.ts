import { expect, test } from "vitest";
import { createInventory } from "../inventory/support/project.ts";
import { runCommand } from "../inventory/support/run-command.ts";

const names = ["BashTool", "FileReadTool", "FileEditTool", "FileReadToolPlus", "MCPTool", "Web"];
const tools = names.map((name) => ({
  name,
  source_hint: name === "Web" ? "tools/mCp/web" : `tools/${name}`,
  responsibility: "mcp",
}));

/** The count, and the names of the bullets. */
async function list(...options: string[]): Promise<[string, string[]]> {
  const { stdout } = await runCommand(["tools", "--inventory", createInventory({ tools }), ...options]);
  return [
    /^Tool entries: (\d+)\n\n/.exec(stdout)?.[1] ?? stdout,
    [...stdout.matchAll(/^- (\S+) — /gm)].map((found) => found[1] ?? ""),
  ];
}

test("[CMD-tools-1] prints the number of tools and a bullet for each", async () => {
  const { stdout } = await runCommand(["tools", "--limit", "2", "--inventory", createInventory({ tools })]);

  expect(stdout).toBe("Tool entries: 6\n\n- BashTool — tools/BashTool\n- FileReadTool — tools/FileReadTool\n");
  expect(await list()).toEqual(["6", names]);
});

test.each([
  [["--simple-mode"], "3", ["BashTool", "FileReadTool", "FileEditTool"]],
  [["--no-mcp"], "4", ["BashTool", "FileReadTool", "FileEditTool", "FileReadToolPlus"]],
  [
    ["--deny-tool", "filereadtool", "--deny-tool=WEB"],
    "4",
    ["BashTool", "FileEditTool", "FileReadToolPlus", "MCPTool"],
  ],
  [["--deny-prefix", "fileR", "--deny-prefix", "mcp"], "3", ["BashTool", "FileEditTool", "Web"]],
  [["--simple-mode", "--deny-tool", "BashTool", "--query", "read"], "2", ["FileReadTool"]],
  [["--no-mcp", "--deny-prefix", "File", "--limit", "0"], "1", []],
  [["--deny-tool", "File"], "6", names],
])("[CMD-tools-1] [ARG-2] [HCOMPAT-1] %j leaves %s: %j", async (options, count, left) => {
  expect(await list(...options)).toEqual([count, left]);
});

test("[CMD-tools-1] a query is told above the bullets", async () => {
  const { stdout } = await runCommand(["tools", "--query", "BASH"]);

  expect(stdout).toMatch(/^Tool entries: \d+\n\nFiltered by: BASH\n\n- BashTool — tools\/BashTool\/run-command\n$/);
});
