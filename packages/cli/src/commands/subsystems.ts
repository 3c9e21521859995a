import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["subsystems"],
  group: "Harness",
  summary: "list the source modules with their file counts",
  format: "none",
  positionals: [],
  options: [{ name: "limit", type: "int", default: 32, clampNegative: true, description: "how many modules to print" }],
  payload: [],
  errorKinds: [],
  examples: ["parl subsystems", "parl subsystems --limit 5"],
  notes: ["One line for each module: name, number of files and what it is for, separated by tabs."],
  stdout: "envelope",
  run: async (_context, { limit }) => {
    const { readSourceTree } = await import("../reports/source-modules.ts");
    const { modules } = readSourceTree();
    return answer({}, () => modules.slice(0, limit).map(({ name, files, note }) => `${name}\t${files}\t${note}`));
  },
});
