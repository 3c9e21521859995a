import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import { CommandError } from "../harness/error.ts";
import { count, literal, nullable, string } from "../harness/json-schema.ts";
import { directoryOption } from "../session-store/directory-option.ts";

const sessionId: PayloadField = {
  name: "session_id",
  schema: string,
  presence: "always",
  description: "the id, as given",
  input: "session_id",
};
const directoryField: PayloadField = {
  name: "directory",
  schema: string,
  presence: "always",
  description: "the directory, as given",
  input: "directory",
};

export const command = defineCommand({
  path: ["load-session"],
  group: "Harness",
  summary: "show the figures of a stored session",
  positionals: [{ name: "session_id", description: "id of the session" }],
  options: [directoryOption],
  payload: [
    sessionId,
    { name: "loaded", schema: literal(true), presence: "always", description: "the session can be used" },
    { name: "messages_count", schema: count, presence: "always", description: "prompts in the file" },
    { name: "input_tokens", schema: count, presence: "always", description: "of all committed turns" },
    { name: "output_tokens", schema: count, presence: "always", description: "of all committed turns" },
    directoryField,
    { name: "path", schema: string, presence: "always", description: "of the file: `directory` and the file's name" },
    { name: "created_at", schema: nullable(string), presence: "always", description: "when it was first saved" },
    { name: "updated_at", schema: nullable(string), presence: "always", description: "when it was last saved" },
    { name: "agent", schema: nullable(string), presence: "always", description: "the agent that answered" },
    { name: "stop_reason", schema: nullable(string), presence: "always", description: "of the last turn" },
    { name: "compacted_turns", schema: count, presence: "always", description: "prompts dropped by compaction" },
  ],
  branches: [
    {
      outcome: "not_found",
      fields: [
        sessionId,
        { name: "name", schema: string, presence: "always", description: "the same as `session_id`" },
        { name: "found", schema: literal(false), presence: "always", description: "there is no such session" },
        { name: "loaded", schema: literal(false), presence: "always", description: "nothing was loaded" },
        directoryField,
      ],
    },
    {
      outcome: "error",
      fields: [
        sessionId,
        { name: "loaded", schema: literal(false), presence: "always", description: "nothing was loaded" },
        directoryField,
      ],
    },
  ],
  errorKinds: ["invalid_session_id", "session_not_found", "session_load_failed", "session_path_unsafe"],
  examples: ["parl load-session review-1", "parl load-session review-1 --directory runs --json"],
  stdout: "envelope",
  run: async (context, { sessionId: id, directory }) => {
    const { openSessionStore } = await import("../session-store/open-session-store.ts");
    const store = openSessionStore({ directory, context });
    const record = await store.load(id).catch((thrown: unknown): never => {
      if (!(thrown instanceof CommandError)) throw thrown;
      const payload =
        thrown.kind === "session_not_found"
          ? { session_id: id, name: id, found: false, loaded: false, directory }
          : { session_id: id, loaded: false, directory };
      throw new CommandError({ ...thrown.options, directory, payload });
    });
    return answer(
      {
        session_id: id,
        loaded: true,
        messages_count: record.messages.length,
        input_tokens: record.inputTokens,
        output_tokens: record.outputTokens,
        directory,
        path: store.pathOf(id),
        created_at: record.createdAt,
        updated_at: record.updatedAt,
        agent: record.agent,
        stop_reason: record.stopReason,
        compacted_turns: record.compactedTurns,
      },
      (shown) => [
        shown.session_id,
        `${shown.messages_count} messages`,
        `in=${shown.input_tokens} out=${shown.output_tokens}`,
      ],
    );
  },
});
