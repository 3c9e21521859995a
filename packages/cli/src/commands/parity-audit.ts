import { answer, defineCommand } from "../harness/command.ts";

export const command = defineCommand({
  path: ["parity-audit"],
  group: "Harness",
  summary: "audit every command against the contract of the command line",
  format: "none",
  positionals: [],
  options: [],
  payload: [],
  errorKinds: [],
  resultExitCodes: [0, 1],
  examples: ["parl parity-audit"],
  notes: ["Exit 1 when a ratio is below 1."],
  stdout: "envelope",
  run: async (context) => {
    const [{ auditParity }, { parityAuditLines }, { readInstalledSchemasDoc }] = await Promise.all([
      import("../reports/parity-audit.ts"),
      import("../reports/parity-audit-lines.ts"),
      import("../reports/installed-schemas-doc.ts"),
    ]);
    const audit = await auditParity(await context.reference(), readInstalledSchemasDoc());
    return answer({}, () => parityAuditLines(audit), { exitCode: audit.isComplete ? 0 : 1 });
  },
});
