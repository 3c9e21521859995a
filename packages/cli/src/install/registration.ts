/**
 * What `parl install` writes into the two files of Claude Code, as text in and text out [CLI-8]. It must not know where the
 * files are or how they are written.
 */
import { appendAt, removeAt, setAt } from "./edit-json.ts";

export const serverName = "parlatory";
/** Whatever contains this is ours to remove [CLI-8]. */
const hookMark = "parl hook ";
/** Ours to bring up to date: what `install` itself registers, at whatever path `parl` was then. */
const deliverMark = "parl hook deliver";

/** [MCP-14] */
const hookArguments = {
  UserPromptSubmit: "hook deliver --status working",
  PostToolUse: "hook deliver",
  Stop: "hook deliver --status idle",
} as const;

export interface McpEntry {
  readonly type: "stdio";
  readonly command: string;
  readonly args: readonly string[];
}

export interface HookCommand {
  readonly type: "command";
  readonly command: string;
}

/** A file that parses but holds something else where entries belong; the message names the place. */
export class UnexpectedShapeError extends Error {
  override readonly name = "UnexpectedShapeError";
}

export function mcpEntry(parl: string): McpEntry {
  return { type: "stdio", command: parl, args: ["mcp"] };
}

/** The hooks by event, each as one matcher group; `parl` is the absolute path of the program. */
export function hookGroups(parl: string): Record<string, { hooks: HookCommand[] }[]> {
  return Object.fromEntries(
    Object.entries(hookCommands(parl)).map(([event, command]) => [event, [{ hooks: [{ type: "command", command }] }]]),
  );
}

function hookCommands(parl: string): Record<string, string> {
  const program = escapeForShell(parl);
  return Object.fromEntries(Object.entries(hookArguments).map(([event, rest]) => [event, `${program} ${rest}`]));
}

/** With backslashes and not quotes, so that the text still contains `parl hook `. */
function escapeForShell(path: string): string {
  return path.replaceAll(/[^\w/.,:@%+=\u0080-\u{10ffff}-]/gu, "\\$&");
}

/** `.claude.json` with our server in `mcpServers`; other keys of an entry of that name stay. */
export function addMcpServer(text: string, parl: string): string {
  const servers = objectAt(parseObject(text), "mcpServers");
  const entry = servers === undefined ? undefined : objectAt(servers, serverName);
  const wanted = mcpEntry(parl);
  if (entry === undefined) return setAt(text, ["mcpServers", serverName], wanted);
  let result = text;
  for (const [key, value] of Object.entries(wanted)) {
    if (JSON.stringify(entry[key]) !== JSON.stringify(value)) {
      result = setAt(result, ["mcpServers", serverName, key], value);
    }
  }
  return result;
}

export function removeMcpServer(text: string): string {
  const servers = objectAt(parseObject(text), "mcpServers");
  if (servers === undefined || !Object.hasOwn(servers, serverName)) return text;
  return removeAt(text, Object.keys(servers).length === 1 ? ["mcpServers"] : ["mcpServers", serverName]);
}

export function hasMcpServer(text: string): boolean {
  const servers = objectAt(parseObject(text), "mcpServers");
  return servers !== undefined && Object.hasOwn(servers, serverName);
}

/** `settings.json` with our hook in each event, once; one that an earlier installation left is brought up to date. */
export function addHooks(text: string, parl: string): string {
  let result = text;
  for (const [event, command] of Object.entries(hookCommands(parl))) {
    const found = hooksOf(result, event);
    if (found.some((hook) => hook.command === command)) continue;
    const outdated = found.find((hook) => hook.command.includes(deliverMark));
    const group = { hooks: [{ type: "command", command }] };
    if (outdated !== undefined) result = setAt(result, [...outdated.path, "command"], command);
    else if (arrayAt(result, event) === undefined) result = setAt(result, ["hooks", event], [group]);
    else result = appendAt(result, ["hooks", event], group);
  }
  return result;
}

/** Without every hook whose command contains `parl hook `, and without the groups and event keys that this empties. */
export function removeHooks(text: string): string {
  let result = text;
  for (const event of Object.keys(hooksObject(result) ?? {})) {
    const ours = hooksOf(result, event).filter((hook) => hook.command.includes(hookMark));
    if (ours.length === 0) continue;
    for (const hook of ours.toReversed()) result = removeAt(result, hook.path);
    const touched = new Set(ours.map((hook) => hook.path[2]));
    for (const group of [...touched].toReversed()) {
      if (hooksInGroup(result, event, group) === 0) result = removeAt(result, ["hooks", event, group]);
    }
    if (arrayAt(result, event)?.length === 0) result = removeAt(result, ["hooks", event]);
    if (Object.keys(hooksObject(result) ?? {}).length === 0) result = removeAt(result, ["hooks"]);
  }
  return result;
}

export function hasHooks(text: string): boolean {
  return Object.keys(hooksObject(text) ?? {}).some((event) =>
    hooksOf(text, event).some((hook) => hook.command.includes(hookMark)),
  );
}

type JsonObject = Readonly<Record<string, unknown>>;
type HookPath = readonly ["hooks", string, number, "hooks", number];

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new UnexpectedShapeError("the file should hold one object");
  return value;
}

function objectAt(parent: JsonObject, key: string): JsonObject | undefined {
  if (!Object.hasOwn(parent, key)) return undefined;
  const value = parent[key];
  if (!isObject(value)) throw new UnexpectedShapeError(`'${key}' should be an object`);
  return value;
}

function hooksObject(text: string): JsonObject | undefined {
  return objectAt(parseObject(text), "hooks");
}

function arrayAt(text: string, event: string): readonly unknown[] | undefined {
  const hooks = hooksObject(text);
  if (hooks === undefined || !Object.hasOwn(hooks, event)) return undefined;
  const groups = hooks[event];
  if (!Array.isArray(groups)) throw new UnexpectedShapeError(`'hooks.${event}' should be an array`);
  return groups as unknown[];
}

/** Every command hook of an event; what is no command of a group is not looked at and stays. */
function hooksOf(text: string, event: string): { path: HookPath; command: string }[] {
  return (arrayAt(text, event) ?? []).flatMap((group, groupIndex) => {
    const hooks = isObject(group) ? group["hooks"] : undefined;
    if (!Array.isArray(hooks)) return [];
    return (hooks as unknown[]).flatMap((hook, hookIndex) => {
      const command = isObject(hook) ? hook["command"] : undefined;
      const path: HookPath = ["hooks", event, groupIndex, "hooks", hookIndex];
      return typeof command === "string" ? [{ path, command }] : [];
    });
  });
}

function hooksInGroup(text: string, event: string, groupIndex: number): number | undefined {
  const group = arrayAt(text, event)?.[groupIndex];
  const hooks = isObject(group) ? group["hooks"] : undefined;
  return Array.isArray(hooks) ? hooks.length : undefined;
}
