import { defineCommand } from "../harness/command.ts";
import { integer, list, literal, nullable, object, oneOf, string } from "../harness/json-schema.ts";
import { allowToolOption, inventoryOption } from "../inventory/command-options.ts";
import {
  directoryOption,
  engineErrorKinds,
  engineFields,
  engineOptions,
  interruptFields,
  limitField,
  limitOption,
  promptField,
  promptPositional,
  sessionIdField,
  streamOption,
  turnEvents,
  turnSchema,
  verbatimTurnKeys,
} from "../turns/run-definition.ts";

export const command = defineCommand({
  path: ["bootstrap"],
  group: "Harness",
  summary: "gather facts, route a prompt, submit it once and save the session",
  positionals: [promptPositional],
  options: [limitOption, ...engineOptions, directoryOption, inventoryOption, allowToolOption, streamOption],
  payload: [
    promptField,
    limitField,
    {
      name: "setup",
      schema: object({
        python_version: literal("n/a"),
        implementation: string,
        platform_name: string,
        test_command: string,
        runtime_version: string,
        working_directory: string,
      }),
      presence: "always",
      description: "this runtime, and the directory the agent works in with its way to run tests",
    },
    {
      name: "routed_matches",
      schema: list(object({ kind: oneOf(["command", "tool"]), name: string, score: integer, source_hint: string })),
      presence: "always",
      description: "what the prompt was routed to, best command and best tool first",
    },
    {
      name: "command_execution_messages",
      schema: list(string),
      presence: "always",
      description: "what running each matched command would do; none is run",
      verbatim: true,
    },
    {
      name: "tool_execution_messages",
      schema: list(string),
      presence: "always",
      description: "what running each matched tool would do; none is run",
      verbatim: true,
    },
    {
      name: "turn",
      schema: turnSchema({ withMatches: false }),
      presence: "always",
      description: "how the turn ended",
      verbatim: verbatimTurnKeys,
    },
    {
      name: "persisted_session_path",
      schema: nullable(string),
      presence: "always",
      description: "file of the session; null when it could not be saved",
    },
    sessionIdField,
    ...engineFields,
    ...interruptFields,
  ],
  events: turnEvents(),
  errorKinds: ["invalid_inventory", ...engineErrorKinds],
  resultExitCodes: [0, 2, 130],
  examples: [
    "parl bootstrap 'review the change' --json",
    "parl bootstrap 'fix the failing test' --agent claude --session-id fix-12 --json",
    "parl bootstrap - --stream --json < prompt.txt",
  ],
  notes: [
    "An existing session is resumed, and locked until it is saved.",
    "Exit status 2 in json mode: `turn.session_reusable` tells whether the same session may be used again.",
  ],
  stdout: "stream",
  streamOption: { name: "stream", jsonOnly: true },
  interrupt: "own",
  run: async (context, args) => {
    const { performBootstrap } = await import("../turns/perform-bootstrap.ts");
    return performBootstrap(context, args, { asText: context.format === "text" });
  },
});
