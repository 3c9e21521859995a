import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["setup-report"],
  group: "Harness",
  summary: "tell what this program found and read at its start",
  format: "none",
  positionals: [],
  options: [],
  payload: [],
  errorKinds: [],
  examples: ["parl setup-report"],
  notes: ["Trusted mode is True when nobody but you and root can change the current directory."],
  stdout: "envelope",
  run: async (context) => {
    const { setupReportLines } = await import("../reports/setup-report.ts");
    const lines = await setupReportLines(context);
    return answer({}, () => lines);
  },
});
