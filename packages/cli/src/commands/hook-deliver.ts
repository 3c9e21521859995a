import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["hook", "deliver"],
  group: "Mesh",
  summary: "hand waiting messages to the agent whose hook this is",
  positionals: [],
  options: [
    {
      name: "status",
      type: "choice",
      choices: ["idle", "working"],
      description: "also set this status, as the hook of the session",
    },
  ],
  payload: [],
  errorKinds: [],
  examples: ["parl hook deliver --status working", "parl hook deliver"],
  stdout: "own",
  format: "flag",
  run: async (context, { status }) => {
    const { deliverToHook } = await import("../mcp/deliver-to-hook.ts");
    // A hook that fails would disturb the agent's turn [HOOK-21].
    await deliverToHook(context, status).catch((cause: unknown) => {
      context.log(`hook deliver: ${cause instanceof Error ? cause.message : String(cause)}`);
    });
    return answer({}, () => "");
  },
});
