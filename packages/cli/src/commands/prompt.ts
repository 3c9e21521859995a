import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import { boolean, integer, nullable, number, oneOf, string } from "../harness/json-schema.ts";
import { remoteErrorKinds, urlOption, usageSchema } from "../remote/command-options.ts";

const promptField: PayloadField = {
  name: "prompt",
  schema: nullable(string),
  presence: "always",
  description: "the prompt",
  input: "prompt",
  verbatim: true,
};

const fields: readonly PayloadField[] = [
  promptField,
  { name: "prompt_id", schema: string, presence: "always", description: "id of the prompt" },
  { name: "session_id", schema: string, presence: "always", description: "the session it went to" },
  {
    name: "created",
    schema: nullable(boolean),
    presence: "always",
    description: "the session began with it; null while the server has not taken it",
  },
  { name: "agent", schema: nullable(string), presence: "always", description: "agent of the session" },
  { name: "working_directory", schema: nullable(string), presence: "always", description: "where the agent runs" },
  {
    name: "mode_applied",
    schema: nullable(oneOf(["run", "queue", "steer", "interrupt"])),
    presence: "always",
    description: "what became of it at first",
  },
  {
    name: "queue_position",
    schema: nullable(integer),
    presence: "always",
    description: "its place among the prompts that wait",
  },
  {
    name: "outcome",
    schema: oneOf(["accepted", "success", "interrupted", "failed"]),
    presence: "always",
    description: "`accepted`: not waited for; `interrupted`: the turn was stopped before its end",
  },
  { name: "agent_run_id", schema: nullable(string), presence: "always", description: "id of the run" },
  {
    name: "text",
    schema: nullable(string),
    presence: "always",
    description: "the agent's answer; of an interrupted or failed run what there was of it",
    verbatim: true,
  },
  {
    name: "truncated",
    schema: boolean,
    presence: "always",
    description: "the answer was cut; the whole is in the session",
  },
  { name: "usage", schema: usageSchema, presence: "always", description: "tokens of this run, where the agent tells" },
  { name: "total_cost_usd", schema: nullable(number), presence: "always", description: "what this run cost" },
  { name: "finished_at", schema: nullable(string), presence: "always", description: "when it ended" },
];

export const command = defineCommand({
  path: ["prompt"],
  group: "Sessions & remote",
  summary: "prompt a session of the server, or a new one, and print the answer",
  positionals: [{ name: "prompt", stdin: true, description: "the prompt; `-` reads it from stdin" }],
  options: [
    { name: "session", type: "string", placeholder: "ID", description: "the session to go on with" },
    { name: "new", type: "boolean", description: "begin a new session, as without --session" },
    { name: "agent", type: "string", placeholder: "A", description: "agent of a new session (that of the server)" },
    {
      name: "mode",
      type: "choice",
      choices: ["reject", "queue", "steer", "interrupt"],
      default: "reject",
      description: "what to do when the session is busy",
    },
    {
      name: "directory",
      type: "string",
      placeholder: "DIR",
      description: "where the agent runs; of a new session the current directory",
    },
    {
      name: "system-prompt",
      type: "string",
      placeholder: "TEXT",
      description: "added to the agent's own system prompt",
    },
    {
      name: "prompt-id",
      type: "string",
      placeholder: "UUID",
      description: "id of the prompt; given again with the same prompt it does not run twice",
    },
    { name: "force", type: "boolean", description: "run although somebody seems to drive the session elsewhere" },
    { name: "wait", type: "boolean", description: "wait for the answer, as without --no-wait" },
    { name: "no-wait", type: "boolean", description: "end when the server has taken the prompt" },
    urlOption,
  ],
  payload: fields,
  branches: [
    { outcome: "error", fields: [promptField] },
    { outcome: "error", fields },
  ],
  errorKinds: [
    ...remoteErrorKinds,
    "session_not_found",
    "session_locked",
    "invalid_working_directory",
    "id_conflict",
    "engine_failed",
    "engine_unavailable",
    "run_ended_early",
    "execution_timeout",
  ],
  examples: [
    "parl prompt 'run the tests' --json",
    "parl prompt - --session 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77 --mode queue < prompt.txt",
    "parl prompt 'fix the flaky test' --agent echo --no-wait --json",
  ],
  notes: [
    "The ids go to stderr, the answer to stdout. Ctrl-C stops the run; a prompt that only waits is taken back.",
    "A turn that somebody else stopped ends with 0 and the outcome `interrupted`.",
  ],
  stdout: "envelope",
  interrupt: "own",
  run: async (context, args) => {
    const { sendPrompt } = await import("../remote/send-prompt.ts");
    return answer(await sendPrompt(context, args), ({ outcome, text }) => {
      if (outcome === "accepted") return "The server has taken the prompt.";
      return outcome === "interrupted"
        ? [...(text === null || text === "" ? [] : [text]), "(interrupted)"]
        : (text ?? "");
    });
  },
});
