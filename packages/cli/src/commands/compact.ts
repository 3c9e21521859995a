import { answer, defineCommand } from "../harness/command.ts";
import { integer, nullable } from "../harness/json-schema.ts";
import { remoteErrorKinds, sessionIdField, sessionPositional, urlOption } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["compact"],
  group: "Sessions & remote",
  summary: "have the agent of a session summarise its context",
  positionals: [sessionPositional],
  options: [
    {
      name: "instructions",
      type: "string",
      placeholder: "TEXT",
      description: "what the summary should keep",
    },
    urlOption,
  ],
  payload: [
    sessionIdField,
    {
      name: "pre_tokens",
      schema: nullable(integer),
      presence: "always",
      description: "tokens of the context before, where the agent tells",
    },
    { name: "post_tokens", schema: nullable(integer), presence: "always", description: "tokens of it afterwards" },
  ],
  errorKinds: [...remoteErrorKinds, "session_not_found", "session_locked", "compaction_failed", "engine_unsupported"],
  examples: ["parl compact 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77 --instructions 'keep the plan'"],
  notes: ["It cannot be undone; the history that came before stays readable."],
  stdout: "envelope",
  run: async (context, args) => {
    const { compactSession } = await import("../remote/compact-session.ts");
    return answer(await compactSession(context, args), ({ pre_tokens: before, post_tokens: after }) =>
      before === null || after === null ? "Compacted." : `Compacted: ${before} tokens became ${after}.`,
    );
  },
});
