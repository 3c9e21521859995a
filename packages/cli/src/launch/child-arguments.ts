import { hookGroups, mcpEntry, serverName } from "../install/registration.ts";

export interface ChildArgumentPlan {
  /** What the user wrote for the agent; goes on unchanged and in one piece [CLI-33]. */
  readonly given: readonly string[];
  readonly channel: boolean;
  /** Server and hooks for this session, where `install` has not registered them [CLI-35]; `parl` is the program's path. */
  readonly register: { readonly hooks: boolean; readonly parl: string } | undefined;
}

/** Two of ours take any number of values, so they stand behind what the user gave, where they cannot swallow a prompt. */
export function childArguments({ given, channel, register }: ChildArgumentPlan): string[] {
  const own: string[] = [];
  if (channel) own.push("--dangerously-load-development-channels", `server:${serverName}`);
  if (register !== undefined) {
    own.push("--mcp-config", JSON.stringify({ mcpServers: { [serverName]: mcpEntry(register.parl) } }));
    if (register.hooks) own.push("--settings", JSON.stringify({ hooks: hookGroups(register.parl) }));
  }
  const end = given.indexOf("--");
  return end === -1 ? [...given, ...own] : [...given.slice(0, end), ...own, ...given.slice(end)];
}

/** Whether the user gave the agent settings of their own; a second `--settings` would replace them. */
export function givesSettings(given: readonly string[]): boolean {
  return given.some((argument) => argument === "--settings" || argument.startsWith("--settings="));
}
