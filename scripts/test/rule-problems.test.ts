import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../checkout.ts";
import { citedRules, ruleProblems, type RuleList } from "../rule-problems.ts";

const file = (text: string) => ({ path: "x.test.ts", text });
const list = (rest: Partial<RuleList> = {}): RuleList => ({
  contracts: { one: ["A-1", "A-2"], two: ["CMD-b-c-1"] },
  later: ["L-1"],
  untested: [],
  ...rest,
});
const all = file(`test("[A-1] [A-2] both", …); test.each(x)(\n  "[CMD-b-c-1] $name", …)`);

test("[GEN-1] ids count where a title begins with them, over several lines too, and as rules of figures", () => {
  const text = `test("[A-1] [A-2] see [A-3]", …); each(x)(\n \`[B-1], [B-2] y\`); { rule: "HPERF-3" }; // [C-1]`;

  expect([...citedRules(file(text))]).toEqual(["A-1", "A-2", "B-1", "B-2", "HPERF-3"]);
});

test("[GEN-1] nothing is wrong where every rule has a test and every test a rule; later ones are free", () => {
  expect(ruleProblems(list(), [all])).toEqual([]);
  expect(ruleProblems(list(), [all, file(`test("[L-1] x", …)`)])).toEqual([]);
  expect(ruleProblems(list({ untested: ["A-2"] }), [file(`"[A-1] x" "[CMD-b-c-1] y"`)])).toEqual([]);
});

test("[GEN-1] a rule without a test, an unknown id, a stale excuse, a rule listed twice, and no tests at all", () => {
  expect(ruleProblems(list(), [file(`"[A-1] x" "[CMD-b-c-1] y"`)])).toEqual(["no test cites A-2"]);
  expect(ruleProblems(list(), [all, file(`test("[A-9] x", …)`)])).toEqual(["x.test.ts cites A-9, which is no rule"]);
  expect(ruleProblems(list({ untested: ["A-2", "Z-1"] }), [all])).toEqual([
    "A-2 has a test now (x.test.ts): take it off the untested ones",
    "Z-1 is listed as untested and is no rule",
  ]);
  expect(ruleProblems(list({ later: ["A-1"] }), [all])).toEqual(["A-1 is listed twice"]);
  expect(ruleProblems(list(), [])).toContain("there are no rules, or no tests that cite any");
});

test("[FI-1] [GEN-1] every fault that the contract wants injected is a rule with a test", () => {
  const { contracts, untested } = JSON.parse(readFileSync(join(root, "scripts/rules.json"), "utf8")) as RuleList;
  const faults = Array.from({ length: 15 }, (_, index) => `FI-${index + 1}`);

  expect(contracts["harness"]).toEqual(expect.arrayContaining(faults));
  expect(untested.filter((id) => faults.includes(id))).toEqual([]);
});
