/** What callers give to exec-tool, understood; every other shape is `invalid_payload` [CMD-exec-tool-1]. */
import { CommandError } from "../harness/error.ts";
import { quoteValue } from "../output/escape.ts";

export interface McpToolCall {
  readonly server: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** The command line of `{"command": "…"}`, or of a payload that is no JSON object. */
export function parseShellPayload(name: string, payload: string): string {
  const shape = '{"command": "…"} or a plain command line';
  const object = parseObject(payload);
  if (object !== undefined) rejectOthers(name, shape, object, ["command"]);
  const command = object === undefined ? payload : object["command"];
  if (typeof command !== "string") throw invalidPayload(name, shape, "`command` is not a text");
  if (command.trim() === "") throw invalidPayload(name, shape, "the command line is empty");
  if (command.includes("\0")) throw invalidPayload(name, shape, "it holds a NUL, which no command line can");
  return command;
}

/** `server`: that of the row, for one that names none the payload does. */
export function parseMcpPayload(name: string, payload: string, server: string | undefined): McpToolCall {
  const shape =
    server === undefined ? '{"server": "…", "tool": "…", "arguments": {…}}' : '{"tool": "…", "arguments": {…}}';
  const object = parseObject(payload);
  if (object === undefined) throw invalidPayload(name, shape, "it is not a JSON object");
  rejectOthers(name, shape, object, ["tool", "arguments", ...(server === undefined ? ["server"] : [])]);
  const text = (key: string): string => {
    const value = object[key];
    if (typeof value === "string" && value !== "") return value;
    throw invalidPayload(name, shape, `\`${key}\` is not a text`);
  };
  const { arguments: args = {} } = object;
  if (!isObject(args)) throw invalidPayload(name, shape, "`arguments` is not a JSON object");
  return { server: server ?? text("server"), tool: text("tool"), arguments: args };
}

export function parseObjectPayload(name: string, payload: string): JsonObject {
  const object = parseObject(payload);
  if (object === undefined) throw invalidPayload(name, "{…}, the arguments of the tool", "it is not a JSON object");
  return object;
}

export function invalidPayload(name: string, shape: string, problem: string): CommandError {
  return new CommandError({
    kind: "invalid_payload",
    target: name,
    message: `cannot give this payload to ${quoteValue(name)}: ${problem}; expected ${shape}`,
    hint: `give ${shape}`,
  });
}

function rejectOthers(name: string, shape: string, object: JsonObject, known: readonly string[]): void {
  const others = Object.keys(object).filter((key) => !known.includes(key));
  if (others.length === 0) return;
  throw invalidPayload(name, shape, `it has no use for ${others.slice(0, 3).map(quoteValue).join(", ")}`);
}

function parseObject(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
