/** Commands over the inventory: shown, listed, routed, run. */
import { fails, prints, succeeds, type OutcomeCase } from "../outcome-case.ts";
import { withoutCounts } from "../placeholders.ts";
import { withInventory } from "../world/fixtures.ts";
import type { World } from "../world/world.ts";

/** A call with the rows of [RTE-7]. */
const mirrored = (positionals: readonly string[] = [], ...options: string[]) => {
  return (world: World) => {
    const place = world.place();
    return { place, positionals, options: [...withInventory(place), ...options] };
  };
};
/** A call with the rows that are really there. */
const own = (positionals: readonly string[], ...options: string[]) => {
  return (world: World) => ({ place: world.place(), positionals, options });
};
const noInventory = (positionals: readonly string[] = []) => own(positionals, "--inventory", "nowhere");

const notUtf8 = Buffer.from([0xff, 0xfe, 0x41]);

export const inventoryCases: readonly OutcomeCase[] = [
  succeeds("show-command", "success", own(["VERSION"])),
  succeeds("show-command", "mirrored", mirrored(["Review"])),
  fails("show-command", "command_not_found", own(["nosuch"]), { branches: ["not_found"] }),
  fails("show-command", "invalid_inventory", noInventory(["review"])),

  succeeds("show-tool", "success", own(["bashtool"])),
  succeeds("show-tool", "mirrored", mirrored(["MCPTool"])),
  fails("show-tool", "tool_not_found", own(["nosuch"]), { branches: ["not_found"] }),
  fails("show-tool", "invalid_inventory", noInventory(["BashTool"])),

  succeeds("route", "success", mirrored(["review MCP tool"])),
  succeeds("route", "nothing", mirrored(["hello"])),
  succeeds("route", "clamped", mirrored(["review"], "--limit", "-1")),
  fails("route", "invalid_inventory", noInventory(["review"])),
  fails("route", "invalid_input", (world) => ({ place: world.place(), positionals: ["-"], input: notUtf8 })),

  succeeds("command-graph", "success", mirrored()),
  fails("command-graph", "invalid_inventory", noInventory()),
  succeeds("tool-pool", "success", mirrored()),
  fails("tool-pool", "invalid_inventory", noInventory()),

  succeeds("exec-command", "success", own(["version", ""])),
  succeeds("exec-command", "mirrored", mirrored(["review", "it's here"])),
  fails("exec-command", "command_not_found", own(["nosuch", "a prompt"]), { branches: ["not_found"] }),
  fails("exec-command", "permission_denied", own(["exec-tool", "a b"])),
  fails("exec-command", "invalid_payload", own(["version", "an 'open quote"])),
  fails("exec-command", "invalid_input", (world) => ({
    place: world.place(),
    positionals: ["version", "-"],
    input: notUtf8,
  })),
  fails("exec-command", "invalid_inventory", noInventory(["review", ""])),
  fails("exec-command", "invalid_working_directory", own(["version", ""], "--working-directory", "nowhere")),
  fails("exec-command", "execution_failed", own(["version", "surplus"])),
  fails("exec-command", "execution_timeout", own(["version", ""], "--timeout-seconds", "0"), { status: 2 }),

  succeeds("exec-tool", "success", own(["BashTool", "echo hello"], "--allow-tool", "BashTool")),
  succeeds("exec-tool", "mirrored", mirrored(["MCPTool", '{"a":1}'])),
  fails("exec-tool", "tool_not_found", own(["nosuch", "{}"]), { branches: ["not_found"] }),
  fails("exec-tool", "permission_denied", own(["BashTool", "echo hello"])),
  fails("exec-tool", "invalid_payload", own(["list_peers", "no object"])),
  fails("exec-tool", "invalid_input", (world) => ({
    place: world.place(),
    positionals: ["BashTool", "-"],
    input: notUtf8,
  })),
  fails("exec-tool", "invalid_inventory", noInventory(["BashTool", ""])),
  fails("exec-tool", "invalid_working_directory", own(["BashTool", "x"], "--working-directory", "nowhere")),
  fails("exec-tool", "execution_failed", own(["BashTool", "echo broken; exit 3"], "--allow-tool", "BashTool")),
  fails(
    "exec-tool",
    "execution_timeout",
    own(["BashTool", "sleep 60"], "--allow-tool", "BashTool", "--timeout-seconds", "0.2"),
    { status: 2 },
  ),
  fails("exec-tool", "mcp_failed", (world) => {
    const place = world.place();
    place.write(".mcp.json", JSON.stringify({ mcpServers: { docs: { command: "/nonexistent/server" } } }));
    const options = ["--allow-tool", "MCPTool:docs"];
    return { place, positionals: ["MCPTool:docs", '{"tool":"search","arguments":{}}'], options };
  }),

  prints("commands", "success", mirrored()),
  prints("commands", "filtered", mirrored([], "--query", "REVIEW")),
  fails("commands", "invalid_inventory", noInventory(), { branches: [] }),
  prints("tools", "success", mirrored()),
  prints("tools", "filtered", mirrored([], "--no-mcp", "--deny-tool", "bashtool")),
  fails("tools", "invalid_inventory", noInventory(), { branches: [] }),
  prints("summary", "success", mirrored(), { steady: withoutCounts }),
  fails("summary", "invalid_inventory", noInventory(), { branches: [] }),
];
