import { defineCommand } from "../harness/command.ts";
import { boolean, count, list, nullable, number, oneOf, string } from "../harness/json-schema.ts";
import { allowToolOption, inventoryOption } from "../inventory/command-options.ts";
import {
  engineErrorKinds,
  engineFields,
  engineOptions,
  interruptFields,
  limitOption,
  promptField,
  promptPositional,
  sessionIdField,
  stopReasons,
  streamOption,
  turnEvents,
  turnSchema,
  verbatimTurnKeys,
} from "../turns/run-definition.ts";

export const command = defineCommand({
  path: ["turn-loop"],
  group: "Harness",
  summary: "run an agent for one or more turns, with limits and cancellation",
  positionals: [promptPositional],
  options: [
    limitOption,
    { name: "max-turns", type: "int", default: 3, clampNegative: true, description: "how many turns at most" },
    {
      name: "structured-output",
      type: "boolean",
      description: "the output of every turn is a JSON text with its lines and the session's id",
    },
    {
      name: "continuation-prompt",
      type: "string",
      placeholder: "TEXT",
      description: "prompt of every turn after the first; without it there is one turn",
    },
    ...engineOptions,
    {
      name: "directory",
      type: "string",
      placeholder: "DIR",
      description: "save the session there; without it .port_sessions if --session-id is given, else nothing is saved",
    },
    inventoryOption,
    allowToolOption,
    streamOption,
  ],
  payload: [
    promptField,
    {
      name: "max_turns",
      schema: count,
      presence: "always",
      description: "the limit of turns, as used",
      input: "max-turns",
    },
    { name: "turns_completed", schema: count, presence: "always", description: "length of `turns`" },
    {
      name: "timeout_seconds",
      schema: nullable(number),
      presence: "always",
      description: "the wall-clock limit; null: none",
      input: "timeout-seconds",
    },
    {
      name: "continuation_prompt",
      schema: nullable(string),
      presence: "always",
      description: "prompt of every turn after the first; null: there is one turn",
      input: "continuation-prompt",
      verbatim: true,
    },
    {
      name: "turns",
      schema: list(turnSchema({ withMatches: true })),
      presence: "always",
      description: "how each turn ended; one that was timed out or cancelled is the last",
      verbatim: verbatimTurnKeys,
    },
    {
      name: "final_stop_reason",
      schema: nullable(oneOf(stopReasons)),
      presence: "always",
      description: "of the last turn; null when there was none",
    },
    {
      name: "final_cancel_observed",
      schema: boolean,
      presence: "always",
      description: "of the last turn; false when there was none",
    },
    {
      name: "final_session_reusable",
      schema: boolean,
      presence: "always",
      description: "of the last turn: go on with the same session if true, with a fresh one if not",
    },
    sessionIdField,
    {
      name: "persisted_session_path",
      schema: nullable(string),
      presence: "always",
      description: "file of the session; null when it was not saved",
    },
    ...engineFields,
    { name: "grace_ms", schema: count, presence: "always", description: "the grace period", input: "grace-ms" },
    ...interruptFields,
  ],
  events: turnEvents([{ name: "turn_number", schema: count, presence: "always", description: "which turn, from 1" }]),
  errorKinds: ["invalid_inventory", ...engineErrorKinds],
  resultExitCodes: [0, 2, 130],
  examples: [
    "parl turn-loop 'review the change' --json",
    "parl turn-loop 'fix the test' --agent claude --max-turns 5 --continuation-prompt continue --timeout-seconds 600 --json",
    "parl turn-loop - --session-id nightly --stream --json < prompt.txt",
  ],
  notes: [
    "The session is saved only with --session-id or --directory; an existing session is resumed.",
    "Exit status 2 in json mode: `final_session_reusable` tells whether the same session may be used again.",
  ],
  stdout: "stream",
  streamOption: { name: "stream", jsonOnly: true },
  interrupt: "own",
  run: async (context, args) => {
    const { performTurnLoop } = await import("../turns/perform-turn-loop.ts");
    return performTurnLoop(context, args);
  },
});
