// Prints every error kind with the tests that produce it, and those that none produces with the reason.
import { ERROR_KINDS } from "@parlatory/protocol";
import { generalErrorKinds } from "../packages/cli/src/harness/help.ts";
import { allCases } from "../packages/cli/test/outcomes/case-tables.ts";
import { definitions } from "../packages/cli/test/outcomes/definitions.ts";
import { refusalCasesOf } from "../packages/cli/test/outcomes/refusal-cases.ts";
import { undeclaredKinds, unproducible } from "../packages/cli/test/outcomes/unproducible.ts";

const tests = new Map<string, string[]>();
const add = (kind: string, test: string): void => void tests.set(kind, [...(tests.get(kind) ?? []), test]);
for (const kind of generalErrorKinds) add(kind, "framework-outcomes.test.ts: every command");
for (const { kind, command, outcome } of allCases) {
  if (kind !== undefined && outcome !== "usage-error") add(kind, `outcomes: ${command}: ${outcome}`);
}
for (const definition of definitions.values()) {
  for (const { kind, command } of refusalCasesOf(definition)) add(kind, `refusals.test.ts: ${command}: ${kind}`);
}

for (const kind of Object.keys(ERROR_KINDS)) {
  const [first = "-", ...more] = tests.get(kind) ?? [];
  console.log(`${kind}\t${first}${more.length === 0 ? "" : ` (and ${more.length} more)`}`);
}
for (const [kind, reason] of Object.entries(undeclaredKinds)) console.log(`not produced: ${kind}: ${reason}`);
for (const { command, kind, reason } of unproducible) console.log(`not produced by ${command}: ${kind}: ${reason}`);
