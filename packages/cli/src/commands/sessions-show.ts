import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, integer, list, nullable, number, object, string } from "../harness/json-schema.ts";
import {
  messageRowFields,
  remoteErrorKinds,
  sessionIdField,
  sessionPositional,
  sessionRowFields,
  urlOption,
} from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["sessions", "show"],
  group: "Sessions & remote",
  summary: "show one session and its newest messages",
  positionals: [sessionPositional],
  options: [
    {
      name: "last",
      type: "int",
      min: 0,
      max: 10_000,
      default: 20,
      placeholder: "N",
      description: "how many of the newest messages",
    },
    urlOption,
  ],
  payload: [
    sessionIdField,
    {
      name: "session",
      schema: object({
        ...sessionRowFields,
        created_at: string,
        permission_mode: string,
        queued_prompts: count,
        granted_tools: list(string),
        model: nullable(string),
        context_tokens: nullable(integer),
        total_cost_usd: nullable(number),
      }),
      presence: "always",
      description: "what the server knows of it",
      verbatim: ["name", "preview"],
    },
    {
      name: "messages",
      schema: list(object(messageRowFields)),
      presence: "always",
      description: "its newest messages, oldest first",
      verbatim: ["text"],
    },
    { name: "has_older", schema: boolean, presence: "always", description: "there are messages before these" },
  ],
  errorKinds: [...remoteErrorKinds, "session_not_found"],
  examples: [
    "parl sessions show 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77",
    "parl sessions show 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77 --last 100 --json",
  ],
  stdout: "envelope",
  run: async (context, args) => {
    const [{ showSession }, { renderMessage }] = await Promise.all([
      import("../remote/show-session.ts"),
      import("../remote/session-row.ts"),
    ]);
    const { style } = context;
    return answer(await showSession(context, args), ({ session, messages, has_older: hasOlder }) => [
      `${style.bold(session.name)}  ${session.session_id}`,
      `${session.agent}${session.model === null ? "" : `, ${session.model}`}  ${session.state}${session.busy_elsewhere ? " (elsewhere)" : ""}  ${session.working_directory}`,
      `${session.message_count} messages, the last at ${session.last_modified}; permission mode ${session.permission_mode}`,
      ...(session.queued_prompts === 0 ? [] : [`${session.queued_prompts} prompts wait`]),
      "",
      ...(hasOlder ? [style.dim("(older messages with --last)")] : []),
      ...messages.flatMap((message) => renderMessage(message, style)),
    ]);
  },
});
