/** What the cases of the harness commands put into their places. */
import { mkdirSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Place } from "./place.ts";
import type { World } from "./world.ts";

/** The rows of [RTE-7]: two commands and two tools, all mirrored. */
const commandRows = [
  { name: "review", source_hint: "commands/review/main", responsibility: "Reviews a change" },
  { name: "add-dir", source_hint: "commands/add-dir/main", responsibility: "Adds a directory" },
];
const toolRows = [
  { name: "BashTool", source_hint: "tools/BashTool/run", responsibility: "Runs a shell line" },
  { name: "MCPTool", source_hint: "tools/MCPTool/call", responsibility: "Calls a server tool" },
];

/** The options that make a command use those rows. */
export function withInventory(place: Place): string[] {
  place.write("rows/commands.json", JSON.stringify(commandRows));
  place.write("rows/tools.json", JSON.stringify(toolRows));
  return ["--inventory", "rows"];
}

/** A stored session with so many prompts, in the default directory. */
export function withSession(place: Place, id = "review-1", prompts = 1): void {
  const messages = Array.from({ length: prompts }, () => "hello");
  place.write(
    `.port_sessions/${id}.json`,
    JSON.stringify({ session_id: id, messages, input_tokens: prompts, output_tokens: 11 * prompts }),
  );
}

/** What cannot be a session, at its place. */
export const unusableSessions = {
  truncated: (place: Place) => void place.write(".port_sessions/review-1.json", '{"session_id": "rev'),
  directory: (place: Place) => void place.write(".port_sessions/review-1.json/inner", ""),
  link: (place: Place) => {
    place.write("elsewhere.json", "{}");
    mkdirSync(place.path(".port_sessions"));
    symlinkSync("../elsewhere.json", place.path(".port_sessions/review-1.json"));
  },
} as const;

/** The lock of a writer on another machine, which is never broken [SES-9]. */
export function lockElsewhere(place: Place, id = "review-1"): void {
  const lock = { pid: 4711, started: "1", host: "elsewhere", token: "t", created_at: "2026-01-02T03:04:00Z" };
  place.write(`.port_sessions/.${id}.lock`, JSON.stringify(lock));
}

const agentScript = fileURLToPath(new URL("scripted-agent.mjs", import.meta.url));

/** The option for an agent that behaves so. */
export function withAgent(world: World, behaviour: "answer" | "stall" | "auth" | "rate" | "crash"): string[] {
  world.literals.set(process.execPath, "<NODE>");
  world.literals.set(agentScript, "<AGENT>");
  return ["--agent", `acp:${process.execPath} ${agentScript} ${behaviour}`];
}
