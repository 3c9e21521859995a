import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commandTable } from "../../src/commands/index.ts";
import { createReference } from "../../src/harness/create-reference.ts";
import type { CommandTable } from "../../src/harness/table.ts";
import { readInstalledSchemasDoc } from "../../src/reports/installed-schemas-doc.ts";
import { parityAuditLines } from "../../src/reports/parity-audit-lines.ts";
import { auditParity } from "../../src/reports/parity-audit.ts";
import { run } from "../support/run-in-process.ts";

const docs = readFileSync(new URL("../../../../docs/SCHEMAS.md", import.meta.url), "utf8");
const reference = createReference(commandTable);

/** `have` of each ratio less its total, in the order of the report. */
async function shortfall(table: CommandTable, text: string | undefined): Promise<number[]> {
  const { ratios } = await auditParity(createReference(table), text);
  return ratios.map(({ have, total }) => total - have);
}

test("[CMD-parity-audit-1] the program is complete: every ratio is 1, nothing is missing, exit 0", async () => {
  const { stdout, stderr, status } = await run(["parity-audit"], { table: commandTable });

  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toMatch(/^# Parity Audit\n\nArchive comparison: unavailable \(there is no reference archive; /);
  const ratios = [...stdout.matchAll(/: \*\*(\d+)\/(\d+)\*\*$/gm)].map(([, have, total]) => [
    Number(have),
    Number(total),
  ]);
  expect(ratios).toHaveLength(5);
  for (const [have, total] of ratios) expect({ have, isAny: Number(total) > 12 }).toEqual({ have: total, isAny: true });
  expect(stdout).toMatch(/\nMissing schemas:\n- none\n\nMissing docs:\n- none\n$/);
});

test("[CMD-parity-audit-1] [SCH-4] a section that is gone, or a field that is not in it, is named, exit 1", async () => {
  const without = docs.replace(/^## send$/m, "## sent").replaceAll("| `next` |", "| `nxt` |");
  const audit = await auditParity(reference, without);

  expect(audit.isComplete).toBe(false);
  expect(audit.missingDocs).toEqual(expect.arrayContaining(["send", "send (field outcome)", "welcome (field next)"]));
  expect(parityAuditLines(audit)).toEqual(expect.arrayContaining(["- send", "Missing schemas:", "- none"]));
});

test("[CMD-parity-audit-1] without the installed docs nothing counts as documented", async () => {
  const [formats, schemas, sections, help, fields] = await shortfall(commandTable, undefined);

  expect([formats, schemas, help]).toEqual([0, 0, 0]);
  expect(sections).toBeGreaterThan(50);
  expect(fields).toBeGreaterThan(200);
});

test("[CMD-parity-audit-1] [GEN-2] a command that hides among the text-only ones, or says nothing of itself, counts as missing", async () => {
  const { version, ...others } = commandTable;
  if (version?.load === undefined) throw new Error("the program has no `version`");
  const { load } = version;
  const hidden: CommandTable = { ...others, version: { ...version, format: "none" } };
  const silent: CommandTable = {
    ...others,
    version: { ...version, load: async () => ({ command: { ...(await load()).command, examples: [] } }) },
  };

  expect(await shortfall(hidden, docs)).toEqual([1, 1, 0, 0, 0]);
  expect(await shortfall(silent, docs)).toEqual([0, 0, 0, 1, 0]);
  expect((await auditParity(createReference(hidden), docs)).missingSchemas).toEqual([
    "version",
    "version (format option)",
  ]);
});

test("[CMD-parity-audit-1] the docs that are audited are those the program was installed with", () => {
  expect(readInstalledSchemasDoc()).toBe(docs);
});
