import { answer, defineCommand } from "../harness/command.ts";
import { count } from "../harness/json-schema.ts";
import { remoteErrorKinds, sessionIdField, sessionPositional, urlOption } from "../remote/command-options.ts";
import { sessionFeedEvents } from "../remote/session-events.ts";

export const command = defineCommand({
  path: ["sessions", "follow"],
  group: "Sessions & remote",
  summary: "print the messages of a session as they come, until Ctrl-C",
  positionals: [sessionPositional],
  options: [
    {
      name: "last",
      type: "int",
      min: 0,
      max: 1_000,
      default: 10,
      placeholder: "N",
      description: "how many messages that are there already come first",
    },
    { name: "max", type: "int", min: 1, placeholder: "M", description: "end after so many messages" },
    urlOption,
  ],
  payload: [
    sessionIdField,
    { name: "count", schema: count, presence: "always", description: "how many messages were printed" },
  ],
  events: sessionFeedEvents,
  errorKinds: [...remoteErrorKinds, "session_not_found"],
  examples: [
    "parl sessions follow 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77",
    "parl sessions follow 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77 --last 0 --max 1 --json",
  ],
  stdout: "stream",
  interrupt: "own",
  run: async (context, args) => {
    const { followSession } = await import("../remote/follow-session.ts");
    return answer(await followSession(context, args), () => "");
  },
});
