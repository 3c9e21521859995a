// Every rule of the contracts has a test whose title begins with its id, and every cited id is a rule [GEN-1]. The ids are
// in rules.json. With --titles it lists the titles that cite no rule.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./checkout.ts";
import { ruleProblems, type RuleList, type TestFile } from "./rule-problems.ts";

/** Cited by the test of this check, which is left out because it makes rules up. */
const citedByThisCheck: TestFile = { path: "scripts/test/rule-problems.test.ts", text: `"[GEN-1] [FI-1]"` };
const read = (path: string): TestFile => ({ path, text: readFileSync(join(root, path), "utf8") });
const patterns = ["packages/*/test/**/*.ts", "scripts/test/**/*.ts", "e2e/**/*.ts", "bench/**/*.ts"];
const files = globSync(patterns, { cwd: root })
  // The test of this very check makes rules up.
  .filter((path) => !path.includes("node_modules") && !path.endsWith("rule-problems.test.ts"))
  .toSorted()
  .map(read)
  .concat(citedByThisCheck);

if (process.argv.includes("--titles")) {
  const titles = /^\s*(?:test|it)(?:\.each\(.*\))?\(\s*(["'`])(.*?)\1/gm;
  for (const { path, text } of files) {
    for (const [, , title = ""] of text.matchAll(titles)) if (!title.startsWith("[")) console.log(`${path}: ${title}`);
  }
}
const list = JSON.parse(readFileSync(join(root, "scripts/rules.json"), "utf8")) as RuleList;
const problems = ruleProblems(list, files);
for (const problem of problems) console.log(problem);
const count = Object.values(list.contracts).flat().length;
console.log(`${count} rules, ${list.untested.length} of them without a test yet, ${list.later.length} left for later`);
if (problems.length > 0) process.exitCode = 1;
