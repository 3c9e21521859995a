import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["manifest"],
  group: "Harness",
  summary: "list the source modules this build was made from",
  format: "none",
  positionals: [],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl manifest"],
  stdout: "envelope",
  run: async () => {
    const [{ manifestLines }, { readSourceTree }] = await Promise.all([
      import("../reports/manifest-lines.ts"),
      import("../reports/source-modules.ts"),
    ]);
    return answer({}, () => manifestLines(readSourceTree()));
  },
});
