import { answer, defineCommand, type PayloadField } from "../harness/command.ts";
import { CommandError } from "../harness/error.ts";
import { boolean, literal, oneOf, string } from "../harness/json-schema.ts";
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
  path: ["delete-session"],
  group: "Harness",
  summary: "remove a stored session",
  positionals: [{ name: "session_id", description: "id of the session" }],
  options: [
    directoryOption,
    {
      name: "lock-timeout-ms",
      type: "int",
      placeholder: "N",
      default: 2000,
      min: 0,
      description: "how long to wait for another writer of the session",
    },
  ],
  payload: [
    sessionId,
    { name: "deleted", schema: boolean, presence: "always", description: "false when it was not there" },
    { name: "status", schema: oneOf(["deleted", "not_found"]), presence: "always", description: "what became of it" },
    directoryField,
  ],
  branches: [
    {
      outcome: "error",
      fields: [
        sessionId,
        { name: "deleted", schema: literal(false), presence: "always", description: "it was not removed" },
        { name: "status", schema: literal("failed"), presence: "always", description: "the command failed" },
        directoryField,
      ],
    },
  ],
  errorKinds: ["invalid_session_id", "session_path_unsafe", "session_delete_failed", "session_locked"],
  examples: ["parl delete-session review-1", "parl delete-session review-1 --directory runs --json"],
  stdout: "envelope",
  // It may be waiting for a lock when the signal comes, and nothing of it may stay behind.
  interrupt: "own",
  run: async (context, { sessionId: id, directory, lockTimeoutMs: timeoutMs }) => {
    const { openSessionStore } = await import("../session-store/open-session-store.ts");
    const store = openSessionStore({ directory, context });
    const options = {
      timeoutMs,
      // Made only when looked at, which is when there is something to wait for.
      get signal() {
        return context.signal;
      },
    };
    const status = await store.delete(id, options).catch((thrown: unknown): never => {
      if (!(thrown instanceof CommandError)) throw thrown;
      const payload = { session_id: id, deleted: false, status: "failed", directory };
      throw new CommandError({ ...thrown.options, payload });
    });
    return answer({ session_id: id, deleted: status === "deleted", status, directory }, (shown) =>
      shown.deleted ? `deleted: ${shown.session_id}` : `not found: ${shown.session_id}`,
    );
  },
});
