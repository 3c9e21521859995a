import { answer, defineCommand } from "../harness/command.ts";
import { literal } from "../harness/json-schema.ts";
import { remoteErrorKinds, sessionIdField, sessionPositional, urlOption } from "../remote/command-options.ts";

export const command = defineCommand({
  path: ["kill"],
  group: "Sessions & remote",
  summary: "end the agent process of a session, whatever it does",
  positionals: [sessionPositional],
  options: [
    { name: "keep-queue", type: "boolean", description: "prompts that wait stay and run afterwards" },
    urlOption,
  ],
  payload: [
    sessionIdField,
    {
      name: "killed",
      schema: literal(true),
      presence: "always",
      description: "nothing of a run is left; true also where there was none",
    },
  ],
  errorKinds: remoteErrorKinds,
  examples: ["parl kill 1f4a0f0e-6f0b-4f63-8f0f-5a9a3c1d2e77"],
  stdout: "envelope",
  run: async (context, args) => {
    const { killSession } = await import("../remote/kill-session.ts");
    return answer(await killSession(context, args), (shown) => `No run of ${shown.session_id} is left.`);
  },
});
