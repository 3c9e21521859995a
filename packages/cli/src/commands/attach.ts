import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import { anything, boolean, count, integer, nullable, oneOf, string } from "../harness/json-schema.ts";
import { remoteErrorKinds, sessionIdField, sessionPositional, urlOption } from "../remote/command-options.ts";
import { sessionFeedEvents } from "../remote/session-events.ts";

const sessionId: PayloadField = {
  name: "session_id",
  schema: string,
  presence: "always",
  description: "id of the session",
};
const promptId: PayloadField = {
  name: "prompt_id",
  schema: string,
  presence: "always",
  description: "id of the prompt",
};
const requestId: PayloadField = {
  name: "request_id",
  schema: string,
  presence: "always",
  description: "id of the question",
};

export const command = defineCommand({
  path: ["attach"],
  group: "Sessions & remote",
  summary: "follow a session and prompt it line by line, from a terminal or a pipe",
  positionals: [sessionPositional],
  options: [
    {
      name: "mode",
      type: "choice",
      choices: ["reject", "queue", "steer", "interrupt"],
      default: "queue",
      description: "what a line does when the session is busy",
    },
    {
      name: "last",
      type: "int",
      min: 0,
      max: 1_000,
      default: 10,
      placeholder: "N",
      description: "how many messages that are there already come first",
    },
    urlOption,
  ],
  payload: [
    sessionIdField,
    { name: "prompts", schema: count, presence: "always", description: "how many lines were sent as prompts" },
    { name: "failed", schema: count, presence: "always", description: "how many of them were refused or failed" },
  ],
  events: [
    ...sessionFeedEvents,
    {
      type: "accepted",
      description: "the server has taken a prompt",
      fields: [
        sessionId,
        promptId,
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
      ],
    },
    {
      type: "answer",
      description: "a prompt of this command has its outcome",
      fields: [
        sessionId,
        promptId,
        {
          name: "outcome",
          schema: oneOf(["success", "interrupted", "failed"]),
          presence: "always",
          description: "how it ended",
        },
        { name: "message", schema: nullable(string), presence: "always", description: "why it failed" },
        { name: "text", schema: string, presence: "always", description: "the agent's answer", verbatim: true },
      ],
    },
    {
      type: "turn_complete",
      description: "a turn of the session ended, whoever asked for it",
      fields: [
        sessionId,
        promptId,
        { name: "aborted", schema: boolean, presence: "always", description: "it was stopped before its end" },
      ],
    },
    {
      type: "permission_request",
      description: "the agent asks whether it may; `/allow` and `/deny` answer",
      fields: [
        sessionId,
        requestId,
        { name: "tool_name", schema: string, presence: "always", description: "the tool it would use" },
        { name: "summary", schema: string, presence: "always", description: "one line about it", verbatim: true },
        { name: "input", schema: anything, presence: "always", description: "what the tool would get", verbatim: true },
        { name: "input_truncated", schema: boolean, presence: "always", description: "the input was cut" },
        { name: "expires_at", schema: string, presence: "always", description: "when it counts as denied" },
      ],
    },
    {
      type: "permission_resolved",
      description: "the question was answered, by whomever",
      fields: [
        sessionId,
        requestId,
        { name: "decision", schema: oneOf(["allow", "deny"]), presence: "always", description: "the answer" },
        {
          name: "reason",
          schema: oneOf(["answered", "expired", "run_ended", "server_restarted", "granted"]),
          presence: "always",
          description: "what brought it about",
        },
      ],
    },
    {
      type: "notice",
      description: "a line was refused, or done without an answer of its own",
      fields: [{ name: "message", schema: string, presence: "always", description: "what there is to say" }],
    },
  ],
  errorKinds: [...remoteErrorKinds, "session_not_found", "invalid_input"],
  examples: [
    "parl attach 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77",
    "printf 'run the tests\\n' | parl attach 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77 --last 0 --json",
  ],
  notes: [
    "A line is a prompt. /steer, /queue and /now say how it goes in; /interrupt, /allow, /deny, /compact, /kill, /unlock",
    "and /quit do what they say, and /help lists them. Other slashes belong to the agent.",
    "With a pipe on stdin it ends when every prompt has its outcome; at a terminal with the end of input or Ctrl-C.",
  ],
  stdout: "stream",
  interrupt: "own",
  run: async (context, args) => {
    const { attachSession } = await import("../remote/attach-session.ts");
    return answer(await attachSession(context, args), () => "");
  },
});
