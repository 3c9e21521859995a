/** What the definitions of the commands that run an engine share: options, payload fields and events [TURN-2], [TURN-15]. */
import type { ErrorKind } from "@parlatory/protocol";
import type {
  ChoiceOption,
  EventSpec,
  IntegerOption,
  NumberOption,
  PayloadField,
  StringOption,
} from "../harness/command.ts";
import { boolean, count, described, integer, list, nullable, object, oneOf, string } from "../harness/json-schema.ts";
import type { TurnStopReason } from "./turn-result.ts";

export const promptPositional = {
  name: "prompt",
  stdin: true,
  stdinLimit: "timeout-seconds",
  description: "what to ask, verbatim",
} as const;

export const engineOptions = [
  {
    name: "agent",
    type: "string",
    placeholder: "echo|claude|acp:COMMAND",
    default: "echo",
    description: "which engine answers; COMMAND is split into words and started without a shell",
  },
  {
    name: "working-directory",
    type: "string",
    placeholder: "DIR",
    description: "where the agent works; without it the current directory",
  },
  {
    name: "permission-mode",
    type: "choice",
    choices: ["default", "plan", "acceptEdits", "bypassPermissions"],
    description: "passed to the agent; without it `default`",
  },
  { name: "model", type: "string", description: "passed to the agent; without it the agent's own choice" },
  {
    name: "max-budget-tokens",
    type: "int",
    min: 0,
    description: "budget of the session, input and output together; without it 2000 for echo, none for others",
  },
  {
    name: "timeout-seconds",
    type: "number",
    description: "wall-clock limit of the whole run, the start of the agent included",
  },
  {
    name: "grace-ms",
    type: "int",
    default: 100,
    min: 0,
    max: 60_000,
    description: "how long a stopped agent may take to say so",
  },
  {
    name: "session-id",
    type: "string",
    placeholder: "ID",
    description: "which session; without it a new one",
  },
  {
    name: "lock-timeout-ms",
    type: "int",
    default: 2000,
    min: 0,
    description: "how long to wait for another writer of the session",
  },
] as const satisfies readonly (StringOption | ChoiceOption | IntegerOption | NumberOption)[];

export const directoryOption = {
  name: "directory",
  type: "string",
  placeholder: "DIR",
  default: ".port_sessions",
  description: "where sessions are stored",
} as const satisfies StringOption;

export const limitOption = {
  name: "limit",
  type: "int",
  default: 5,
  clampNegative: true,
  description: "how many commands and tools to route to at most",
} as const satisfies IntegerOption;

export const streamOption = {
  name: "stream",
  type: "boolean",
  description: "write every event as a line of its own as it happens; json mode only",
} as const;

/** Kinds that starting an engine, asking it, and reading or writing its session may give. */
export const engineErrorKinds = [
  "invalid_input",
  "invalid_session_id",
  "invalid_working_directory",
  "session_load_failed",
  "session_locked",
  "session_path_unsafe",
  "filesystem",
  "engine_unavailable",
  "engine_unsupported",
  "engine_failed",
  "auth_required",
  "rate_limited",
] as const satisfies readonly ErrorKind[];

/** [TURN-15] */
export const stopReasons = [
  "completed",
  "max_turns_reached",
  "max_budget_reached",
  "cancelled",
  "timeout",
  "failed",
] as const satisfies readonly TurnStopReason[];

const denials = list(object({ tool_name: string, reason: string }));

const usage = object({
  input_tokens: count,
  output_tokens: count,
  "cache_read_tokens?": described(count, "only where the agent tells it; not counted against budgets"),
});

const matchedNames = {
  matched_commands: list(string),
  matched_tools: list(string),
};

/** [TURN-15]; bootstrap has the matches beside the turn. */
export function turnSchema({ withMatches }: { readonly withMatches: boolean }) {
  return object({
    prompt: string,
    output: string,
    stop_reason: oneOf(stopReasons),
    cancel_observed: described(boolean, "the engine took note of the cancel in time, made it, or was not called"),
    ...(withMatches ? matchedNames : {}),
    session_reusable: described(boolean, "the next prompt may go to the same session"),
    permission_denials: denials,
    usage: described(usage, "totals of the session after the turn; zero where no engine answered"),
    duration_ms: count,
    agent_stop_reason: described(nullable(string), "the agent's own word"),
    late_result: described(
      { anyOf: [oneOf(["discarded"]), { type: "null" }] },
      "`discarded` when the engine finished after it was stopped, and what it delivered was dropped",
    ),
  });
}

/** Keys of turns whose text is the caller's or the agent's own. */
export const verbatimTurnKeys = ["prompt", "output"] as const;

export const promptField: PayloadField = {
  name: "prompt",
  schema: string,
  presence: "always",
  description: "the prompt, verbatim",
  input: "prompt",
  verbatim: true,
};

export const limitField: PayloadField = {
  name: "limit",
  schema: count,
  presence: "always",
  description: "the limit of routing, as used",
  input: "limit",
};

export const sessionIdField: PayloadField = {
  name: "session_id",
  schema: string,
  presence: "always",
  description: "id of the session",
  input: "session-id",
};

export const engineFields: readonly PayloadField[] = [
  { name: "agent", schema: string, presence: "always", description: "the engine that was asked for", input: "agent" },
  {
    name: "model",
    schema: nullable(string),
    presence: "always",
    description: "the model that was asked for; null: the agent's own choice",
    input: "model",
  },
  { name: "usage", schema: usage, presence: "always", description: "totals of the session's committed turns" },
  {
    name: "usage_source",
    schema: oneOf(["words", "agent", "none"]),
    presence: "always",
    description: "`words` counted by echo, tokens told by the `agent`, or `none` told",
  },
  {
    name: "permission_denials",
    schema: denials,
    presence: "always",
    description: "echo: of the routed tools, once; agents: what they were denied, in all turns",
  },
  {
    name: "compacted_turns",
    schema: count,
    presence: "always",
    description: "prompts of the session that were dropped because only the newest are kept",
  },
];

export const interruptFields: readonly PayloadField[] = [
  {
    name: "interrupted",
    schema: boolean,
    presence: "always",
    description: "a signal ended the last turn",
  },
  {
    name: "interrupt_signal",
    schema: { anyOf: [oneOf(["SIGINT", "SIGTERM"]), { type: "null" }] },
    presence: "always",
    description: "that signal",
  },
];

/** [STR-1]; `extra` fields are those of every event. */
export function turnEvents(extra: readonly PayloadField[] = []): EventSpec[] {
  const always = (name: string, schema: PayloadField["schema"], description: string): PayloadField => ({
    name,
    schema,
    presence: "always",
    description,
  });
  const events: EventSpec[] = [
    {
      type: "message_start",
      description: "a turn begins",
      fields: [
        always("session_id", string, "id of the session"),
        { ...promptField, description: "prompt of this turn" },
      ],
    },
    {
      type: "command_match",
      description: "commands the prompt was routed to",
      fields: [always("commands", list(string), "their names, best first")],
    },
    {
      type: "tool_match",
      description: "tools the prompt was routed to",
      fields: [always("tools", list(string), "their names, best first")],
    },
    {
      type: "permission_denial",
      description: "tools that may not be used, or that the agent was just denied",
      fields: [always("denials", list(string), "names of the tools")],
    },
    {
      type: "message_delta",
      description: "a part of the output; all of them joined are the output",
      fields: [{ ...always("text", string, "the text"), verbatim: true }],
    },
    {
      type: "compaction",
      description: "older prompts of the session were dropped",
      fields: [always("dropped", integer, "how many now"), always("kept", integer, "how many remain")],
    },
    {
      type: "message_stop",
      description: "the turn is over",
      fields: [
        always("usage", usage, "as in the turn"),
        always("stop_reason", oneOf(stopReasons), "why"),
        always("transcript_size", count, "entries of the transcript"),
      ],
    },
  ];
  return events.map((event) => ({ ...event, fields: [...event.fields, ...extra] }));
}
