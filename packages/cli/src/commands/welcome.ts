import { answer, defineCommand } from "../harness/command.ts";
import { boolean, list, nullable, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["welcome"],
  group: "Mesh",
  summary: "say what to do next on this machine",
  positionals: [],
  options: [],
  payload: [
    { name: "next", schema: string, presence: "always", description: "the command to run" },
    { name: "reason", schema: string, presence: "always", description: "why" },
    { name: "server_running", schema: nullable(boolean), presence: "always", description: "null: it did not matter" },
    { name: "registered", schema: boolean, presence: "always", description: "whether `parl install` was run" },
    { name: "meshes", schema: list(string), presence: "always", description: "the joined meshes" },
  ],
  errorKinds: ["bad_request"],
  examples: ["parl welcome", "parl welcome --json"],
  stdout: "envelope",
  run: async (context) => {
    const { nextStep } = await import("../welcome/next-step.ts");
    const { serverRunning, ...step } = await nextStep(context);
    const { style } = context;
    return answer({ ...step, server_running: serverRunning }, ({ next, reason }) => [
      "Parlatory: coding agents that talk to each other.",
      "",
      `Next: ${style.bold(next)}`,
      `      ${reason}`,
      "",
      "`parl --help` lists every command.",
    ]);
  },
});
