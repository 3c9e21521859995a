import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, described, list, nullable, object, string } from "../harness/json-schema.ts";
import { directoryOption } from "../session-store/directory-option.ts";

/** Up to so many sessions are opened for their details without being asked [CMD-list-sessions-3]. */
const maxUnaskedDetails = 256;

export const command = defineCommand({
  path: ["list-sessions"],
  group: "Harness",
  summary: "list the stored sessions",
  positionals: [],
  options: [
    directoryOption,
    {
      name: "details",
      type: "boolean",
      description: `details of every session, also of more than ${maxUnaskedDetails}`,
    },
  ],
  payload: [
    { name: "sessions", schema: list(string), presence: "always", description: "ids, by code point" },
    { name: "count", schema: count, presence: "always", description: "how many sessions there are" },
    {
      name: "directory",
      schema: string,
      presence: "always",
      description: "the directory, as given",
      input: "directory",
    },
    { name: "sessions_count", schema: count, presence: "always", description: "the same as `count`" },
    {
      name: "session_details",
      schema: list(
        object({
          session_id: string,
          created_at: nullable(string),
          last_modified: described(nullable(string), "of the file, by the file system"),
          prompt_count: described(nullable(count), "prompts in the file"),
          stopped: described(
            nullable(boolean),
            "the last turn ended otherwise than `completed`; null if there was none",
          ),
          "error_kind?": described(string, "why the file cannot be used; all else but the id is null then"),
        }),
      ),
      presence: "always",
      description: "in the order of `sessions`; empty when they are left out",
    },
    {
      name: "details_omitted",
      schema: boolean,
      presence: "always",
      description: `true when there are more than ${maxUnaskedDetails} sessions and \`--details\` was not given`,
    },
    {
      name: "ignored_entries",
      schema: count,
      presence: "always",
      description: "other entries of the directory that end in `.json`",
    },
  ],
  errorKinds: ["filesystem"],
  examples: ["parl list-sessions", "parl list-sessions --directory runs --details --json"],
  stdout: "envelope",
  run: async (context, { directory, details }) => {
    const { openSessionStore } = await import("../session-store/open-session-store.ts");
    const store = openSessionStore({ directory, context });
    const { ids, ignoredEntries } = await store.list();
    const isDetailed = details || ids.length <= maxUnaskedDetails;
    // Text mode has no place for details.
    const isRead = isDetailed && ids.length > 0 && context.format === "json";
    const { describeSessions } = isRead ? await import("../session-store/describe-sessions.ts") : {};
    return answer(
      {
        sessions: ids,
        count: ids.length,
        directory,
        sessions_count: ids.length,
        session_details: (await describeSessions?.(store, ids)) ?? [],
        details_omitted: !isDetailed,
        ignored_entries: ignoredEntries,
      },
      ({ sessions }) => (sessions.length === 0 ? "(no sessions)" : sessions),
    );
  },
});
