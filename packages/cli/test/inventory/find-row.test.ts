import { expect, test } from "vitest";
import { findRow, unknownRow } from "../../src/inventory/find-row.ts";
import type { CommandRow } from "../../src/inventory/inventory.ts";

const row = (name: string, sourceHint = "x"): CommandRow => ({
  name,
  sourceHint,
  responsibility: "r",
  kind: "builtin",
  handler: undefined,
});

test("[ROW-7] the first row of exactly that name in any case wins, and keeps its own spelling", () => {
  const rows = [row("reviewer"), row("Review", "first"), row("REVIEW", "second"), row("Größe")];

  expect(findRow(rows, "review")).toBe(rows[1]);
  expect(findRow(rows, "REVIEW")).toBe(rows[1]);
  expect(findRow(rows, "GRÖSSE")).toBeUndefined();
  expect(findRow(rows, "GRÖßE")).toBe(rows[3]);
  for (const name of ["rev", "review ", "", "view"]) expect(findRow(rows, name)).toBeUndefined();
});

test("[ERR-5] the sentence for an unknown row has the name, on one line and cut", () => {
  const options = { payload: { found: false }, text: () => "text" };

  expect(unknownRow("command", "x\ny", options)).toMatchObject({
    kind: "command_not_found",
    message: String.raw`Unknown command: x\ny`,
  });
  expect(unknownRow("tool", "z".repeat(300), { ...options, described: "mirrored" })).toMatchObject({
    kind: "tool_not_found",
    message: `Unknown mirrored tool: ${"z".repeat(199)}…`,
    options: { target: "z".repeat(300) },
  });
});
