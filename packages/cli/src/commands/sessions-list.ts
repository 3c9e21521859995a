import { answer, defineCommand } from "../harness/command.ts";
import { boolean, count, list, object } from "../harness/json-schema.ts";
import { remoteErrorKinds, sessionRowFields, urlOption } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["sessions", "list"],
  group: "Sessions & remote",
  summary: "list the agent sessions that the server knows, newest first",
  positionals: [],
  options: [
    { name: "directory", type: "string", placeholder: "DIR", description: "only sessions of this directory" },
    { name: "agent", type: "string", placeholder: "A", description: "only sessions of this agent" },
    {
      name: "limit",
      type: "int",
      min: 1,
      max: 10_000,
      default: 50,
      placeholder: "N",
      description: "at most so many sessions",
    },
    urlOption,
  ],
  payload: [
    {
      name: "sessions",
      schema: list(object(sessionRowFields)),
      presence: "always",
      description: "newest first",
      verbatim: ["name", "preview"],
    },
    { name: "total_count", schema: count, presence: "always", description: "how many sessions pass the filter" },
    { name: "has_more", schema: boolean, presence: "always", description: "there are more than these" },
  ],
  errorKinds: remoteErrorKinds,
  examples: ["parl sessions list", "parl sessions list --directory . --limit 5 --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const [{ listSessions }, { renderSessions }] = await Promise.all([
      import("../remote/list-sessions.ts"),
      import("../remote/session-row.ts"),
    ]);
    return answer(await listSessions(context, args), (shown) => [
      ...(shown.sessions.length === 0 ? ["No sessions."] : renderSessions(shown.sessions)),
      ...(shown.has_more ? [`${shown.sessions.length} of ${shown.total_count}; \`--limit\` shows more.`] : []),
    ]);
  },
});
