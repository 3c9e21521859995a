import { defineCommand } from "../harness/command.ts";
import { list, number, object, string } from "../harness/json-schema.ts";

export const command = defineCommand({
  path: ["bootstrap-graph"],
  group: "Harness",
  summary: "list the stages of bootstrap, with their times if asked",
  positionals: [],
  options: [
    {
      name: "measure",
      type: "boolean",
      description: "run bootstrap once with echo, in a store that is removed, and time it",
    },
  ],
  payload: [
    { name: "stages", schema: list(string), presence: "always", description: "names of the stages, in their order" },
    { name: "note", schema: string, presence: "always", description: "what the list means" },
    {
      name: "stage_times",
      schema: list(object({ name: string, ms: number })),
      presence: "optional",
      description: "how long each stage took, in milliseconds; only with --measure",
    },
  ],
  errorKinds: ["invalid_inventory", "filesystem"],
  examples: ["parl bootstrap-graph", "parl bootstrap-graph --measure --json"],
  stdout: "envelope",
  run: async (context, args) => {
    const { performBootstrapGraph } = await import("../turns/perform-bootstrap-graph.ts");
    return performBootstrapGraph(context, args);
  },
});
