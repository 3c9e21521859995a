// A report, not a gate: which test titles cite no rule, and, where docs/ states rules, which cited ids are unknown
// and which stated ones no test cites. A rule is stated by its id in brackets: [SEND-5], [CMD-turn-loop-3].
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./checkout.ts";

const ruleId = /\[([A-Z][A-Za-z-]*-\d+[a-z]?)\]/g;
const testTitle = /^\s*(?:test|it)(?:\.each\(.*\))?\(\s*(["'`])(.*?)\1/gm;

const read = (path: string) => readFileSync(join(root, path), "utf8");
const idsIn = (text: string) => [...text.matchAll(ruleId)].map(([, id]) => id ?? "");

const testFiles = globSync(["packages/*/test/**/*.ts", "e2e/**/*.test.ts"], { cwd: root }).toSorted();
const cited = new Set(testFiles.flatMap((path) => idsIn(read(path))));
const stated = new Set(globSync("docs/*.md", { cwd: root }).flatMap((path) => idsIn(read(path))));

let titles = 0;
for (const path of testFiles) {
  for (const [, , title = ""] of read(path).matchAll(testTitle)) {
    titles += 1;
    if (!title.startsWith("[")) console.log(`no rule: ${path}: ${title}`);
  }
}
if (stated.size > 0) {
  for (const id of cited) if (!stated.has(id)) console.log(`unknown rule: [${id}]`);
  for (const id of stated) if (!cited.has(id)) console.log(`no test: [${id}]`);
}
console.log(`${titles} test titles cite ${cited.size} rules; docs/ states ${stated.size}`);
