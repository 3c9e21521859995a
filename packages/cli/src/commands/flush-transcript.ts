import { defineCommand, type PayloadField } from "../harness/command.ts";
import { boolean, count, literal, nullable, oneOf, string } from "../harness/json-schema.ts";
import {
  directoryOption,
  engineErrorKinds,
  engineOptions,
  interruptFields,
  promptPositional,
  sessionIdField,
  stopReasons,
} from "../turns/run-definition.ts";

const path: PayloadField = {
  name: "path",
  schema: string,
  presence: "always",
  description: "the session's file, whether or not this run wrote it",
};

export const command = defineCommand({
  path: ["flush-transcript"],
  group: "Harness",
  summary: "run one turn and save its session",
  positionals: [promptPositional],
  options: [
    ...engineOptions,
    directoryOption,
    { name: "no-overwrite", type: "boolean", description: "fail rather than replace an existing session" },
  ],
  payload: [
    sessionIdField,
    path,
    {
      name: "flushed",
      schema: boolean,
      presence: "always",
      description: "the file holds this run; false when its turn did not commit and there was an older file",
    },
    { name: "messages_count", schema: count, presence: "always", description: "prompts committed by this run" },
    { name: "input_tokens", schema: count, presence: "always", description: "tokens of the committed turn" },
    { name: "output_tokens", schema: count, presence: "always", description: "tokens of the committed turn" },
    { name: "directory", schema: string, presence: "always", description: "the directory as given" },
    { name: "stop_reason", schema: oneOf(stopReasons), presence: "always", description: "of the turn" },
    { name: "rejected", schema: boolean, presence: "always", description: "a limit refused the turn" },
    { name: "replaced", schema: boolean, presence: "always", description: "an older file of that id was overwritten" },
    {
      name: "usage_source",
      schema: oneOf(["words", "agent", "none"]),
      presence: "always",
      description: "`words` counted by echo, tokens told by the `agent`, or `none` told",
    },
    {
      name: "session_reusable",
      schema: boolean,
      presence: "always",
      description: "the next prompt may go to the same session",
    },
    ...interruptFields,
  ],
  branches: [
    {
      outcome: "error",
      fields: [
        { ...sessionIdField, schema: nullable(string), description: "id of the session; null when none was given" },
        { ...path, schema: nullable(string), description: "the session's file; null when its id is refused" },
        { name: "flushed", schema: literal(false), presence: "always", description: "nothing was written" },
      ],
    },
  ],
  // It never reads a session.
  errorKinds: ["session_exists", ...engineErrorKinds.filter((kind) => kind !== "session_load_failed")],
  resultExitCodes: [0, 2, 130],
  examples: [
    "parl flush-transcript 'hello' --json",
    "parl flush-transcript 'summarise the change' --agent claude --session-id review-7 --json",
    "parl flush-transcript - --directory sessions --no-overwrite --json < prompt.txt",
  ],
  notes: ["Exit status 2 in json mode: `session_reusable` tells whether the same session may be used again."],
  stdout: "envelope",
  interrupt: "own",
  run: async (context, args) => {
    const { performFlush } = await import("../turns/perform-flush.ts");
    return performFlush(context, args);
  },
});
