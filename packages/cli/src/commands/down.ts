import { answer, defineCommand } from "../harness/command.ts";
import { count, nullable, oneOf, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["down"],
  group: "Server",
  summary: "stop the server that `parl up` started",
  positionals: [],
  options: [],
  payload: [
    { name: "state", schema: oneOf(["stopped", "not_running"]), presence: "always", description: "what became of it" },
    {
      name: "url",
      schema: nullable(string),
      presence: "always",
      description: "where it listened; null when it did not run",
    },
    {
      name: "pid",
      schema: nullable(count),
      presence: "always",
      description: "its process id; null when it did not run",
    },
  ],
  errorKinds: ["server_start_failed", "server_unreachable", "filesystem"],
  examples: ["parl down", "parl down --json"],
  stdout: "envelope",
  run: async (context) => {
    const { down } = await import("../server/down.ts");
    return answer(await down(context), ({ state, url, pid }) =>
      state === "stopped"
        ? `Parlatory on ${url ?? ""} stopped (process ${pid ?? ""}).`
        : `Parlatory does not run in ${context.home}; nothing to stop.`,
    );
  },
});
