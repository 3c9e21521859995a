/** What commands of the remote have in common; light, because every definition loads it. */
import type { ErrorKind } from "@parlatory/protocol";
import type { PayloadField } from "../harness/command.ts";
import {
  boolean,
  count,
  described,
  integer,
  nullable,
  object,
  oneOf,
  string,
  type JsonSchema,
} from "../harness/json-schema.ts";

export { urlOption } from "../mesh/command-options.ts";

/** Everything that can go wrong before a command of the remote has its answer. */
export const remoteErrorKinds = [
  "server_unreachable",
  "unauthorized",
  "forbidden",
  "bad_request",
  "limit_reached",
  "storage_unavailable",
  "filesystem",
] as const satisfies readonly ErrorKind[];

/** Of the REST interface, by which devices are paired. */
export const deviceErrorKinds = [
  "server_unreachable",
  "unauthorized",
  "forbidden",
  "bad_request",
  "rate_limited",
  "storage_unavailable",
  "filesystem",
] as const satisfies readonly ErrorKind[];

export const sessionPositional = {
  name: "session_id",
  description: "id of the session; `parl sessions list` shows them",
} as const;

export const sessionIdField: PayloadField = {
  name: "session_id",
  schema: string,
  presence: "always",
  description: "id of the session",
  input: "session_id",
};

/** A text that a session or a command has; it is the user's own. */
export const sessionStates = ["idle", "running", "waiting_permission", "compacting", "recovering", "gone"] as const;

export const sessionRowFields: Readonly<Record<string, JsonSchema>> = {
  session_id: string,
  name: string,
  state: oneOf(sessionStates),
  busy_elsewhere: described(boolean, "somebody drives it without this server"),
  agent: string,
  working_directory: string,
  message_count: count,
  message_count_exact: described(boolean, "false while a large file is still being counted"),
  last_modified: described(string, "time of the newest message"),
  preview: described(string, "beginning of the newest message"),
};

export const messageRowFields: Readonly<Record<string, JsonSchema>> = {
  id: string,
  log_seq: described(count, "place in the session's log, from 1"),
  role: oneOf(["user", "assistant"]),
  kind: oneOf(["prompt", "tool_result", "compact_summary", "notice", "reply", "activity", "api_error"]),
  said_at: string,
  prompt_id: nullable(string),
  truncated: described(boolean, "the text was cut"),
  text: string,
};

const messageDescriptions: Readonly<Record<string, string>> = {
  id: "id of the message",
  log_seq: "place in the session's log, from 1",
  role: "who said it",
  kind: "what sort of message it is",
  said_at: "when it was said",
  prompt_id: "the prompt that caused it, where one of this server did",
  truncated: "the text was cut",
  text: "the message",
};

/** The same as keys of an event. */
export const messageEventFields: readonly PayloadField[] = [
  { name: "session_id", schema: string, presence: "always", description: "id of the session" },
  ...Object.entries(messageRowFields).map(([name, schema]): PayloadField => ({
    name,
    schema,
    presence: "always",
    description: messageDescriptions[name] ?? name,
    ...(name === "text" ? { verbatim: true } : {}),
  })),
];

export const usageSchema: JsonSchema = nullable(
  object({
    input_tokens: integer,
    output_tokens: integer,
    cache_creation_input_tokens: nullable(integer),
    cache_read_input_tokens: nullable(integer),
  }),
);
